import NIOCore
import Testing

@testable import PeerKit

@Suite("Signatures of messages") struct MessageSigningTests {
    private func message(_ vector: String) throws -> PubSubMessage {
        let rpc = try GossipSubCodec.decode(ByteBuffer(bytes: hex(vector)))
        return try #require(rpc.messages.last)
    }

    private func verify(
        _ message: PubSubMessage, _ policy: SigningPolicy = .strictSign
    ) throws(MessageFault) -> PeerID? { try MessageSigning.verify(message, policy: policy) }

    private func signed(data: [UInt8] = [1, 2]) async throws -> PubSubMessage {
        var message = PubSubMessage(
            data: data, sequenceNumber: MessageSigning.sequenceNumber(5), topic: "news")
        try await MessageSigning.sign(&message, with: try Ed25519PrivateKey.numbered(1))
        return message
    }

    @Test("those of py-libp2p and go-libp2p hold: with key, without data, with unknown fields")
    func othersAreValid() throws {
        for vector in [
            MessageVectors.pySigned, MessageVectors.pyEmptyData, MessageVectors.pyTwoTopics,
            MessageVectors.goSigned, MessageVectors.goEmptyData, MessageVectors.unknownFields,
        ] {
            let message = try self.message(vector)
            #expect(try verify(message)?.bytes == message.from)
        }
    }

    @Test("signs exactly as py-libp2p does with the same key, but for the superfluous key")
    func signsAsPyDoes() async throws {
        var expected = try message(MessageVectors.pySigned)
        expected.key = nil
        var own = PubSubMessage(
            data: Array("hello".utf8), sequenceNumber: MessageSigning.sequenceNumber(7),
            topic: "news")
        try await MessageSigning.sign(&own, with: try Ed25519PrivateKey.numbered(1))
        #expect(own == expected)
    }

    @Test("a change of any field that is signed is noticed")
    func changesAreNoticed() async throws {
        let message = try await signed()
        #expect(try verify(message) == PeerIdentity.numbered(1).peerID)
        let changes: [@Sendable (inout PubSubMessage) -> Void] = [
            { $0.data[0] ^= 1 }, { $0.topic = "olds" }, { $0.sequenceNumber?[7] ^= 1 },
            { $0.signature?[0] ^= 1 }, { $0.signature = [] }, { $0.otherFields = [0x48, 1] },
            { $0.from = PeerID.counted(77).bytes },
        ]
        for change in changes {
            var changed = message
            change(&changed)
            #expect(throws: MessageFault.invalidSignature) { try verify(changed) }
        }
    }

    @Test("data that was signed as empty is not data that was left out")
    func omittedDataIsNotEmptyData() async throws {
        var message = try await signed(data: [])
        #expect(throws: Never.self) { try verify(message) }
        message.omitsData = true
        #expect(throws: MessageFault.invalidSignature) { try verify(message) }
    }

    @Test("StrictSign demands author and signature")
    func missingFields() async throws {
        var message = try await signed()
        message.signature = nil
        #expect(throws: MessageFault.missing(.signature)) { try verify(message) }
        message.from = nil
        #expect(throws: MessageFault.missing(.from)) { try verify(message) }
        message = PubSubMessage(from: [1, 2], data: [], topic: "t", signature: [])
        #expect(throws: MessageFault.malformedAuthor) { try verify(message) }
    }

