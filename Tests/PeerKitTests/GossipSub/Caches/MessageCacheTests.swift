import Testing

@testable import PeerKit

@Suite("Messages kept for gossip") struct MessageCacheTests {
    private func message(_ topic: String = "t", bytes: Int = 10) -> PubSubMessage {
        PubSubMessage(data: [UInt8](repeating: 0, count: bytes), topic: topic)
    }

    private func counted(_ numbers: Int...) -> [MessageID] { numbers.map { .counted($0) } }

    @Test("advertised for 3 heartbeats, given for 5")
    func windows() {
        var cache = MessageCache(history: 5, gossip: 3)
        cache.put(message(), id: .counted(0))
        for heartbeat in 1...6 {
            cache.shift()
            #expect(cache.gossipIDs(in: "t") == (heartbeat < 3 ? counted(0) : []))
            #expect((cache.message(.counted(0)) != nil) == (heartbeat < 5))
        }
        #expect(cache.count == 0)
        #expect(cache.byteCount == 0)
    }

    @Test("topics are advertised apart, the newest first")
    func topics() {
        var cache = MessageCache(history: 5, gossip: 3)
        cache.put(message("a"), id: .counted(1))
        cache.put(message("b"), id: .counted(2))
        cache.shift()
        cache.put(message("a"), id: .counted(3))
        cache.put(message("a"), id: .counted(1))
        #expect(cache.gossipIDs(in: "a") == counted(3, 1))
        #expect(cache.gossipIDs(in: "b") == counted(2))
        #expect(cache.gossipIDs(in: "c") == [])
        cache.shift()
        cache.shift()
        #expect(cache.gossipIDs(in: "a") == counted(3), "put again, it is no younger")
    }

    @Test("counts how often each peer asks for a message")
    func transmissions() {
        var cache = MessageCache(history: 5, gossip: 3)
        cache.put(message(), id: .counted(1))
        #expect(cache.message(.counted(1), for: .counted(1))?.transmissions == 1)
        #expect(cache.message(.counted(1), for: .counted(1))?.transmissions == 2)
        #expect(cache.message(.counted(1), for: .counted(2))?.transmissions == 1)
        #expect(cache.message(.counted(2), for: .counted(1)) == nil)
    }

    @Test("ten times as many messages, bytes and askers as allowed: the bounds hold")
    func limits() {
        var limits = GossipCacheLimits()
        limits.maximumCachedMessages = 10
        limits.maximumRequestersPerMessage = 10
        var cache = MessageCache(history: 5, gossip: 3, limits: limits)
        for number in 0..<100 { cache.put(message(), id: .counted(number)) }
        #expect(cache.count == 10)
        #expect(cache.forgottenEarly == 90)
        #expect(cache.gossipIDs(in: "t") == (90..<100).reversed().map { .counted($0) })
        let answered = (0..<100).filter { cache.message(.counted(99), for: .counted($0)) != nil }
        #expect(answered.count == 10)
        #expect(cache.message(.counted(99), for: .counted(0))?.transmissions == 2)

        limits = GossipCacheLimits()
        limits.maximumCachedByteCount = 1000
        cache = MessageCache(history: 5, gossip: 3, limits: limits)
        for number in 0..<100 { cache.put(message(bytes: 99), id: .counted(number)) }
        #expect(cache.byteCount == 1000)
        #expect(cache.count == 10)
        cache.put(message(bytes: 10_000), id: .counted(500))
        #expect(cache.message(.counted(500)) == nil)
        #expect(cache.count == 10, "a message that never fits drives out no other")
    }

    @Test("after anything, what is advertised can be given", arguments: 0..<10 as Range<UInt64>)
    func invariants(seed: UInt64) {
        var generator = SimulationGenerator(seed: seed, label: "test")
        var limits = GossipCacheLimits()
        limits.maximumCachedMessages = 30
        limits.maximumCachedByteCount = 1500
        var cache = MessageCache(history: 4, gossip: 2, limits: limits)
        for _ in 0..<1000 {
            if Int.random(in: 0..<8, using: &generator) == 0 {
                cache.shift()
            } else {
                let number = Int.random(in: 0..<200, using: &generator)
                cache.put(
                    message("\(number % 3)", bytes: number), id: .counted(number))
            }
            #expect(cache.count <= 30 && cache.byteCount <= 1500)
            for topic in ["0", "1", "2"] {
                let ids = cache.gossipIDs(in: topic)
                #expect(Set(ids).count == ids.count)
                #expect(ids.allSatisfy { cache.message($0)?.topic == topic })
            }
        }
        for _ in 0..<4 { cache.shift() }
        #expect(cache.count == 0 && cache.byteCount == 0)
    }
}
