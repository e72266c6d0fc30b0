import Testing

@testable import PeerKit

@Suite("Signed envelopes") struct SignedEnvelopeTests {
    static let type: [UInt8] = [0x7f, 0x01]

    private func sealed(_ payload: [UInt8] = [1, 2, 3]) async throws -> SignedEnvelope {
        try await SignedEnvelope.seal(
            payload, payloadType: Self.type, domain: "test", with: try SpecificationKey.make())
    }

    @Test("signs domain, type and payload, each behind its length (RFC 0002)")
    func signedBytes() {
        let bytes = SignedEnvelope.signedBytes(
            domain: "ab", payloadType: [3, 1], payload: [UInt8](repeating: 9, count: 200))
        #expect(bytes == [2, 0x61, 0x62, 2, 3, 1, 0xc8, 0x01] + [UInt8](repeating: 9, count: 200))
    }

    @Test func opensWhatItSealed() async throws {
        let envelope = try await sealed()
        let opened = try SignedEnvelope.open(
            envelope.bytes, domain: "test", payloadType: Self.type)
        #expect(opened == envelope)
        #expect(opened.payload == [1, 2, 3])
    }

    @Test func refusesAnotherDomainOrType() async throws {
        let bytes = try await sealed().bytes
        #expect(throws: EnvelopeError.invalidSignature) {
            try SignedEnvelope.open(bytes, domain: "other", payloadType: Self.type)
        }
        #expect(throws: EnvelopeError.wrongPayloadType(expected: [1], actual: Self.type)) {
            try SignedEnvelope.open(bytes, domain: "test", payloadType: [1])
        }
    }

    @Test func refusesAKeyThatDidNotSign() async throws {
        let envelope = try await sealed()
        var random = RandomBytes(seed: 12)
        let forged = SignedEnvelope(
            publicKey: Ed25519PrivateKey.generate(using: &random).publicKey,
            payloadType: envelope.payloadType, payload: envelope.payload,
            signature: envelope.signature)
        #expect(throws: EnvelopeError.invalidSignature) {
            try SignedEnvelope.open(forged.bytes, domain: "test", payloadType: Self.type)
        }
    }

    @Test func refusesKeysItCannotVerify() async throws {
        let envelope = try await sealed()
        let hex = "08021221037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99"
        let other = SignedEnvelope(
            publicKey: try PublicKey(protobuf: Base16.decode(hex)),
            payloadType: envelope.payloadType, payload: envelope.payload,
            signature: envelope.signature)
        #expect(throws: EnvelopeError.unsupportedKey(.secp256k1)) {
            try SignedEnvelope.open(other.bytes, domain: "test", payloadType: Self.type)
        }
    }

    @Test func refusesLongAndEmptyEnvelopes() async throws {
        let limit = IdentityLimits.maximumEnvelopeByteCount
        let long = try await sealed([UInt8](repeating: 0, count: limit)).bytes
        #expect(throws: EnvelopeError.tooLong(byteCount: long.count, limit: limit)) {
            try SignedEnvelope.open(long, domain: "test", payloadType: Self.type)
        }
        #expect(throws: EnvelopeError.self) {
            try SignedEnvelope.open([], domain: "test", payloadType: Self.type)
        }
    }

    @Test("no damaged envelope opens to another content")
    func damaged() async throws {
        let envelope = try await sealed()
        var random = RandomBytes(seed: 13)
        for round in 0..<4_000 {
            let bytes =
                round.isMultiple(of: 4)
                ? random.bytes(upTo: 200) : random.damaged(envelope.bytes)
            let opened = try? SignedEnvelope.open(bytes, domain: "test", payloadType: Self.type)
            // Protocol buffers allow several encodings of one message.
            if let opened { #expect(opened == envelope) }
        }
    }
}
