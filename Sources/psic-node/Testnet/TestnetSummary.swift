/// What a testnet has come to; printed as one line of JSON or as a table.
struct TestnetSummary: Equatable, Sendable {
    /// One peer at the end.
    struct Peer: Equatable, Sendable {
        var peerID: String
        /// SHA-256 of its model in hexadecimal; `nil` when it was never heard of.
        var modelHash: String?
        var testAccuracy: Double?
        var roundsCompleted: Int
        /// Since the start of its process.
        var bytesSent: UInt64
        var bytesReceived: UInt64
        /// Its phase, or "missing".
        var state: String

        static let missing = "missing"
    }

    var peers: [Peer]
    /// Rounds that the task has.
    var rounds: Int
    var seconds: Double

    /// Peers that are not there at the end.
    var missing: [String] { peers.filter { $0.state == Peer.missing }.map(\.peerID) }

    /// Whether every peer that is there at the end has completed all rounds with one and the same
    /// model, and these are more than half of all peers.
    var hasConverged: Bool {
        let there = peers.filter { $0.state != Peer.missing }
        guard there.count * 2 > peers.count, let hash = there.first?.modelHash else { return false }
        return there.allSatisfy {
            $0.state == FederationPhase.finished && $0.roundsCompleted == rounds
                && $0.modelHash == hash
        }
    }

    /// Whether two peers have completed all rounds with different models.
    var hasDisagreement: Bool {
        let hashes = peers.filter { $0.state == FederationPhase.finished }.map(\.modelHash)
        return Set(hashes).count > 1
    }

    /// The lines for people.
    var lines: [String] {
        var table = TextTable([
            .init("#", .right), .init("PEER ID"), .init("STATE"), .init("ROUNDS", .right),
            .init("SENT", .right), .init("RECEIVED", .right), .init("ACCURACY", .right),
            .init("MODEL SHA-256"),
        ])
        for (index, peer) in peers.enumerated() {
            table.add([
                "\(index)", peer.peerID, peer.state, "\(peer.roundsCompleted)/\(rounds)",
                Figures.bytes(peer.bytesSent), Figures.bytes(peer.bytesReceived),
                peer.testAccuracy.map { Figures.fixed($0, digits: 4) } ?? "-",
                peer.modelHash ?? "-",
            ])
        }
        return table.lines + [""] + verdict
    }

    private var verdict: [String] {
        let there = peers.count - missing.count
        let first =
            hasConverged
            ? "\(there) of \(peers.count) peers agree on one model after \(rounds) rounds"
            : "the peers do not agree"
        let time = " (\(Figures.fixed(seconds, digits: 1)) s)"
        let absent = peers.enumerated().filter { $1.state == Peer.missing }.map {
            "peer-\($0.offset)"
        }
        return [first + time]
            + (absent.isEmpty ? [] : ["missing: " + absent.joined(separator: ", ")])
    }
}

extension TestnetSummary: Codable {
    private enum Key: String, CodingKey {
        case peers, converged, rounds, seconds, missing
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(peers, forKey: .peers)
        try container.encode(hasConverged, forKey: .converged)
        try container.encode(rounds, forKey: .rounds)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(missing, forKey: .missing)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        peers = try container.decode([Peer].self, forKey: .peers)
        rounds = try container.decode(Int.self, forKey: .rounds)
        seconds = try container.decode(Double.self, forKey: .seconds)
    }
}

extension TestnetSummary.Peer: Codable {
    private enum Key: String, CodingKey {
        case peerID, modelHash, testAccuracy, roundsCompleted, bytesSent, bytesReceived, state
    }

    /// Writes every key, `null` where nothing is known, so that a reader need not ask.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(peerID, forKey: .peerID)
        try container.encode(modelHash, forKey: .modelHash)
        try container.encode(testAccuracy, forKey: .testAccuracy)
        try container.encode(roundsCompleted, forKey: .roundsCompleted)
        try container.encode(bytesSent, forKey: .bytesSent)
        try container.encode(bytesReceived, forKey: .bytesReceived)
        try container.encode(state, forKey: .state)
    }
}
