import Ledger
import PeerKit

/// `dht.findPeer`: where a peer is.
struct FindPeer: ControlMethod, Equatable {
    static let name = "dht.findPeer"
    typealias Answer = LocatedPeer

    var peer: String
}

/// `dht.get`: the best value under a key.
struct GetValue: ControlMethod, Equatable {
    static let name = "dht.get"
    typealias Answer = FoundValue

    /// As ``DHTKey`` reads it.
    var key: String
    /// Holders that must agree; the node's own setting if absent.
    var quorum: Int?
}

/// `dht.put`: store a value under a key.
struct PutValue: ControlMethod, Equatable {
    static let name = "dht.put"
    typealias Answer = StoredValue

    /// As ``DHTKey`` reads it.
    var key: String
    /// The data of a record of the node's own, which it signs; or the whole value of a raw key.
    /// Absent for the node's public key.
    var value: Base64Bytes?
}

/// `dht.provide`: tell the DHT that this node has a content.
struct ProvideContent: ControlMethod, Equatable {
    static let name = "dht.provide"
    typealias Answer = StoredValue

    var cid: String
}

/// `dht.providers`: who has a content.
struct FindProviders: ControlMethod, Equatable {
    static let name = "dht.providers"
    typealias Answer = NearPeers

    var cid: String
    /// At most so many; 20 if absent.
    var limit: Int?
}

/// `dht.table`: the routing table.
struct ShowTable: ControlMethod, Equatable {
    static let name = "dht.table"
    typealias Answer = TableView
}

/// `dht.walk`: the peers nearest to a peer's or content's place, or to a random one.
struct WalkDHT: ControlMethod, Equatable {
    static let name = "dht.walk"
    typealias Answer = NearPeers

    /// A peer ID, a CID, or `0x` and bytes; a random place if absent.
    var target: String?
}

/// Looking things up in the DHT, storing things there.
struct DHTMethods: ControlArea {
    let running: RunningNode
    var limits = ControlLimits()

    func register(in registry: inout ControlRegistry) {
        registry.answer(FindPeer.self) { try await findPeer($0) }
        registry.answer(GetValue.self) { try await get($0) }
        registry.answer(PutValue.self) { try await put($0) }
        registry.answer(ProvideContent.self) { method in
            let outcome = try await table().provide(try Self.content(method.cid))
            return StoredValue(
                key: method.cid, holders: outcome.announced, failed: outcome.failed,
                outcome.report)
        }
        registry.answer(FindProviders.self) { method in
            let limit = method.limit ?? 20
            guard (1...limits.maximumProviders).contains(limit) else {
                throw CommandError(.usage, "limit must be 1 to \(limits.maximumProviders)")
            }
            let found = try await table().findProviders(
                of: try Self.content(method.cid), limit: limit)
            return NearPeers(found.providers, found.report)
        }
        registry.answer(ShowTable.self) { _ in
            let table = try table()
            return TableView(await table.table(), await table.statistics)
        }
        registry.answer(WalkDHT.self) { method in
            let key = try method.target.map(Self.place) ?? running.node.runtime.random.bytes(32)
            let found = try await table().closestPeers(to: key)
            return NearPeers(found.peers, found.report)
        }
    }

    private func table() throws(CommandError) -> Kademlia {
        guard let kademlia = running.services.kademlia else {
            throw CommandError(
                .failure, "the node runs without the DHT", hint: "run it without --no-dht")
        }
        return kademlia
    }

    private func findPeer(_ method: FindPeer) async throws -> LocatedPeer {
        let peer = try Target.peer(method.peer)
        do {
            return LocatedPeer(try await table().findPeer(peer))
        } catch KademliaError.notFound(let report) {
            throw CommandError(.noPeers, "nobody knows where \(peer) is: \(report)")
        }
    }

    private func get(_ method: GetValue) async throws -> FoundValue {
        let key = try DHTKey(method.key)
        let bytes = key.bytes(local: running.node.peerID)
        if let quorum = method.quorum, !(0...limits.maximumQuorum).contains(quorum) {
            throw CommandError(.usage, "quorum must be 0 to \(limits.maximumQuorum)")
        }
        let found = try await table().get(bytes, quorum: method.quorum)
        var value = FoundValue(
            key: Hexadecimal.data(bytes), value: Base64Bytes(found.value),
            agreeing: found.agreeing, lookup: LookupFigures(found.report))
        if case .own = key { value.open(found.value, under: bytes) }
        if case .record = key { value.open(found.value, under: bytes) }
        return value
    }

    private func put(_ method: PutValue) async throws -> StoredValue {
        let node = running.node
        let key = try DHTKey(method.key)
        let (bytes, value): ([UInt8], [UInt8])
        switch key {
        case .raw(let raw):
            guard let given = method.value else { throw Self.missingValue }
            (bytes, value) = (raw, given.bytes)
        case .publicKey(node.peerID):
            (bytes, value) = (key.bytes(local: node.peerID), node.identity.publicKey.protobuf)
        case .own(let name), .record(author: node.peerID, let name):
            guard let given = method.value else { throw Self.missingValue }
            // Later values must have higher numbers, over restarts too: the time will do.
            (bytes, value) = try await SignedRecord.seal(
                given.bytes, name: Array(name.utf8),
                sequence: node.runtime.clock.unixNanoseconds / 1_000_000,
                with: node.identity.signer)
        case .record, .publicKey:
            throw CommandError(
                .usage, "only its author can write \(method.key)",
                hint: "a name alone is a record of the node's own")
        }
        let outcome = try await table().put(value, for: bytes)
        return StoredValue(
            key: Hexadecimal.data(bytes), holders: outcome.stored, failed: outcome.failed,
            outcome.report)
    }

    private static let missingValue = CommandError(.usage, "malformed request: value is missing")

    private static func content(_ text: String) throws(CommandError) -> CID {
        guard let cid = try? CID(text) else {
            throw CommandError(.usage, "\"\(text)\" is not a CID", hint: "for example bafkrei…")
        }
        return cid
    }

    /// The bytes whose place in the table is meant.
    private static func place(_ text: String) throws(CommandError) -> [UInt8] {
        if let bytes = Hexadecimal.prefixed(text) { return bytes }
        if let peer = try? PeerID(text) { return peer.bytes }
        if let cid = try? CID(text) { return cid.multihash.bytes }
        throw CommandError(.usage, "\"\(text)\" is no peer ID, no CID and no 0x with bytes")
    }
}
