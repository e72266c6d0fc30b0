/// Why something asked of the distributed hash table failed.
public enum KademliaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The service is not part of a running node.
    case notRunning
    /// No peer of this table is known to ask.
    case noPeers
    /// The peers that were asked do not have it.
    case notFound(LookupReport)
    /// No peer took the value.
    case notStored([LookupFailure])
    /// The value may not be stored under its key.
    case invalidRecord(RecordError)
    /// A key is too long or empty.
    case invalidKey(byteCount: Int)
    /// A value is too long.
    case valueTooLong(byteCount: Int, limit: Int)
    /// A limit of this node; names it and its value.
    case limit(String, value: Int)
    /// The task was cancelled.
    case cancelled

    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .notRunning: "the node is not running"
        case .noPeers: "no peer of the table is known; connect to one first"
        case .notFound(let report): "not found: \(report)"
        case .notStored(let failures):
            "no peer took it: " + failures.prefix(5).map(\.description).joined(separator: "; ")
        case .invalidRecord(let error): error.description
        case .invalidKey(let count):
            "a key of \(count) bytes; allowed are 1 to \(KademliaLimits.maximumKeyBytes)"
        case .valueTooLong(let count, let limit): "a value of \(count) bytes, allowed are \(limit)"
        case .limit(let name, let value): "limit \(name) (\(value)) reached"
        case .cancelled: "cancelled"
        }
    }
}
