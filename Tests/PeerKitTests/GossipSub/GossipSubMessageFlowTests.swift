import Testing

@testable import PeerKit

@Suite("Messages through a router") struct GossipSubMessageFlowTests {
    // MARK: Forwarding

    @Test("a message goes to the mesh, not back to its sender, its author or others who sent it")
    func forwards() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...6))
        router.verdict = { _ in nil }
        let message = router.message(by: .test(2))
        router.receive(message, from: .test(1))
        router.receive(message, from: .test(3))
        let ticket: UInt64 = 1
        router.machine.validated(ticket, .accept, at: router.now)
        let actions = router.run()
        #expect(actions.receivers == [.test(4), .test(5), .test(6)])
        #expect(router.delivered.count == 1)
        #expect(router.delivered.first?.from == .test(2))
        #expect(router.delivered.first?.receivedFrom == .test(1))
    }

    @Test("a message that has been seen is neither checked nor passed on again")
    func duplicates() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...6))
        let message = router.message()
        router.receive(message, from: .test(1))
        var checks = 0
        router.fault = { _ in
            checks += 1
            return nil
        }
        #expect(router.receive(message, from: .test(2)).isEmpty)
        // Our own copy, if it has not left yet, need not go back to it.
        #expect(router.withdrawn == [message.testID: [.test(2)]])
        #expect(checks == 0)
        #expect(router.machine.statistics.duplicates == 1)
    }

    @Test("a forged copy with the same ID does not keep the true message away")
    func forgery() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...6))
        let message = router.message()
        var forged = message
        forged.data = [6, 6, 6]
        router.fault = { $0.data == [6, 6, 6] ? .invalidSignature : nil }
        // Both are being checked at once: take the verification out of the kit's hands.
        var rpc = GossipRPC()
        rpc.messages = [forged]
        router.machine.receive(
            rpc, from: .test(1), at: router.now, using: &router.generator)
        rpc.messages = [message]
        router.machine.receive(
            rpc, from: .test(2), at: router.now, using: &router.generator)
        let actions = router.run()
        #expect(router.delivered.map(\.data) == [message.data])
        #expect(router.invalidMessages(.test(1)) == 1)
        #expect(router.invalidMessages(.test(2)) == 0)
        #expect(actions.reports == [.invalidContent])
    }

    @Test("of two validly signed messages with one ID only the first counts")
    func equivocation() throws {
        var router = try TestRouter()
        router.addPeers(1...2)
        let message = router.message()
        var other = message
        other.data = [1, 2, 3]
        var rpc = GossipRPC()
        rpc.messages = [message, other]
        router.machine.receive(
            rpc, from: .test(1), at: router.now, using: &router.generator)
        _ = router.run()
        #expect(router.delivered.map(\.data) == [message.data])
    }

    @Test("a wrong signature counts against the sender (P4)")
    func invalidSignature() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...3))
        router.fault = { _ in .invalidSignature }
        let actions = router.receive(router.message(), from: .test(1))
        #expect(actions.receivers.isEmpty)
        #expect(router.delivered.isEmpty)
        #expect(router.invalidMessages(.test(1)) == 1)
    }

    @Test("a fault of the author alone drops the message and blames nobody")
    func authorsFault() throws {
        var router = try TestRouter()
        router.addPeers([1])
        router.fault = { _ in .irregularSignature }
        #expect(router.receive(router.message(), from: .test(1)).isEmpty)
        #expect(router.invalidMessages(.test(1)) == 0)
        #expect(router.machine.statistics.ignored == 1)
    }

    @Test("a message that the application rejects counts against everyone who sent it")
    func rejected() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...4))
        router.verdict = { _ in nil }
        let message = router.message()
        router.receive(message, from: .test(1))
        router.receive(message, from: .test(2))
        router.machine.validated(1, .reject, at: router.now)
        let actions = router.run()
        #expect(actions.receivers.isEmpty)
        #expect(router.delivered.isEmpty)
        #expect(actions.reports == [.invalidContent, .invalidContent])
        for number in 1...2 { #expect(router.invalidMessages(.test(number)) == 1) }
        router.receive(message, from: .test(3))
        #expect(router.invalidMessages(.test(3)) == 1)
    }

    @Test("a message that the application ignores is dropped and counts against nobody")
    func ignored() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...4))
        router.verdict = { _ in .ignore }
        #expect(router.receive(router.message(), from: .test(1)).isEmpty)
        #expect(router.delivered.isEmpty)
        #expect(router.invalidMessages(.test(1)) == 0)
    }

    @Test("a verdict that never comes is given up, and a late one changes nothing")
    func lateVerdict() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...4))
        router.verdict = { _ in nil }
        router.receive(router.message(), from: .test(1))
        #expect(router.machine.pending.count == 1)
        router.beat(21)
        #expect(router.machine.pending.count == 0)
        router.machine.validated(1, .accept, at: router.now)
        #expect(router.run().isEmpty)
        #expect(router.machine.peers[.test(1)]?.pendingCount == 0)
    }

    @Test("messages of other topics and our own that come back are ignored without blame")
    func strangers() throws {
        var router = try TestRouter()
        router.addPeers([1])
        #expect(router.receive(router.message(topic: "x"), from: .test(1)).isEmpty)
        #expect(router.receive(router.message(by: TestRouter.local), from: .test(1)).isEmpty)
        #expect(router.machine.score(of: .test(1)) == 0)
        #expect(router.machine.statistics.ignored == 2)
    }

    @Test("nothing of a graylisted peer is heeded but its subscriptions; of an explicit one all")
    func graylist() throws {
        var router = try TestRouter { $0.explicitPeers = [.test(2)] }
        router.addPeers(1...3)
        for number in 1...2 {
            router.machine.scoring.setApplicationScore(.test(number), -81)
        }
        let ids = [MessageID([1])]
        let message = router.message()
        let actions = router.receive(from: .test(1)) {
            $0.messages = [message]
            $0.graft = ["t"]
            $0.have = [.init(topic: "t", ids: ids)]
            $0.subscriptions = [.init(topic: "new", isSubscribed: true)]
        }
        #expect(actions.isEmpty)
        #expect(router.machine.statistics.graylisted == 1)
        #expect(router.machine.peers[.test(1)]?.topics.contains("new") ?? false)
        router.receive(message, from: .test(2))
        #expect(router.delivered.count == 1)
    }

    // MARK: Publishing

    @Test("flood publishing goes to every subscriber at or above the publish threshold")
    func floodPublish() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...6))
        router.addPeers(7...30)
        router.addPeers([31], .floodsub)
        router.addPeers([32], topics: ["other"])
        router.machine.scoring.setApplicationScore(.test(7), -51)
        router.machine.scoring.setApplicationScore(.test(8), -49)
        let receivers = try router.publish(router.message(by: TestRouter.local)).receivers
        #expect(receivers == Set((1...31).filter { $0 != 7 }.map { PeerID.test($0) }))
    }

    @Test("without flood publishing a message goes to mesh, explicit and floodsub peers")
    func meshPublish() throws {
        var router = try TestRouter {
            $0.parameters.floodPublish = false
            $0.explicitPeers = [.test(9)]
        }
        router.graft(router.addPeers(1...6))
        router.addPeers(7...9)
        router.addPeers([10], .floodsub)
        let receivers = try router.publish(router.message(by: TestRouter.local)).receivers
        #expect(receivers == Set([1, 2, 3, 4, 5, 6, 9, 10].map { PeerID.test($0) }))
    }

    @Test("publishing without joining uses the same D peers until a minute has passed")
    func fanout() throws {
        var router = try TestRouter(topics: []) { $0.parameters.floodPublish = false }
        router.addPeers(1...20)
        let first = try router.publish(router.message(by: TestRouter.local)).receivers
        #expect(first.count == 6)
        router.beat(30)
        #expect(try router.publish(router.message(by: TestRouter.local)).receivers == first)
        router.beat(61)
        #expect(router.machine.topics.count == 0)
    }

    @Test("a fan-out replaces peers that left, and becomes the mesh when the topic is joined")
    func fanoutToMesh() throws {
        var router = try TestRouter(topics: []) { $0.parameters.floodPublish = false }
        router.addPeers(1...20)
        let first = try router.publish(router.message(by: TestRouter.local)).receivers
        let gone = try #require(first.min())
        router.receive(from: gone) { $0.subscriptions = [.init(topic: "t", isSubscribed: false)] }
        router.beat()
        let second = Set(router.machine.topics["t"]?.fanout ?? [])
        #expect(second.count == 6)
        #expect(!second.contains(gone))
        let actions = try router.join("t")
        #expect(router.mesh() == second)
        #expect(actions.grafted() == second)
    }

    @Test("publishing the same message twice is refused")
    func publishTwice() throws {
        var router = try TestRouter()
        let message = router.message(by: TestRouter.local)
        _ = try router.publish(message)
        #expect(throws: GossipSubError.duplicate(message.testID)) {
            try router.publish(message)
        }
    }

    @Test("own messages come to own subscribers once, and not if that is switched off")
    func ownMessages() throws {
        var router = try TestRouter()
        let message = router.message(by: TestRouter.local)
        _ = try router.publish(message)
        router.addPeers([1])
        router.receive(message, from: .test(1))
        #expect(router.delivered.count == 1)
        #expect(router.delivered.first?.receivedFrom == TestRouter.local)
        var silent = try TestRouter { $0.deliversOwnMessages = false }
        _ = try silent.publish(message)
        #expect(silent.delivered.isEmpty)
        #expect(silent.machine.statistics.publishedToNobody == 1)
    }

    // MARK: Peer exchange

    @Test("a PRUNE offers up to 16 subscribers of good score, never the pruned peer itself")
    func offers() throws {
        var router = try TestRouter { $0.parameters.offersPeerExchange = true }
        router.graft(router.addPeers(1...12))
        router.addPeers(13...40)
        router.machine.scoring.setApplicationScore(.test(13), -1)
        let refused = router.addPeers([50])[0]
        let prune = try #require(
            router.receive(from: refused) { $0.graft = ["t"] }.prune(to: refused))
        #expect(prune.peers.count == 16)
        #expect(!prune.peers.contains { $0.id == refused || $0.id == .test(13) })
    }

    @Test("offers are believed only from a peer of high score, and never of known peers")
    func acceptsOffers() throws {
        var router = try TestRouter()
        router.addPeers(1...3)
        let offers = [TestRouter.local, .test(1), .test(2)] + (100..<140).map { PeerID.test($0) }
        let prune = GossipRPC.Prune(
            topic: "t", peers: offers.map { .init(id: $0, signedRecord: nil) },
            backoff: .seconds(60))
        router.machine.scoring.setApplicationScore(.test(1), 19.9)
        #expect(router.receive(from: .test(1)) { $0.prune = [prune] }.exchanged.isEmpty)
        router.machine.scoring.setApplicationScore(.test(2), 20)
        let exchanged = router.receive(from: .test(2)) { $0.prune = [prune] }.exchanged
        #expect((1...16).contains(exchanged.count))
        #expect(exchanged.allSatisfy { router.machine.peers[$0] == nil && $0 != TestRouter.local })
    }
}
