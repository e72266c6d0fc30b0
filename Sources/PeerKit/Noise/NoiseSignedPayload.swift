import FoundationEssentials

/// What proves that an identity owns a static key: its public key and its signature.
///
/// It depends on the static key alone, so a host signs once and uses the payload for every
/// handshake made with that key (libp2p noise spec, "The libp2p handshake payload").
package struct NoiseSignedPayload: Sendable, Equatable {
    /// The identity's public key as a `PublicKey` protobuf.
    package let identityKey: [UInt8]
    /// The signature over ``bytesToSign(for:)``.
    package let signature: [UInt8]

    package init(identityKey: [UInt8], signature: [UInt8]) {
        self.identityKey = identityKey
        self.signature = signature
    }

    /// The bytes that the identity key signs for a static public key of 32 bytes.
    package static func bytesToSign(for staticPublicKey: [UInt8]) -> [UInt8] {
        Array("noise-libp2p-static-key:".utf8) + staticPublicKey
    }

    /// The handshake payload: this proof, and the muxers as an unsigned extension.
    ///
    /// No extension is written for an empty list: that is how a peer says it negotiates the muxer
    /// inside the channel.
    func encoded(muxers: [ProtocolID]) throws(NoiseError) -> [UInt8] {
        var message = NoiseProto_NoiseHandshakePayload()
        message.identityKey = Data(identityKey)
        message.identitySig = Data(signature)
        if !muxers.isEmpty { message.extensions.streamMuxers = muxers }
        do { return try message.serializedBytes() } catch { throw .malformedPayload }
    }
}

/// A remote's handshake payload whose signature has been checked.
struct NoiseVerifiedPayload: Sendable {
    let publicKey: PublicKey
    let muxers: [ProtocolID]

    /// Parses a payload and checks that its identity key signed `remoteStatic`.
    init(_ bytes: [UInt8], remoteStatic: [UInt8]) throws(NoiseError) {
        let message: NoiseProto_NoiseHandshakePayload
        do {
            message = try NoiseProto_NoiseHandshakePayload(
                bytes: bytes, limit: NoiseLimits.maximumHandshakeMessageBytes)
        } catch {
            throw .malformedPayload
        }
        guard message.hasIdentityKey, message.hasIdentitySig else { throw .malformedPayload }
        guard message.identityKey.count <= NoiseLimits.maximumIdentityKeyBytes else {
            throw .unsupportedIdentityKey
        }
        do {
            publicKey = try PublicKey(protobuf: Array(message.identityKey))
        } catch {
            throw .unsupportedIdentityKey
        }
        guard publicKey.isSupported else { throw .unsupportedIdentityKey }
        let signed = NoiseSignedPayload.bytesToSign(for: remoteStatic)
        guard publicKey.isValidSignature(Array(message.identitySig), for: signed) else {
            throw .badSignature
        }
        muxers = Array(message.extensions.streamMuxers.prefix(NoiseLimits.maximumMuxers))
    }
}
