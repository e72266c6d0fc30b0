import PeerKit

/// How a look-up went.
struct LookupFigures: Codable, Equatable, Sendable {
    struct Failure: Codable, Equatable, Sendable {
        var peerID: String
        var reason: String
    }

    /// From this node to the result.
    var hops: Int
    var milliseconds: Double
    /// Peers that were asked.
    var queried: Int
    /// Disjoint paths.
    var paths: Int
    var failed: [Failure]

    init(_ report: LookupReport) {
        hops = report.hops
        milliseconds = report.duration.milliseconds
        queried = report.queried
        paths = report.paths
        failed = report.failed.map(Failure.init)
    }

    /// The line for people.
    var line: String {
        "\(hops) hops, \(queried) peers asked over \(paths) paths, \(failed.count) failed, "
            + "\(Figures.fixed(milliseconds, digits: 1)) ms"
    }
}

extension LookupFigures.Failure {
    init(_ failure: LookupFailure) {
        self.init(peerID: failure.peer.description, reason: failure.reason.rawValue)
    }
}

/// A peer and where it is.
struct LocatedPeer: Codable, Equatable, Sendable {
    var peerID: String
    var addresses: [String]
    /// Whether a connection proves the addresses; otherwise others say so.
    var isReached: Bool
    var lookup: LookupFigures

    init(_ found: FoundPeer) {
        peerID = found.id.description
        addresses = found.addresses.map(\.description)
        isReached = found.isReached
        lookup = LookupFigures(found.report)
    }
}

/// Peers that were found, the nearest first.
struct NearPeers: Codable, Equatable, Sendable {
    struct Peer: Codable, Equatable, Sendable {
        var peerID: String
        var addresses: [String]
    }

    var peers: [Peer]
    var lookup: LookupFigures

    init(_ peers: [KademliaPeer], _ report: LookupReport) {
        self.peers = peers.map {
            Peer(peerID: $0.id.description, addresses: $0.addresses.map(\.description))
        }
        lookup = LookupFigures(report)
    }
}

/// A value that was found.
struct FoundValue: Codable, Equatable, Sendable {
    /// The key's bytes, `0x…`.
    var key: String
    /// The data of a signed record, or the whole value.
    var value: Base64Bytes
    /// Who has signed it, if it is a signed record.
    var author: String?
    /// Its number among the author's values.
    var sequence: UInt64?
    /// Holders of this very value.
    var agreeing: Int
    var lookup: LookupFigures

    /// Takes a signed record out of its envelope.
    mutating func open(_ bytes: [UInt8], under key: [UInt8]) {
        guard let record = try? SignedRecord.open(bytes, for: key) else { return }
        value = Base64Bytes(record.data)
        author = record.author.description
        sequence = record.sequence
    }
}

/// Something that was stored with, or announced to, other peers.
struct StoredValue: Codable, Equatable, Sendable {
    var key: String
    /// Peers that have it now.
    var holders: [String]
    var failed: [LookupFigures.Failure]
    var lookup: LookupFigures

    init(key: String, holders: [PeerID], failed: [LookupFailure], _ report: LookupReport) {
        self.key = key
        self.holders = holders.map(\.description)
        self.failed = failed.map(LookupFigures.Failure.init)
        lookup = LookupFigures(report)
    }
}

/// The routing table.
struct TableView: Codable, Equatable, Sendable {
    struct Bucket: Codable, Equatable, Sendable {
        /// Leading bits in common with this node's key.
        var prefixLength: Int
        var peers: [Peer]
        /// Peers in reserve.
        var replacements: Int
        /// Absent: never.
        var secondsSinceRefresh: Double?
    }

    struct Peer: Codable, Equatable, Sendable {
        var peerID: String
        var addresses: [String]
        var secondsSinceUseful: Double
        /// Requests in a row without answer.
        var failures: Int
    }

    var buckets: [Bucket]
    var statistics: KademliaStatistics

    init(_ buckets: [BucketSnapshot], _ statistics: KademliaStatistics) {
        self.statistics = statistics
        self.buckets = buckets.map { bucket in
            Bucket(
                prefixLength: bucket.prefixLength,
                peers: bucket.peers.map {
                    Peer(
                        peerID: $0.id.description, addresses: $0.addresses.map(\.description),
                        secondsSinceUseful: $0.sinceUseful.seconds, failures: $0.failures)
                },
                replacements: bucket.replacements,
                secondsSinceRefresh: bucket.sinceRefreshed?.seconds)
        }
    }

    /// The lines for people.
    var lines: [String] {
        var table = TextTable([
            .init("BITS", .right), .init("PEER"), .init("USEFUL"), .init("FAILED", .right),
        ])
        for bucket in buckets {
            for peer in bucket.peers {
                table.add([
                    "\(bucket.prefixLength)", peer.peerID,
                    Figures.span(seconds: peer.secondsSinceUseful), "\(peer.failures)",
                ])
            }
        }
        let head =
            "\(statistics.isServer ? "server" : "client"), \(statistics.peers) peers in "
            + "\(buckets.count) buckets, \(statistics.records) records, "
            + "\(statistics.providers) providers, \(statistics.publications) of its own"
        return [head] + (statistics.peers > 0 ? [""] + table.lines : [])
    }
}
