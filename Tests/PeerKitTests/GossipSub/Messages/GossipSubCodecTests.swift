import NIOCore
import Testing

@testable import PeerKit

@Suite("Pubsub RPCs as bytes") struct GossipSubCodecTests {
    private func decode(
        _ bytes: [UInt8], _ limits: GossipSubCodecLimits = .init()
    ) throws(GossipSubCodecError) -> GossipRPC {
        try GossipSubCodec.decode(ByteBuffer(bytes: bytes), limits: limits)
    }

    private let ids = [MessageID([0xff, 0xfe]), MessageID(Array("id-2".utf8))]

    private func everything() throws -> GossipRPC {
        let other = try PeerIdentity.numbered(2).peerID
        return GossipRPC(
            subscriptions: [
                .init(topic: "news", isSubscribed: true), .init(topic: "olds", isSubscribed: false),
            ],
            messages: [PubSubMessage(data: [0, 1], topic: "news")],
            have: [.init(topic: "news", ids: ids)],
            want: [MessageID([0x80] + Array("want".utf8))], graft: ["news"],
            prune: [
                .init(
                    topic: "olds",
                    peers: [
                        .init(id: other, signedRecord: Array("record".utf8)),
                        .init(id: other, signedRecord: nil),
                    ],
                    backoff: .seconds(60))
            ],
            dontWant: [MessageID([0] + Array("no".utf8))])
    }

    @Test("is, byte for byte, what py-libp2p's classes write, and is read back")
    func everyPart() throws {
        let rpc = try everything()
        #expect(GossipSubCodec.encode(rpc) == hex(MessageVectors.pyEverything))
        #expect(try decode(hex(MessageVectors.pyEverything)) == rpc)
    }

    @Test("parts that are not known are passed over; a PRUNE may come without back-off")
    func unknownParts() throws {
        let rpc = try decode(hex(MessageVectors.pyExtensions))
        var expected = GossipRPC()
        expected.subscriptions = [.init(topic: "news", isSubscribed: true)]
        expected.prune = [.init(topic: "news", peers: [], backoff: nil)]
        #expect(rpc == expected)
    }

    @Test("reads and writes what p2pd sends")
    func goRPCs() throws {
        var hello = GossipRPC()
        hello.subscriptions = [.init(topic: "news", isSubscribed: true)]
        var graft = GossipRPC()
        graft.graft = ["news"]
        var prune = GossipRPC()
        prune.prune = [.init(topic: "news", peers: [], backoff: .seconds(60))]
        for (vector, rpc) in [
            (MessageVectors.goHello, hello), (MessageVectors.goGraft, graft),
            (MessageVectors.goPrune, prune),
        ] {
            #expect(try decode(hex(vector)) == rpc)
            #expect(GossipSubCodec.encode(rpc) == hex(vector))
        }
        let have = try decode(hex(MessageVectors.goHave))
        #expect(have.have.map(\.topic) == ["news"])
        let sent = try [MessageVectors.goSigned, MessageVectors.goEmptyData].flatMap {
            try decode(hex($0)).messages.map { MessageIDFunction.authorAndSequenceNumber($0) }
        }
        #expect(Set(sent).isSubset(of: have.have[0].ids))
        #expect(GossipSubCodec.encode(have) == hex(MessageVectors.goHave))
    }

    @Test("an RPC of no bytes is a hello without topics")
    func emptyRPC() throws {
        #expect(try decode([]).isEmpty)
        #expect(GossipSubCodec.encode(GossipRPC()) == [])
        #expect(GossipSubCodec.encode(GossipRPC(), limit: 100) == [])
    }

    @Test("messages come back with every field that a signature covers")
    func messagesComeBack() throws {
        for vector in [
            MessageVectors.pySigned, MessageVectors.pyEmptyData, MessageVectors.unknownFields,
            MessageVectors.goSigned, MessageVectors.goEmptyData,
        ] {
            let rpc = try decode(hex(vector))
            #expect(rpc.messages.count == 1)
            #expect(GossipSubCodec.encode(rpc) == hex(vector))
        }
        #expect(try decode(hex(MessageVectors.unknownFields)).messages[0].otherFields.count == 7)
    }

    @Test("data that is left out stays left out, data that is empty stays empty")
    func omittedData() throws {
        let omitted: [UInt8] = [0x12, 3, 0x22, 1, 0x74]
        let empty: [UInt8] = [0x12, 5, 0x12, 0, 0x22, 1, 0x74]
        for bytes in [omitted, empty] {
            let rpc = try decode(bytes)
            #expect(rpc.messages[0].data == [])
            #expect(GossipSubCodec.encode(rpc) == bytes)
        }
        #expect(try decode(omitted) != decode(empty))
    }

    @Test("a message in two topics is skipped, the one beside it read")
    func severalTopics() throws {
        let rpc = try decode(hex(MessageVectors.pyTwoTopics))
        #expect(rpc.skipped == 1)
        #expect(rpc.messages.map(\.topic) == ["news"])
    }

