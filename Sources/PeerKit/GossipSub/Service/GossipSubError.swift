/// Why a call to ``GossipSub`` was refused.
public enum GossipSubError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The service is not part of a node yet.
    case notAttached
    /// The service is part of another node already.
    case alreadyAttached
    /// The node has stopped.
    case notRunning
    /// A topic's name is empty or too long.
    case unsuitableTopic(byteCount: Int, limit: Int)
    /// A limit of this node; names it and its value.
    case limit(String, value: Int)
    /// The message does not fit into one RPC.
    case messageTooLong(byteCount: Int, limit: Int)
    /// The topic's own validator does not accept the message, so no peer would.
    case refusedByValidator(Validation)
    /// The same message was published or received before.
    case duplicate(MessageID)
    /// Parameters that contradict each other.
    case unsoundParameters(String)

    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .notAttached: "the GossipSub service is not part of a node"
        case .alreadyAttached: "the GossipSub service is part of another node"
        case .notRunning: "the node has stopped"
        case .unsuitableTopic(let byteCount, let limit):
            "a topic's name has 1 to \(limit) bytes, not \(byteCount)"
        case .limit(let name, let value): "limit \(name) (\(value)) reached"
        case .messageTooLong(let byteCount, let limit):
            "a message of \(byteCount) bytes does not fit into an RPC of \(limit)"
        case .refusedByValidator(let verdict):
            "the topic's validator does not accept the message: \(verdict.rawValue)"
        case .duplicate(let id): "a message with the ID \(id) is known already"
        case .unsoundParameters(let reason): reason
        }
    }
}
