/// Why a Noise handshake or session ended (Noise Protocol Framework, revision 34; libp2p noise
/// spec). Every case ends the connection.
public enum NoiseError: Error, Hashable, Sendable {
    /// A handshake message longer than ``NoiseLimits/maximumHandshakeMessageBytes``.
    case handshakeMessageTooLong(bytes: Int)
    /// A message too short for the fields that it must carry.
    case messageTooShort(bytes: Int)
    /// A ciphertext that was not made with our key: tampered with, replayed or out of order.
    case authenticationFailed
    /// A public key whose shared secret is all zeros (a point of small order).
    case weakKey
    /// A handshake payload that is no valid protobuf or lacks key or signature.
    case malformedPayload
    /// An identity key of a kind that we cannot read.
    case unsupportedIdentityKey
    /// The identity key did not sign the static key.
    case badSignature
    /// The remote proved another identity than the one that was dialed.
    case unexpectedPeer(expected: PeerID, actual: PeerID)
    /// Both sides listed their muxers and none is in both lists.
    case noCommonMuxer(remote: [ProtocolID])
    /// 2⁶⁴ − 1 messages were sent with one key.
    case nonceExhausted
    /// More plaintext for one message than fits: the caller's mistake, nothing was written.
    case plaintextTooLong(bytes: Int)
    /// Bytes arrived after the handshake had ended, or before it was started: the caller's mistake.
    case outOfTurn

    /// Whether the remote is to blame, as opposed to us or to having dialed the wrong peer.
    public var isPeerFault: Bool {
        switch self {
        case .nonceExhausted, .plaintextTooLong, .outOfTurn, .noCommonMuxer, .unexpectedPeer: false
        default: true
        }
    }
}
