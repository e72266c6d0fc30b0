/// Why an operation on a stream failed.
public enum StreamError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The remote gave the stream up, or this side reset it.
    case reset
    /// Written to after ``PeerStream/closeWrite()`` or ``PeerStream/close()``.
    case closed
    /// The connection below is gone.
    case connectionClosed(String)
    /// The stream's deadline passed.
    case deadlineExceeded
    /// The task was cancelled.
    case cancelled
    /// The remote speaks none of these protocols.
    case unsupported([ProtocolID])
    /// The remote broke the negotiation.
    case negotiation(MultistreamError)
    /// A limit of this side; names it, its value and what raises it.
    case limit(LimitRefusal)
    /// The stream ended before the bytes that were asked for.
    case unexpectedEnd(have: Int, need: Int)
    /// A message is longer than the caller allows.
    case messageTooLong(length: UInt64, limit: Int)
    /// Two tasks read one stream at once.
    case concurrentRead

    /// A limit that no setting raises.
    public static func limit(_ name: String, value: Int) -> StreamError {
        .limit(LimitRefusal(limit: name, value: value, setting: ""))
    }

    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .reset: "stream reset"
        case .closed: "stream closed for writing"
        case .connectionClosed(let reason): "connection closed: \(reason)"
        case .deadlineExceeded: "stream deadline exceeded"
        case .cancelled: "cancelled"
        case .unsupported(let protocols):
            "the remote peer does not support \(protocols.joined(separator: ", "))"
        case .negotiation(let error): "protocol negotiation failed: \(error)"
        case .limit(let refusal): "\(refusal)"
        case .unexpectedEnd(let have, let need): "stream ended after \(have) of \(need) bytes"
        case .messageTooLong(let length, let limit):
            "message of \(length) bytes is longer than the limit of \(limit)"
        case .concurrentRead: "another task is reading this stream"
        }
    }
}
