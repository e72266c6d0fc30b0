/// Why bytes are not an RPC that is answered. Always the sender's fault: the stream is not read on.
enum GossipSubCodecError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What there may only be so much of.
    enum Part: String, Sendable {
        case subscriptions, messages, messageIDs, haves, graftsAndPrunes
    }

    /// More bytes than an RPC may have; nothing was decoded.
    case tooLong(byteCount: Int, limit: Int)
    /// No protocol buffer, or a known field of another type.
    case malformed
    /// More entries of one kind than an RPC may have.
    case tooMany(Part, limit: Int)

    var description: String {
        switch self {
        case .tooLong(let byteCount, let limit):
            "an RPC of \(byteCount) bytes, allowed are \(limit)"
        case .malformed: "the bytes are not a pubsub RPC"
        case .tooMany(let part, let limit):
            "an RPC with more than \(limit) \(part.rawValue)"
        }
    }
}
