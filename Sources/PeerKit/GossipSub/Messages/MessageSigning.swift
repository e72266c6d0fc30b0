import Crypto

/// Signatures of messages (pubsub spec, "Message Signing").
public enum MessageSigning {
    /// What every signed text begins with, so that no signature is of use elsewhere.
    static let prefix = Array("libp2p-pubsub:".utf8)
    static let sequenceNumberByteCount = 8

    /// A sequence number as on the wire.
    public static func sequenceNumber(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
    }

    /// The sequence number of a message, if it is one of eight bytes.
    public static func sequenceNumber(of message: PubSubMessage) -> UInt64? {
        guard let bytes = message.sequenceNumber, bytes.count == sequenceNumberByteCount else {
            return nil
        }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Makes `signer` the author of `message` and signs it.
    ///
    /// The sequence number must be set. The key goes along only where the author's ID does not
    /// hold it.
    /// - Throws: What the signer throws.
    public static func sign(
        _ message: inout PubSubMessage, with signer: any Signer
    ) async throws {
        precondition(
            message.sequenceNumber?.count == sequenceNumberByteCount,
            "a message is signed with its sequence number")
        let author = signer.publicKey.peerID
        message.from = author.bytes
        message.key = author.publicKey == nil ? signer.publicKey.protobuf : nil
        message.signature = try await signer.sign(signedBytes(of: message))
    }

    /// Checks that a message is what `policy` demands, its signature included.
    ///
    /// - Returns: The author; `nil` under ``SigningPolicy/strictNoSign``.
    /// - Complexity: Under ``SigningPolicy/strictSign`` one Ed25519 verification; look for
    ///   duplicates first.
    @discardableResult
    public static func verify(
        _ message: PubSubMessage, policy: SigningPolicy
    ) throws(MessageFault) -> PeerID? {
        switch policy {
        case .strictSign: return try verifySigned(message)
        case .strictNoSign:
            if message.from != nil { throw .unexpected(.from) }
            if message.sequenceNumber != nil { throw .unexpected(.sequenceNumber) }
            if message.signature != nil { throw .unexpected(.signature) }
            if message.key != nil { throw .unexpected(.key) }
            return nil
        }
    }

    static func signedBytes(of message: PubSubMessage) -> [UInt8] {
        prefix + GossipSubCodec.signedFields(of: message)
    }

    private static func verifySigned(_ message: PubSubMessage) throws(MessageFault) -> PeerID {
        guard let from = message.from else { throw .missing(.from) }
        guard let signature = message.signature else { throw .missing(.signature) }
        guard let author = try? PeerID(bytes: from) else { throw .malformedAuthor }
        let key = try publicKey(of: author, in: message)
        guard key.isSupported else { throw .unsupportedKey(key.type) }
        let signed = signedBytes(of: message)
        guard key.isValidSignature(signature, for: signed) else {
            throw isValidForSome(signature, for: signed, by: key)
                ? .irregularSignature : .invalidSignature
        }
        // After the signature: only then is it the author's fault and not the sender's.
        guard let number = message.sequenceNumber else { throw .missing(.sequenceNumber) }
        guard number.count == sequenceNumberByteCount else {
            throw .malformedSequenceNumber(byteCount: number.count)
        }
        return author
    }

    private static func publicKey(
        of author: PeerID, in message: PubSubMessage
    ) throws(MessageFault) -> PublicKey {
        guard let bytes = message.key else {
            guard let key = author.publicKey else { throw .unknownKey }
            return key
        }
        guard let key = try? PublicKey(protobuf: bytes) else { throw .malformedKey }
        guard key.peerID == author else { throw .foreignKey }
        return key
    }

    /// Whether verifiers less strict than ours, go-libp2p's among them, would take the signature.
    private static func isValidForSome(
        _ signature: [UInt8], for message: [UInt8], by key: PublicKey
    ) -> Bool {
        let lenient = try? Curve25519.Signing.PublicKey(rawRepresentation: key.data)
        return lenient?.isValidSignature(signature, for: message) ?? false
    }
}
