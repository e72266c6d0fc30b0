extension NoiseError: CustomStringConvertible {
    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .handshakeMessageTooLong(let bytes): "a handshake message of \(bytes) bytes"
        case .messageTooShort(let bytes): "a message of only \(bytes) bytes"
        case .authenticationFailed: "a message was not encrypted with our key"
        case .weakKey: "the remote's key is of small order"
        case .malformedPayload: "the handshake payload is malformed"
        case .unsupportedIdentityKey: "the remote's identity key is of an unsupported kind"
        case .badSignature: "the remote's identity did not sign its static key"
        case .unexpectedPeer(let expected, let actual):
            "dialled peer \(expected) but found peer \(actual)"
        case .noCommonMuxer(let remote): "no common muxer; the remote has \(remote)"
        case .nonceExhausted: "too many messages with one key"
        case .plaintextTooLong(let bytes): "\(bytes) bytes do not fit one message"
        case .outOfTurn: "the handshake is not at this point"
        }
    }
}
