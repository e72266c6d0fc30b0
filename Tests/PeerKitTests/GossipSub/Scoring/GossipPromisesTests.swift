import Testing

@testable import PeerKit

@Suite("Promises of messages") struct GossipPromisesTests {
    private let liar = PeerID.counted(1)
    private let honest = PeerID.counted(2)

    @Test("a promise is broken when its time is over, and counted once")
    func broken() {
        var promises = GossipPromises()
        promises.track(liar, [.counted(1), .counted(2)], until: .at(3))
        promises.track(honest, [.counted(3)], until: .at(4))
        #expect(promises.broken(at: .at(3)).isEmpty)
        #expect(promises.broken(at: .at(3.1)) == [liar: 2])
        #expect(promises.broken(at: .at(3.2)).isEmpty)
        #expect(promises.broken(at: .at(9)) == [honest: 1])
        #expect(promises.count == 0)
    }

    @Test("the message may come from anyone: nobody can send it first any more")
    func fulfilled() {
        var promises = GossipPromises()
        for peer in [liar, honest] { promises.track(peer, [.counted(1)], until: .at(3)) }
        promises.fulfilled(.counted(1))
        promises.fulfilled(.counted(7))
        #expect(promises.count == 0)
        #expect(promises.broken(at: .at(9)).isEmpty)
    }

    @Test("a promise made twice is one; made again after it was kept, a new one")
    func repeated() {
        var promises = GossipPromises()
        promises.track(liar, [.counted(1), .counted(1)], until: .at(3))
        promises.track(liar, [.counted(1)], until: .at(4))
        #expect(promises.count == 1)
        promises.fulfilled(.counted(1))
        promises.track(liar, [.counted(1)], until: .at(5))
        #expect(promises.broken(at: .at(4.5)).isEmpty)
        #expect(promises.broken(at: .at(6)) == [liar: 1])
    }

    @Test("a peer that is gone is forgotten, the others are not")
    func forgotten() {
        var promises = GossipPromises()
        promises.track(liar, [.counted(1), .counted(2)], until: .at(3))
        promises.track(honest, [.counted(1)], until: .at(3))
        promises.forget(liar)
        promises.forget(.counted(9))
        #expect(promises.broken(at: .at(4)) == [honest: 1])
    }

    @Test("ten times as many as are tracked, of one peer and of all: the first ones hold")
    func limits() {
        var limits = PeerScoringLimits()
        limits.maximumPromises = 100
        limits.maximumPromisesPerPeer = 10
        var promises = GossipPromises(limits: limits)
        promises.track(liar, (0..<100).map { .counted($0) }, until: .at(3))
        #expect(promises.count == 10)
        for number in 10..<110 {
            promises.track(.counted(number), (0..<10).map { .counted($0) }, until: .at(3))
        }
        #expect(promises.count == 100)
        // Kept at once and made again, for ever.
        for round in 0..<1000 {
            promises.fulfilled(.counted(round % 10))
            promises.track(liar, [.counted(round % 10)], until: .at(3))
        }
        #expect(promises.count <= 100)
        #expect(promises.broken(at: .at(4))[liar, default: 0] <= 10)
        #expect(promises.count == 0)
    }
}
