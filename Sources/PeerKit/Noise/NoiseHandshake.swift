import struct NIOCore.ByteBuffer

/// Which side of the handshake we are.
package enum NoiseRole: Sendable, Equatable {
    /// Sends the first message.
    case initiator
    case responder
}

/// The pattern XX with X25519, ChaCha20-Poly1305 and SHA-256, payloads left to the caller
/// (Noise specification, §5.3 HandshakeState and §7.5).
///
/// ```
/// -> e
/// <- e, ee, s, es
/// -> s, se
/// ```
struct NoiseHandshake: Sendable {
    private enum Token { case e, s, ee, es, se }

    static let protocolName = "Noise_XX_25519_ChaChaPoly_SHA256"
    private static let pattern: [[Token]] = [[.e], [.e, .ee, .s, .es], [.s, .se]]

    private let role: NoiseRole
    private let staticKey: NoiseStaticKey
    private let ephemeralKey: NoiseStaticKey
    private var remoteEphemeral: [UInt8] = []
    private var symmetric: NoiseSymmetricState
    private var messageIndex = 0

    /// The remote's static public key once it has arrived, else empty.
    private(set) var remoteStatic: [UInt8] = []

    init(
        role: NoiseRole, staticKey: NoiseStaticKey, ephemeralKey: NoiseStaticKey,
        prologue: [UInt8] = []
    ) {
        self.role = role
        self.staticKey = staticKey
        self.ephemeralKey = ephemeralKey
        symmetric = NoiseSymmetricState(protocolName: Self.protocolName, prologue: prologue)
    }

    var isFinished: Bool { messageIndex == Self.pattern.count }
    var isOurTurn: Bool { !isFinished && (messageIndex % 2 == 0) == (role == .initiator) }
    var handshakeHash: [UInt8] { symmetric.handshakeHash }

    /// The next message, without a length before it.
    mutating func writeMessage(payload: [UInt8]) throws(NoiseError) -> ByteBuffer {
        guard isOurTurn else { throw .outOfTurn }
        var message = ByteBuffer()
        for token in Self.pattern[messageIndex] {
            switch token {
            case .e:
                message.writeBytes(ephemeralKey.publicKey)
                symmetric.mixHash(ephemeralKey.publicKey)
            case .s:
                try symmetric.encryptAndHash(staticKey.publicKey, into: &message)
            case .ee, .es, .se:
                try mix(token)
            }
        }
        try symmetric.encryptAndHash(payload, into: &message)
        messageIndex += 1
        return message
    }

    /// Reads the remote's message, all of `message`, and returns its payload.
    mutating func readMessage(_ message: ByteBuffer) throws(NoiseError) -> [UInt8] {
        guard !isOurTurn, !isFinished else { throw .outOfTurn }
        var rest = message
        for token in Self.pattern[messageIndex] {
            switch token {
            case .e:
                remoteEphemeral = try take(NoiseStaticKey.byteCount, from: &rest)
                symmetric.mixHash(remoteEphemeral)
            case .s:
                let count = symmetric.encryptedCount(NoiseStaticKey.byteCount)
                remoteStatic = try symmetric.decryptAndHash(try take(count, from: &rest))
            case .ee, .es, .se:
                try mix(token)
            }
        }
        let payload = try symmetric.decryptAndHash(Array(rest.readableBytesView))
        messageIndex += 1
        return payload
    }

    /// The session's ciphers, ours to send with first.
    func split() -> (sending: NoiseCipherState, receiving: NoiseCipherState) {
        let (first, second) = symmetric.split()
        return role == .initiator ? (first, second) : (second, first)
    }

    private func take(
        _ count: Int, from message: inout ByteBuffer
    ) throws(NoiseError) -> [UInt8] {
        let length = message.readableBytes
        guard let bytes = message.readBytes(length: count) else {
            throw .messageTooShort(bytes: length)
        }
        return bytes
    }

    /// Mixes in a shared secret; in `es` and `se` the first letter is the initiator's key.
    private mutating func mix(_ token: Token) throws(NoiseError) {
        let oursIsStatic = (token == .se) == (role == .initiator)
        switch token {
        case .ee:
            symmetric.mixKey(try ephemeralKey.sharedSecret(with: remoteEphemeral))
        case .es, .se:
            symmetric.mixKey(
                oursIsStatic
                    ? try staticKey.sharedSecret(with: remoteEphemeral)
                    : try ephemeralKey.sharedSecret(with: remoteStatic))
        case .e, .s:
            preconditionFailure("\(token) is no key agreement")
        }
    }
}