    @Test(
        "what is of no use is skipped and counted",
        arguments: [
            ("a message without topic", [0x12, 3, 0x12, 1, 1]),
            ("a message of an empty topic", [0x12, 2, 0x22, 0]),
            ("a subscription without topic", [0x0a, 2, 0x08, 1]),
            ("a subscription to what is no UTF-8", [0x0a, 5, 0x08, 1, 0x12, 1, 0xff]),
            ("IHAVE without topic", [0x1a, 5, 0x0a, 3, 0x12, 1, 7]),
            ("IHAVE of nothing", [0x1a, 5, 0x0a, 3, 0x0a, 1, 0x74]),
            ("IWANT of an empty ID", [0x1a, 4, 0x12, 2, 0x0a, 0]),
            ("GRAFT without topic", [0x1a, 2, 0x1a, 0]),
            ("PRUNE without topic", [0x1a, 4, 0x22, 2, 0x18, 60]),
        ] as [(String, [UInt8])])
    func skips(what: String, bytes: [UInt8]) throws {
        let rpc = try decode(bytes)
        var expected = GossipRPC()
        expected.skipped = 1
        #expect(rpc == expected, "\(what)")
    }

    @Test("peers of a PRUNE without a peer ID are skipped, the PRUNE is read")
    func exchangedPeerWithoutID() throws {
        let rpc = try decode([0x1a, 10, 0x22, 8, 0x0a, 1, 0x74, 0x12, 3, 0x12, 1, 9])
        #expect(rpc.prune == [.init(topic: "t", peers: [], backoff: nil)])
        #expect(rpc.skipped == 1)
    }

    @Test(
        "refuses what is no protocol buffer",
        arguments: [
            [0x0a], [0x0a, 5, 1], [0x07], [0x00], [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff],
            [0x08, 1], [0x1a, 2, 0x08, 1], [0x12, 2, 0x20, 1], [0x0c], [0x0b],
            [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
            [UInt8](repeating: 0xff, count: 11),
        ] as [[UInt8]])
    func malformed(bytes: [UInt8]) {
        #expect(throws: GossipSubCodecError.malformed) { try decode(bytes) }
    }

    @Test("passes over unknown fields of every wire type, groups in groups included")
    func wireTypes() throws {
        let unknown: [UInt8] =
            [0x48, 0x80, 0x00]  // a varint that is not minimal
            + [0x49, 1, 2, 3, 4, 5, 6, 7, 8] + [0x4d, 1, 2, 3, 4] + [0x4a, 1, 0]
            + [0x4b, 0x53, 0x08, 1, 0x54, 0x4c]
        #expect(try decode(unknown).isEmpty)
        let message: [UInt8] = [0x22, 1, 0x74] + unknown
        let rpc = try decode([0x12, UInt8(message.count)] + message)
        #expect(rpc.messages[0].otherFields == unknown)
    }

    @Test("a back-off beyond all reason is cut short, and no trap")
    func hugeBackoff() throws {
        let backoff = VarInt.encode(VarInt.maximumValue)
        let prune = [0x0a, 1, 0x74, 0x18] + backoff
        let bytes = [0x1a, UInt8(prune.count + 2), 0x22, UInt8(prune.count)] + prune
        #expect(try decode(bytes).prune[0].backoff == .seconds(86_400))
    }

    @Test("back-offs are told in seconds, rounded up")
    func roundedBackoff() throws {
        for (backoff, seconds) in [(1, 1), (1000, 1), (1001, 2), (-5, 0)] {
            var rpc = GossipRPC()
            rpc.prune = [.init(topic: "t", peers: [], backoff: .milliseconds(backoff))]
            let decoded = try decode(GossipSubCodec.encode(rpc))
            #expect(decoded.prune[0].backoff == .seconds(seconds))
        }
    }

    @Test("random RPCs come back as they were", arguments: 0..<50 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var generator = SimulationGenerator(seed: seed, label: "test")
        let rpc = GossipRPC.random(using: &generator)
        #expect(try decode(GossipSubCodec.encode(rpc)) == rpc)
    }

    @Test(
        "damaged RPCs are refused, or are what they encode to again",
        arguments: 0..<20 as Range<UInt64>)
    func damaged(seed: UInt64) throws {
        var generator = SimulationGenerator(seed: seed, label: "damage")
        var accepted = 0
        for _ in 0..<100 {
            var bytes = GossipSubCodec.encode(.random(using: &generator))
            guard !bytes.isEmpty else { continue }
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: bytes.indices, using: &generator)
                bytes[index] = UInt8.random(in: 0...255, using: &generator)
            }
            bytes.removeLast(Int.random(in: 0...1, using: &generator))
            guard var rpc = try? decode(bytes) else { continue }
            accepted += 1
            rpc.skipped = 0
            #expect(try decode(GossipSubCodec.encode(rpc)) == rpc)
            for part in GossipSubCodec.encode(rpc, limit: 300) {
                #expect(part.count <= 300)
                #expect(try decode(part).skipped == 0)
            }
        }
        #expect(accepted > 0)
    }
}
