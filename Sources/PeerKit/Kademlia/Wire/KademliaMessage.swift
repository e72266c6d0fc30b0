/// One request or answer (kad-dht spec, "RPC messages": `Message`).
struct KademliaMessage: Hashable, Sendable {
    /// What is asked; an answer repeats it.
    enum Kind: UInt64, Sendable, CaseIterable {
        case putValue = 0
        case getValue = 1
        case addProvider = 2
        case getProviders = 3
        case findNode = 4
        /// Deprecated by the specification; answered all the same.
        case ping = 5

        /// For metrics.
        var name: String {
            switch self {
            case .putValue: "put_value"
            case .getValue: "get_value"
            case .addProvider: "add_provider"
            case .getProviders: "get_providers"
            case .findNode: "find_node"
            case .ping: "ping"
            }
        }
    }

    /// A value with its key (`Record`).
    struct Record: Hashable, Sendable {
        var key: [UInt8]
        var value: [UInt8]
        /// RFC 3339; set by who stores it, informative.
        var timeReceived: String?
    }

    var kind: Kind
    /// What is asked for: a record's key, a content's multihash, a peer's binary ID.
    var key: [UInt8] = []
    var record: Record?
    var closerPeers: [KademliaPeer] = []
    var providerPeers: [KademliaPeer] = []
}

/// A peer and where it may be dialled.
public struct KademliaPeer: Hashable, Sendable, Codable {
    /// Who.
    public var id: PeerID
    /// Where, without `/p2p`; at most ``KademliaLimits/maximumAddressesPerPeer``.
    public var addresses: [Multiaddr]

    /// A peer at some addresses.
    public init(id: PeerID, addresses: [Multiaddr]) {
        self.id = id
        self.addresses = addresses
    }
}
