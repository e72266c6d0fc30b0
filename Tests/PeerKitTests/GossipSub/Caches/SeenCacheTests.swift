import Testing

@testable import PeerKit

@Suite("Messages seen lately") struct SeenCacheTests {
    @Test("a message is new once within the time to live, counted from the first time")
    func firstSeen() {
        var cache = SeenCache(timeToLive: .seconds(120))
        #expect(cache.insert(.counted(1), at: .at(0)) == true)
        #expect(cache.insert(.counted(1), at: .at(100)) == false)
        #expect(cache.contains(.counted(1), at: .at(119.9)) == true)
        #expect(cache.contains(.counted(1), at: .at(120)) == false)
        #expect(cache.insert(.counted(1), at: .at(120)) == true)
        #expect(cache.count == 1)
    }

    @Test("ten times as many as there is room for: the oldest are forgotten")
    func limit() {
        var cache = SeenCache(timeToLive: .seconds(120), limit: 100)
        for number in 0..<1000 { #expect(cache.insert(.counted(number), at: .at(1)) == true) }
        #expect(cache.count == 100)
        #expect(cache.forgottenEarly == 900)
        #expect(cache.contains(.counted(899), at: .at(1)) == false)
        #expect(cache.contains(.counted(900), at: .at(1)) == true)
        cache.expire(at: .at(122))
        #expect(cache.count == 0)
    }

    @Test("agrees with a list of everything ever seen", arguments: 0..<10 as Range<UInt64>)
    func agreesWithList(seed: UInt64) {
        var generator = SimulationGenerator(seed: seed, label: "test")
        var cache = SeenCache(timeToLive: .seconds(5))
        var all: [(id: Int, at: Double)] = []
        var now = 0.0
        for _ in 0..<500 {
            now += Double(Int.random(in: 0...3, using: &generator)) / 4
            let id = Int.random(in: 0..<20, using: &generator)
            let isKnown = all.contains { $0.id == id && $0.at + 5 > now }
            #expect(cache.insert(.counted(id), at: .at(now)) == !isKnown)
            if !isKnown { all.append((id, now)) }
        }
    }
}
