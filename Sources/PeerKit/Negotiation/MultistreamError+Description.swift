extension MultistreamError: CustomStringConvertible {
    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .messageTooLong(let bytes): "a message of \(bytes) bytes"
        case .malformedMessage: "a malformed message"
        case .unexpectedHeader(let text):
            "\"\(text.shortenedForMessages)\" instead of \(MultistreamCodec.header)"
        case .unexpectedAnswer(let text, let proposal):
            "\"\(text.shortenedForMessages)\" in answer to \(proposal)"
        case .noneSupported(let protocols):
            "the remote supports none of \(protocols.joined(separator: ", "))"
        case .tooManyProposals(let limit): "more than \(limit) unknown protocols were proposed"
        case .notNegotiable(let protocols): "\(protocols) cannot be proposed as protocol"
        }
    }
}
