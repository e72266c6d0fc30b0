/// Why a negotiation failed (multistream-select 1.0).
public enum MultistreamError: Error, Hashable, Sendable {
    /// The remote announced a message longer than
    /// ``MultistreamLimits/maximumMessageBytes``.
    case messageTooLong(bytes: UInt64)
    /// A length that is no varint, or a message that does not end in a line break.
    case malformedMessage
    /// The first message was not `/multistream/1.0.0`.
    case unexpectedHeader(String)
    /// An answer that is neither the proposed protocol nor `na`.
    case unexpectedAnswer(String, to: ProtocolID)
    /// The remote refused every protocol that we proposed.
    case noneSupported([ProtocolID])
    /// The remote proposed more protocols than we are ready to refuse.
    case tooManyProposals(limit: Int)
    /// A name that cannot be proposed, or none at all: the caller's mistake, nothing was sent.
    case notNegotiable([ProtocolID])

    /// Whether the remote broke the protocol, as opposed to lacking what we asked for.
    public var isPeerFault: Bool {
        switch self {
        case .noneSupported, .notNegotiable: false
        default: true
        }
    }
}