    @Test("a key that is not the author's, or none at all, is refused")
    func wrongKeys() async throws {
        #expect(throws: MessageFault.foreignKey) {
            try verify(try self.message(MessageVectors.pyForeignKey))
        }
        var message = try await signed()
        message.key = [1, 2, 3]
        #expect(throws: MessageFault.malformedKey) { try verify(message) }
        // An Ed25519 key has one peer ID, the one that contains it; its hash is another peer's.
        let key = try Ed25519PrivateKey.numbered(1).publicKey.protobuf
        message.key = key
        message.from = Multihash.sha256(of: key).bytes
        #expect(throws: MessageFault.foreignKey) { try verify(message) }
    }

    @Test("authors whose signatures cannot be verified are nobody's fault")
    func unsupportedKeys() throws {
        var message = try self.message(MessageVectors.pyRSA)
        #expect(throws: MessageFault.unsupportedKey(.rsa)) { try verify(message) }
        message.key = nil
        #expect(throws: MessageFault.unknownKey) { try verify(message) }
        #expect(throws: MessageFault.unsupportedKey(.secp256k1)) {
            try verify(try self.message(MessageVectors.pySecp256k1))
        }
        #expect(!MessageFault.unsupportedKey(.rsa).blamesSender)
        #expect(!MessageFault.unknownKey.blamesSender)
    }

    @Test("a signature that only some implementations take: refused, and its bearer not blamed")
    func irregularSignature() throws {
        var message = try self.message(MessageVectors.smallOrder)
        #expect(throws: MessageFault.irregularSignature) { try verify(message) }
        #expect(!MessageFault.irregularSignature.blamesSender)
        message.data = [1]
        #expect(throws: MessageFault.invalidSignature) { try verify(message) }
        #expect(MessageFault.invalidSignature.blamesSender)
    }

    @Test("a sequence number of another length is blamed on the author, who has signed it")
    func sequenceNumbers() async throws {
        let key = try Ed25519PrivateKey.numbered(1)
        for number in [nil, [], [1], [UInt8](repeating: 0, count: 9)] as [[UInt8]?] {
            var message = PubSubMessage(
                from: key.publicKey.peerID.bytes, data: [], sequenceNumber: number, topic: "t")
            message.signature = key.signature(for: MessageSigning.signedBytes(of: message))
            let fault = #expect(throws: MessageFault.self) { try verify(message) }
            #expect(fault?.blamesSender == false)
            message.signature?[0] ^= 1
            #expect(throws: MessageFault.invalidSignature) { try verify(message) }
        }
        let message = try await signed()
        #expect(MessageSigning.sequenceNumber(of: message) == 5)
    }

    @Test("StrictNoSign takes messages without author, and only them")
    func strictNoSign() {
        var message = PubSubMessage(data: [1], topic: "t")
        #expect(throws: Never.self) { try verify(message, .strictNoSign) }
        message.key = []
        #expect(throws: MessageFault.unexpected(.key)) { try verify(message, .strictNoSign) }
        message.signature = []
        #expect(throws: MessageFault.unexpected(.signature)) { try verify(message, .strictNoSign) }
        message.sequenceNumber = []
        #expect(throws: MessageFault.unexpected(.sequenceNumber)) {
            try verify(message, .strictNoSign)
        }
        message.from = []
        #expect(throws: MessageFault.unexpected(.from)) { try verify(message, .strictNoSign) }
        #expect(MessageFault.unexpected(.from).blamesSender)
    }

    @Test("IDs: author and sequence number, or a hash that tells topics apart")
    func messageIDs() throws {
        let message = try self.message(MessageVectors.pySigned)
        let id = SigningPolicy.strictSign.messageID(message)
        #expect(id.bytes == (message.from ?? []) + [0, 0, 0, 0, 0, 0, 0, 7])
        let news = PubSubMessage(data: [1], topic: "news")
        let olds = PubSubMessage(data: [1], topic: "olds")
        let hash = SigningPolicy.strictNoSign.messageID
        #expect(hash(news) != hash(olds))
        #expect(hash(news) == hash(PubSubMessage(from: [1], data: [1], topic: "news")))
        #expect(
            hash(PubSubMessage(data: Array("b".utf8), topic: "a"))
                != hash(PubSubMessage(data: [], topic: "ab")))
        #expect(MessageIDFunction.dataHash(news) == MessageIDFunction.dataHash(olds))
        #expect(
            MessageIDFunction.dataHash(PubSubMessage(data: Array("abc".utf8), topic: "")).bytes
                == hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
    }
}
