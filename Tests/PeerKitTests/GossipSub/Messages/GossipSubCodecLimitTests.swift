import NIOCore
import Testing

@testable import PeerKit

@Suite("Bounds on pubsub RPCs") struct GossipSubCodecLimitTests {
    private var limits: GossipSubCodecLimits {
        var limits = GossipSubCodecLimits()
        limits.maximumSubscriptions = 10
        limits.maximumMessages = 10
        limits.maximumMessageIDs = 10
        limits.maximumGraftsAndPrunes = 10
        limits.maximumHaves = 10
        return limits
    }

    private func decode(_ rpc: GossipRPC) throws(GossipSubCodecError) -> GossipRPC {
        try GossipSubCodec.decode(
            ByteBuffer(bytes: GossipSubCodec.encode(rpc)), limits: limits)
    }

    @Test("an RPC ten times as long as allowed is not looked at")
    func tooLong() {
        let limit = GossipSubCodecLimits().maximumByteCount
        let bytes = ByteBuffer(repeating: 0x0a, count: 10 * limit)
        #expect(throws: GossipSubCodecError.tooLong(byteCount: 10 * limit, limit: limit)) {
            try GossipSubCodec.decode(bytes)
        }
    }

    @Test(
        "ten times as many parts as allowed are refused, as many as allowed are not",
        arguments: [
            .init("subscriptions") {
                $0.subscriptions.append(.init(topic: "t", isSubscribed: true))
            },
            .init("messages") { $0.messages.append(PubSubMessage(data: [], topic: "t")) },
            .init("messageIDs") { $0.want.append(MessageID([1])) },
            .init("messageIDs") { $0.dontWant.append(MessageID([1])) },
            .init("haves") { $0.have.append(.init(topic: "t", ids: [MessageID([1])])) },
            .init("graftsAndPrunes") { $0.graft.append("t") },
            .init("graftsAndPrunes") {
                $0.prune.append(.init(topic: "t", peers: [], backoff: nil))
            },
        ] as [Change<GossipRPC>])
    func tooMany(change: Change<GossipRPC>) throws {
        let part = try #require(GossipSubCodecError.Part(rawValue: change.name))
        var rpc = GossipRPC()
        for _ in 0..<10 { change.apply(&rpc) }
        #expect(try decode(rpc) == rpc)
        for _ in 0..<90 { change.apply(&rpc) }
        #expect(throws: GossipSubCodecError.tooMany(part, limit: 10)) { try decode(rpc) }
    }

    @Test("IDs count over all IHAVE, IWANT and IDONTWANT together")
    func idsCountTogether() {
        var rpc = GossipRPC()
        let ids = (0..<4).map { MessageID([$0]) }
        rpc.want = ids
        rpc.dontWant = ids
        rpc.have = [.init(topic: "t", ids: ids)]
        #expect(throws: GossipSubCodecError.tooMany(.messageIDs, limit: 10)) { try decode(rpc) }
    }

    @Test("a mebibyte of empty messages is refused before it is kept")
    func emptyMessages() {
        let bytes = ByteBuffer(
            bytes: [UInt8](unsafeUninitializedCapacity: 1 << 20) { bytes, count in
                for index in 0..<1 << 20 { bytes[index] = index & 1 == 0 ? 0x12 : 0 }
                count = 1 << 20
            })
        #expect(throws: GossipSubCodecError.tooMany(.messages, limit: 8192)) {
            try GossipSubCodec.decode(bytes)
        }
    }

    @Test("topics, IDs, records and unknown fields ten times too long are skipped")
    func longValues() throws {
        let full = GossipSubCodecLimits()
        let topic = String(repeating: "t", count: 10 * full.maximumTopicByteCount)
        let id = MessageID([UInt8](repeating: 1, count: 10 * full.maximumMessageIDByteCount))
        var rpc = GossipRPC()
        rpc.subscriptions = [.init(topic: topic, isSubscribed: true)]
        rpc.graft = [topic]
        rpc.want = [id]
        var message = PubSubMessage(data: [1], topic: "t")
        let other = 10 * full.maximumOtherFieldsByteCount
        message.otherFields.appendField(9, [UInt8](repeating: 0, count: other))
        rpc.messages = [message]
        let record = [UInt8](repeating: 0, count: 10 * full.maximumRecordByteCount)
        rpc.prune = [
            .init(
                topic: "t", peers: [.init(id: .counted(1), signedRecord: record)], backoff: nil)
        ]
        let decoded = try GossipSubCodec.decode(ByteBuffer(bytes: GossipSubCodec.encode(rpc)))
        var expected = GossipRPC()
        expected.prune = [
            .init(topic: "t", peers: [.init(id: .counted(1), signedRecord: nil)], backoff: nil)
        ]
        expected.skipped = 4
        #expect(decoded == expected)
    }

    @Test("of ten times as many PX peers as allowed, as many as allowed are read")
    func exchangedPeers() throws {
        let limit = GossipSubCodecLimits().maximumExchangedPeers
        let peers = (0..<10 * limit).map {
            GossipRPC.ExchangedPeer(id: .counted($0), signedRecord: nil)
        }
        var rpc = GossipRPC()
        rpc.prune = [.init(topic: "t", peers: peers, backoff: nil)]
        let decoded = try GossipSubCodec.decode(ByteBuffer(bytes: GossipSubCodec.encode(rpc)))
        #expect(decoded.prune[0].peers == Array(peers.prefix(limit)))
        #expect(decoded.skipped == 9 * limit)
    }

    // MARK: Division

    @Test(
        "no RPC is longer than the limit, and nothing is lost", arguments: [200, 400, 1000, 5000])
    func division(limit: Int) throws {
        var rpc = GossipRPC()
        rpc.subscriptions = (0..<40).map { .init(topic: "topic \($0)", isSubscribed: true) }
        rpc.messages = (0..<20).map {
            PubSubMessage(data: [UInt8](repeating: 7, count: 150), topic: "\($0)")
        }
        rpc.graft = (0..<40).map { "graft \($0)" }
        rpc.prune = (0..<40).map { .init(topic: "\($0)", peers: [], backoff: .seconds(9)) }
        let ids = (0..<200).map { MessageID.counted($0) }
        rpc.have = [.init(topic: "news", ids: ids), .init(topic: "olds", ids: ids)]
        rpc.want = ids
        rpc.dontWant = ids
        let parts = GossipSubCodec.encode(rpc, limit: limit)
        var merged = GossipRPC()
        for part in parts {
            #expect(part.count <= limit)
            let decoded = try GossipSubCodec.decode(ByteBuffer(bytes: part))
            merged.subscriptions += decoded.subscriptions
            merged.messages += decoded.messages
            merged.graft += decoded.graft
            merged.prune += decoded.prune
            merged.want += decoded.want
            merged.dontWant += decoded.dontWant
            for have in decoded.have {
                if merged.have.last?.topic == have.topic {
                    merged.have[merged.have.count - 1].ids += have.ids
                } else {
                    merged.have.append(have)
                }
            }
        }
        #expect(merged == rpc)
        let total = parts.reduce(0) { $0 + $1.count }
        #expect(parts.count <= 2 * total / limit + 1, "the parts are well filled")
    }

    @Test("a message that no RPC can hold is left out, its neighbours are sent")
    func oversized() throws {
        var rpc = GossipRPC()
        rpc.messages = [10, 1000, 20].map {
            PubSubMessage(data: [UInt8](repeating: 1, count: $0), topic: "t")
        }
        let parts = GossipSubCodec.encode(rpc, limit: 500)
        let sent = try parts.flatMap {
            try GossipSubCodec.decode(ByteBuffer(bytes: $0)).messages.map(\.data.count)
        }
        #expect(sent == [10, 20])
    }
}
