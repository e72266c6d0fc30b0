/// Something was refused because of a limit of this node.
public struct LimitRefusal: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// The limit's name, as in metrics.
    public var limit: String
    /// Its value.
    public var value: Int
    /// What raises it: a path within ``PeerNodeConfiguration``, such as `limits.maximumConnections`.
    public var setting: String

    /// A refusal by a limit.
    public init(limit: String, value: Int, setting: String) {
        self.limit = limit
        self.value = value
        self.setting = setting
    }

    /// What went wrong and what raises the limit, in words.
    public var description: String {
        setting.isEmpty
            ? "limit \(limit) (\(value)) reached"
            : "limit \(limit) (\(value)) reached; \(setting) raises it"
    }
}

/// Why this node will have no connection with a peer or an address.
public enum ConnectionRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// A limit is reached.
    case limit(LimitRefusal)
    /// The peer's faults weigh too much for now.
    case suspended(PeerID, for: Duration)
    /// Somebody has banned the peer or the address, or the peer's faults have.
    case banned(BanSubject, because: String)
    /// The peer's key has been revoked: whoever has it may have stolen it.
    case revoked(PeerID)
    /// ``ConnectionPolicy`` has no place for the peer or address; says what in it.
    case policy(String)

    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .limit(let refusal): "\(refusal)"
        case .suspended(let peer, let time): "peer \(peer) is suspended for \(time) for its faults"
        case .banned(let subject, let reason): "\(subject) is banned: \(reason)"
        case .revoked(let peer): "the key of \(peer) has been revoked"
        case .policy(let what): "not allowed by \(what)"
        }
    }

    /// What it counts under in metrics: the limit's name, or the kind of refusal.
    var label: String {
        switch self {
        case .limit(let refusal): refusal.limit
        case .suspended: "suspended"
        case .banned: "banned"
        case .revoked: "revoked"
        case .policy: "policy"
        }
    }
}
