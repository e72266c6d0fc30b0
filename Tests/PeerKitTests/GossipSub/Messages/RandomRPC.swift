@testable import PeerKit

extension GossipRPC {
    /// An RPC of a few parts of every kind, all valid.
    static func random(using generator: inout some RandomNumberGenerator) -> GossipRPC {
        var rpc = GossipRPC()
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            rpc.subscriptions.append(
                .init(topic: topic(&generator), isSubscribed: Bool.random(using: &generator)))
            rpc.graft.append(topic(&generator))
            rpc.have.append(.init(topic: topic(&generator), ids: ids(&generator)))
            rpc.want += ids(&generator)
            rpc.dontWant += ids(&generator)
            rpc.messages.append(message(&generator))
            rpc.prune.append(prune(&generator))
        }
        return rpc
    }

    private static func prune(_ generator: inout some RandomNumberGenerator) -> Prune {
        let peers = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
            ExchangedPeer(
                id: .counted(Int.random(in: 0...1000, using: &generator)),
                signedRecord: optional(0...200, &generator))
        }
        let backoff = Int.random(in: -1...100, using: &generator)
        return Prune(
            topic: topic(&generator), peers: peers,
            backoff: backoff < 0 ? nil : .seconds(backoff))
    }

    private static func message(_ generator: inout some RandomNumberGenerator) -> PubSubMessage {
        PubSubMessage(
            from: optional(0...40, &generator), data: bytes(0...300, &generator),
            sequenceNumber: optional(8...8, &generator), topic: topic(&generator),
            signature: optional(64...64, &generator), key: optional(0...36, &generator))
    }

    private static func topic(_ generator: inout some RandomNumberGenerator) -> String {
        ["a", "/psic/news/1", "größe", String(repeating: "x", count: 200)]
            .randomElement(using: &generator) ?? "a"
    }

    private static func ids(_ generator: inout some RandomNumberGenerator) -> [MessageID] {
        (0..<Int.random(in: 1...5, using: &generator)).map { _ in
            MessageID(bytes(1...60, &generator))
        }
    }

    private static func optional(
        _ counts: ClosedRange<Int>, _ generator: inout some RandomNumberGenerator
    ) -> [UInt8]? {
        Bool.random(using: &generator) ? bytes(counts, &generator) : nil
    }

    private static func bytes(
        _ counts: ClosedRange<Int>, _ generator: inout some RandomNumberGenerator
    ) -> [UInt8] {
        (0..<Int.random(in: counts, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
    }
}
