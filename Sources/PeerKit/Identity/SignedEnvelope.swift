import FoundationEssentials

/// Why bytes are not a signed envelope that can be trusted.
public enum EnvelopeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// More bytes than ``IdentityLimits/maximumEnvelopeByteCount``.
    case tooLong(byteCount: Int, limit: Int)
    /// Not an encoded envelope.
    case malformed
    /// The key inside is unusable.
    case malformedKey(KeyError)
    /// Signatures by this type of key cannot be verified here.
    case unsupportedKey(KeyType)
    /// The payload is of another type than the one expected.
    case wrongPayloadType(expected: [UInt8], actual: [UInt8])
    /// The key did not make the signature for this domain, type and payload.
    case invalidSignature

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .tooLong(let byteCount, let limit):
            "an envelope of \(byteCount) bytes, allowed are \(limit)"
        case .malformed: "the bytes are not a signed envelope"
        case .malformedKey(let error): "the envelope's key is unusable: \(error)"
        case .unsupportedKey(let type): "signatures by \(type) keys cannot be verified"
        case .wrongPayloadType(let expected, let actual):
            "the envelope holds a payload of type \(Base16.encode(actual)),"
                + " expected was \(Base16.encode(expected))"
        case .invalidSignature: "the envelope's signature is not valid"
        }
    }
}

/// A payload with a signature that also covers what the payload is and what it is for.
///
/// A value of this type is either sealed here or verified by ``open(_:domain:payloadType:)``.
/// Source: https://github.com/libp2p/specs/blob/master/RFC/0002-signed-envelopes.md
public struct SignedEnvelope: Hashable, Sendable {
    /// The key of the signer.
    public let publicKey: PublicKey
    /// Says how to read ``payload``: a multicodec prefix.
    public let payloadType: [UInt8]
    /// The signed content.
    public let payload: [UInt8]
    /// By ``publicKey`` over domain, payload type and payload.
    public let signature: [UInt8]

    /// Signs `payload`.
    ///
    /// - Parameters:
    ///   - payload: The content. Keep the envelope below
    ///     ``IdentityLimits/maximumEnvelopeByteCount``, or peers will not open it.
    ///   - payloadType: Says how to read the content.
    ///   - domain: What the signature is for. It is not sent: the one who opens the envelope must
    ///     know it, so that a signature made for one purpose is of no use for another. Not empty.
    ///   - signer: Holds the key.
    /// - Throws: What the signer throws.
    public static func seal(
        _ payload: [UInt8], payloadType: [UInt8], domain: String, with signer: any Signer
    ) async throws -> SignedEnvelope {
        precondition(!domain.isEmpty, "a signature without a domain fits every purpose")
        let message = signedBytes(domain: domain, payloadType: payloadType, payload: payload)
        return SignedEnvelope(
            publicKey: signer.publicKey, payloadType: payloadType, payload: payload,
            signature: try await signer.sign(message))
    }

    /// Decodes an envelope and verifies it.
    ///
    /// - Parameters:
    ///   - bytes: The encoded envelope.
    ///   - domain: What the signature must have been made for.
    ///   - payloadType: What the payload must be.
    public static func open(
        _ bytes: [UInt8], domain: String, payloadType: [UInt8]
    ) throws(EnvelopeError) -> SignedEnvelope {
        let message: EnvelopeProto_Envelope
        do {
            message = try EnvelopeProto_Envelope(
                bytes: bytes, limit: IdentityLimits.maximumEnvelopeByteCount)
        } catch {
            switch error {
            case .tooLong(let byteCount, let limit):
                throw .tooLong(byteCount: byteCount, limit: limit)
            case .malformed: throw .malformed
            }
        }
        let publicKey: PublicKey
        do {
            publicKey = try PublicKey(message.publicKey)
        } catch {
            throw .malformedKey(error)
        }
        guard publicKey.isSupported else { throw .unsupportedKey(publicKey.type) }
        let envelope = SignedEnvelope(
            publicKey: publicKey, payloadType: Array(message.payloadType),
            payload: Array(message.payload), signature: Array(message.signature))
        guard envelope.payloadType == payloadType else {
            throw .wrongPayloadType(expected: payloadType, actual: envelope.payloadType)
        }
        let signed = signedBytes(
            domain: domain, payloadType: payloadType, payload: envelope.payload)
        guard publicKey.isValidSignature(envelope.signature, for: signed) else {
            throw .invalidSignature
        }
        return envelope
    }

    /// The encoded envelope.
    public var bytes: [UInt8] {
        var message = EnvelopeProto_Envelope()
        message.publicKey = publicKey.message
        message.payloadType = Data(payloadType)
        message.payload = Data(payload)
        message.signature = Data(signature)
        // Serialising fails only when a required field of the key is missing, and both are set.
        return (try? message.serializedBytes()) ?? []
    }

    /// Domain, type and payload, each behind its length as a varint (RFC 0002, "Signature
    /// production and verification").
    static func signedBytes(domain: String, payloadType: [UInt8], payload: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        for part in [Array(domain.utf8), payloadType, payload] {
            VarInt.append(UInt64(part.count), to: &bytes)
            bytes += part
        }
        return bytes
    }
}
