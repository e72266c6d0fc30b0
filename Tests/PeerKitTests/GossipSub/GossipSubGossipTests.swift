import Testing

@testable import PeerKit

@Suite("IHAVE, IWANT and IDONTWANT") struct GossipSubGossipTests {
    private func ids(_ count: Int, _ first: Int = 0) -> [MessageID] {
        (first..<first + count).map { number in
            MessageID((0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
        }
    }

    private func have(_ ids: [MessageID], topic: String = "t") -> [GossipRPC.Have] {
        [GossipRPC.Have(topic: topic, ids: ids)]
    }

    // MARK: IHAVE

    @Test("what is not known is asked for, what is known is not")
    func asks() throws {
        var router = try TestRouter()
        let peers = router.addPeers(1...2)
        let message = router.message()
        router.receive(message, from: peers[0])
        let new = ids(1)[0]
        let actions = router.receive(from: peers[1]) { $0.have = have([message.testID, new]) }
        #expect(actions.control(to: peers[1]).want == [new])
    }

    @Test("IHAVE of other topics, or by a peer below the gossip threshold, is ignored")
    func ignoresHave() throws {
        var router = try TestRouter()
        let peers = router.addPeers(1...2)
        #expect(router.receive(from: peers[0]) { $0.have = have(ids(3), topic: "x") }.isEmpty)
        router.machine.scoring.setApplicationScore(peers[1], -11)
        #expect(router.receive(from: peers[1]) { $0.have = have(ids(3)) }.isEmpty)
    }

    @Test("ten IHAVE in a heartbeat are heeded; ten times as many are a fault")
    func haveFlood() throws {
        var router = try TestRouter()
        let peer = router.addPeers([1])[0]
        var asked = 0
        var reports = 0
        for number in 0..<100 {
            let actions = router.receive(from: peer) { $0.have = have(ids(1, number)) }
            asked += actions.control(to: peer).want.count
            reports += actions.reports.count
        }
        #expect(asked == 10)
        #expect(reports == 1, "reported once in a heartbeat")
        router.beat()
        let actions = router.receive(from: peer) { $0.have = have(ids(1, 500)) }
        #expect(actions.control(to: peer).want.count == 1)
    }

    @Test("at most 5,000 IDs are asked for in a heartbeat")
    func askFlood() throws {
        var router = try TestRouter()
        let peer = router.addPeers([1])[0]
        var asked = 0
        for number in 0..<10 {
            let actions = router.receive(from: peer) { $0.have = have(ids(5000, number * 5000)) }
            asked += actions.control(to: peer).want.count
        }
        #expect(asked == 5000)
    }

    @Test("gossip goes to Dlazy peers outside the mesh, for three heartbeats")
    func emits() throws {
        var router = try TestRouter { $0.parameters.dOut = 0 }
        router.graft(router.addPeers(1...6))
        router.addPeers(7...20)
        let message = router.message()
        router.receive(message, from: .test(1))
        for _ in 0..<3 {
            let gossiped = router.beat().gossiped
            #expect(gossiped.count == 6)
            #expect(Set(gossiped.keys).isDisjoint(with: router.mesh()))
            #expect(gossiped.values.allSatisfy { $0 == [message.testID] })
        }
        #expect(router.beat().gossiped.isEmpty)
    }

    @Test("with many peers gossip goes to a quarter of them")
    func gossipFactor() throws {
        var router = try TestRouter { $0.parameters.dOut = 0 }
        router.graft(router.addPeers(1...6))
        router.addPeers(7...86)
        router.receive(router.message(), from: .test(1))
        #expect(router.beat().gossiped.count == 20)
    }

    @Test("no gossip to explicit peers, floodsub peers and those below the threshold")
    func gossipTargets() throws {
        var router = try TestRouter { $0.explicitPeers = [.test(7)] }
        router.graft(router.addPeers(1...6))
        router.addPeers(7...8)
        router.addPeers([9], .floodsub)
        router.addPeers([10])
        router.machine.scoring.setApplicationScore(.test(8), -11)
        router.receive(router.message(), from: .test(1))
        #expect(Set(router.beat().gossiped.keys) == [.test(10)])
    }

    // MARK: IWANT

    @Test("a message is given three times to one peer, and not at all below the threshold")
    func serves() throws {
        var router = try TestRouter()
        let peers = router.addPeers(1...3)
        let message = router.message()
        router.receive(message, from: peers[0])
        let id = message.testID
        for _ in 0..<3 {
            #expect(router.receive(from: peers[1]) { $0.want = [id] }.receivers == [peers[1]])
        }
        #expect(router.receive(from: peers[1]) { $0.want = [id] }.isEmpty)
        router.machine.scoring.setApplicationScore(peers[2], -11)
        #expect(router.receive(from: peers[2]) { $0.want = [id] }.isEmpty)
    }

    @Test("a promise that is not kept within three seconds costs behaviour (P7) and is reported")
    func brokenPromise() throws {
        var router = try TestRouter()
        let peer = router.addPeers([1])[0]
        router.receive(from: peer) { $0.have = have(ids(100)) }
        router.beat(3)
        #expect(router.penalty(peer) == 0)
        let actions = router.beat()
        #expect(router.penalty(peer) == 1)
        #expect(actions.reports == [.unresponsive])
    }

    @Test("a promise is kept by the message coming, from whomever")
    func keptPromise() throws {
        var router = try TestRouter()
        let peers = router.addPeers(1...2)
        let message = router.message()
        router.receive(from: peers[0]) { $0.have = have([message.testID]) }
        router.receive(message, from: peers[1])
        router.beat(10)
        #expect(router.penalty(peers[0]) == 0)
    }

    @Test("a promise is not kept by a message whose signature does not hold")
    func forgedPromise() throws {
        var router = try TestRouter()
        router.fault = { _ in .invalidSignature }
        let peer = router.addPeers([1])[0]
        let message = router.message()
        router.receive(from: peer) { $0.have = have([message.testID]) }
        router.receive(message, from: peer)
        router.beat(4)
        #expect(router.penalty(peer) == 1)
    }

    // MARK: IDONTWANT

    @Test("a large message is announced to the rest of the mesh that speaks 1.2")
    func sendsDontWant() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...3) + router.addPeers(4...5, .meshsub11))
        let large = router.message(size: 1024)
        let actions = router.receive(large, from: .test(1))
        for number in 2...3 {
            #expect(actions.control(to: .test(number)).dontWant == [large.testID])
        }
        #expect(actions.control(to: .test(1)).dontWant.isEmpty)
        #expect(actions.control(to: .test(4)).dontWant.isEmpty)
        let small = router.receive(router.message(size: 1023), from: .test(1))
        #expect(small.control(to: .test(2)).dontWant.isEmpty)
    }

    @Test("IDONTWANT goes out before the application has validated the message")
    func dontWantBeforeValidation() throws {
        var router = try TestRouter()
        router.verdict = { _ in nil }
        router.graft(router.addPeers(1...3))
        let large = router.message(size: 2000)
        let actions = router.receive(large, from: .test(1))
        #expect(actions.control(to: .test(2)).dontWant == [large.testID])
        #expect(actions.receivers.isEmpty)
    }

    @Test("a forged copy makes nobody keep the message back")
    func dontWantOfForgery() throws {
        var router = try TestRouter()
        router.fault = { _ in .invalidSignature }
        router.graft(router.addPeers(1...3))
        let actions = router.receive(router.message(size: 2000), from: .test(1))
        #expect(actions.control(to: .test(2)).dontWant.isEmpty)
    }

    @Test("what a peer does not want it is not sent, for three heartbeats")
    func honoursDontWant() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...4))
        let messages = (0..<5).map { _ in router.message(size: 2000) }
        router.receive(from: .test(2)) { $0.dontWant = messages.map { $0.testID } }
        #expect(router.receive(messages[0], from: .test(1)).receivers == [.test(3), .test(4)])
        #expect(router.machine.statistics.spared == 1)
        router.beat(3)
        #expect(!router.receive(messages[1], from: .test(1)).receivers.contains(.test(2)))
        router.beat()
        #expect(router.receive(messages[2], from: .test(1)).receivers.contains(.test(2)))
    }

    @Test("IDONTWANT ten times over every limit is bounded and reported once")
    func dontWantFlood() throws {
        var router = try TestRouter()
        let peer = router.addPeers([1])[0]
        var reports = 0
        for number in 0..<10_000 {
            let list = ids(10, number * 10)
            reports += router.receive(from: peer) { $0.dontWant = list }.reports.count
        }
        #expect(
            router.machine.peers[peer]?.unwantedCount == GossipSubLimits().maximumUnwantedPerPeer)
        #expect(reports == 1)
    }

    // MARK: Deferring

    @Test("a large message goes to two peers at once, to two after 100 ms, then two each 50 ms")
    func defers() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...7) + router.addPeers(8...9, .meshsub11))
        let first = router.receive(router.message(size: 2000), from: .test(1)).receivers
        #expect(first.count == 4)
        #expect(first.isSuperset(of: [.test(8), .test(9)]), "1.1 cannot say IDONTWANT")
        router.now = router.now.advanced(by: .milliseconds(99))
        router.machine.sendDeferred(at: router.now)
        #expect(router.run().isEmpty)
        router.now = router.now.advanced(by: .milliseconds(1))
        #expect(router.machine.nextDeadline == router.now)
        router.machine.sendDeferred(at: router.now)
        let second = router.run().receivers
        #expect(second.count == 2)
        #expect(first.isDisjoint(with: second))
        router.now = router.now.advanced(by: .milliseconds(50))
        #expect(router.machine.nextDeadline == router.now)
        router.machine.sendDeferred(at: router.now)
        let third = router.run().receivers
        #expect(third.count == 2)
        #expect(first.union(second).union(third) == Set((2...9).map { PeerID.test($0) }))
        #expect(router.machine.nextDeadline == nil)
    }

    @Test("who says IDONTWANT, or sends the message itself, is not sent it later")
    func deferredAndUnwanted() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...8))
        let message = router.message(size: 2000)
        let first = router.receive(message, from: .test(1)).receivers
        let rest = (2...8).map { PeerID.test($0) }.filter { !first.contains($0) }
        try #require(rest.count == 5)
        router.receive(from: rest[0]) { $0.dontWant = [message.testID] }
        router.receive(message, from: rest[1])
        var later: Set<PeerID> = []
        for delay in [100, 50] {
            router.now = router.now.advanced(by: .milliseconds(delay))
            router.machine.sendDeferred(at: router.now)
            later.formUnion(router.run().receivers)
        }
        #expect(later == Set(rest[2...]))
        #expect(router.machine.nextDeadline == nil)
    }

    @Test("small messages, and all when it is switched off, go to the whole mesh at once")
    func notDeferred() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...8))
        #expect(router.receive(router.message(size: 1023), from: .test(1)).receivers.count == 7)
        var eager = try TestRouter { $0.eagerDelay = .zero }
        eager.graft(eager.addPeers(1...8))
        #expect(eager.receive(eager.message(size: 5000), from: .test(1)).receivers.count == 7)
    }

    @Test("beyond the limit of deferred messages, tenfold, they go out at once")
    func deferredFlood() throws {
        var router = try TestRouter { $0.limits.maximumDeferredMessages = 20 }
        router.graft(router.addPeers(1...8))
        var atOnce = 0
        for _ in 0..<200 {
            let actions = router.receive(router.message(size: 2000), from: .test(1))
            atOnce += actions.receivers.count == 7 ? 1 : 0
        }
        #expect(router.machine.deferred.count == 20)
        #expect(atOnce == 180)
    }
}
