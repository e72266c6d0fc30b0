import PeerKit
struct KademliaKey: Hashable, Sendable, Comparable {
    init(hashing key: [UInt8]) {}
    init(_ peer: PeerID) {}
    func distance(to other: KademliaKey) -> KademliaKey { self }
    func commonPrefixLength(with other: KademliaKey) -> Int { 0 }
    static func < (lhs: KademliaKey, rhs: KademliaKey) -> Bool { false }
}
struct KademliaPeer: Sendable { var id: PeerID; var addresses: [Multiaddr] }
struct BucketSnapshot: Sendable { struct Entry: Sendable { var id: PeerID }; var peers: [Entry] }
struct LookupReport: Sendable, Hashable { var hops = 0; var duration = Duration.zero; var queried = 0 }
enum KademliaError: Error { case noPeers }
actor Kademlia: PeerService {
    enum Mode { case server }
    struct Configuration { var protocolID: ProtocolID = ""; var mode = Mode.server }
    nonisolated let name = "kad"
    init(_ c: Configuration) {}
    struct FoundPeer: Sendable { var id: PeerID; var addresses: [Multiaddr]; var report: LookupReport }
    func findPeer(_ id: PeerID) async throws -> FoundPeer { throw KademliaError.noPeers }
    struct Put: Sendable {}
    func put(_ value: [UInt8], for key: [UInt8]) async throws -> Put { Put() }
    struct Got: Sendable { var value: [UInt8] }
    func get(_ key: [UInt8], quorum: Int?) async throws -> Got { throw KademliaError.noPeers }
    func provide(_ cid: CID) async throws -> Put { Put() }
    struct Found: Sendable { var providers: [KademliaPeer] }
    func findProviders(of: CID, limit: Int) async throws -> Found { Found(providers: []) }
    func table() -> [BucketSnapshot] { [] }
}
actor AddressBook: PeerService { nonisolated let name = "book" }
