/// What a remote router speaks, in the order of what it can do.
public enum GossipSubVersion: Int, Sendable, Hashable, Comparable, CaseIterable, Codable {
    /// Flooding only: no mesh, no gossip.
    case floodsub
    /// The mesh, without back-off and peer exchange in PRUNE.
    case meshsub10
    /// GossipSub 1.1.
    case meshsub11
    /// With IDONTWANT.
    case meshsub12

    /// The protocol's name on the wire.
    public var protocolID: ProtocolID {
        switch self {
        case .floodsub: "/floodsub/1.0.0"
        case .meshsub10: "/meshsub/1.0.0"
        case .meshsub11: "/meshsub/1.1.0"
        case .meshsub12: "/meshsub/1.2.0"
        }
    }

    /// The version that a protocol's name stands for.
    public init?(_ protocolID: ProtocolID) {
        guard let version = Self.allCases.first(where: { $0.protocolID == protocolID }) else {
            return nil
        }
        self = version
    }

    /// The best of `mine` that is among `theirs`.
    static func best(of mine: [GossipSubVersion], in theirs: [ProtocolID]) -> GossipSubVersion? {
        mine.sorted(by: >).first { theirs.contains($0.protocolID) }
    }

    /// Whether the peer can be in a mesh and take part in gossip.
    var hasMesh: Bool { self >= .meshsub10 }
    /// Whether PRUNE carries a back-off and peers.
    var hasPeerExchange: Bool { self >= .meshsub11 }
    /// Whether the peer heeds IDONTWANT.
    var hasDontWant: Bool { self >= .meshsub12 }

    /// By what they can do.
    public static func < (lhs: GossipSubVersion, rhs: GossipSubVersion) -> Bool {
        lhs.rawValue < rhs.rawValue
    }
}
