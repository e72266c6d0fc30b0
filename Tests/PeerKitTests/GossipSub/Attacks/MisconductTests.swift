import Testing

@testable import PeerKit

@Suite("A router and single attackers") struct MisconductTests {
    private func router(seed: UInt64 = 1) throws -> AttackedRouter {
        var router = try AttackedRouter(seed: seed, score: TopicScoreParameters())
        router.addHonest(12)
        router.attackersGraft = false
        router.addAttackers(1)
        router.run(seconds: 5)
        return router
    }

    @Test("invalid messages: the first costs the mesh, the second gossip, the third everything")
    func invalidMessages() throws {
        var router = try router()
        let attacker = router.attackers[0]
        router.deliverInvalid(from: attacker)
        #expect(router.machine.score(of: attacker) < 0)
        router.run(seconds: 1)
        #expect(router.meshAttackers == 0)
        router.deliverInvalid(from: attacker)
        #expect(router.machine.score(of: attacker) < router.machine.settings.thresholds.gossip)
        router.deliverInvalid(from: attacker)
        #expect(router.isGraylisted(attacker))
        let count = router.machine.statistics.rejected
        for _ in 0..<100 { router.deliverInvalid(from: attacker) }
        #expect(router.machine.statistics.rejected == count, "nothing of it is looked at any more")
        router.reconnect(attacker)
        #expect(router.isGraylisted(attacker), "coming back does not help")
    }

    @Test("with the best score that can be earned, five invalid messages are the end of it")
    func invalidMessagesOfAGoodPeer() throws {
        var router = try router()
        router.conduct = .honest
        router.attackersGraft = true
        router.run(seconds: 1200)
        let attacker = router.attackers[0]
        for _ in 0..<5 { router.deliverInvalid(from: attacker) }
        #expect(router.isGraylisted(attacker))
    }

    @Test("GRAFTs during the back-off: the fifth is the last that is read")
    func graftFlood() throws {
        var router = try router()
        let attacker = router.attackers[0]
        // With a score below 0 it is refused, and the back-off begins.
        router.deliverInvalid(from: attacker)
        router.send(from: attacker) { $0.graft = [AttackedRouter.topic] }
        for _ in 0..<5 { router.send(from: attacker) { $0.graft = [AttackedRouter.topic] } }
        #expect(router.isGraylisted(attacker))
        let refused = router.machine.statistics.graftsRefused
        for _ in 0..<50 { router.send(from: attacker) { $0.graft = [AttackedRouter.topic] } }
        #expect(router.machine.statistics.graftsRefused == refused)
    }

    @Test("IHAVE of messages that do not exist: graylisted within seconds")
    func brokenPromises() throws {
        var router = try router()
        let attacker = router.attackers[0]
        var number = 1_000_000
        for _ in 0..<10 {
            for _ in 0..<3 {
                number += 10
                let ids = (0..<10).map { MessageID.counted(number + $0) }
                router.send(from: attacker) {
                    $0.have = [.init(topic: AttackedRouter.topic, ids: ids)]
                }
            }
            router.run(seconds: 1)
        }
        #expect(router.isGraylisted(attacker))
        #expect(router.honest.allSatisfy { router.machine.score(of: $0) >= 0 })
    }

    @Test("identities by the dozen at one address: none is heeded, honest peers are not touched")
    func sybilsOfOneAddress() throws {
        var router = try router()
        router.addAttackers(40, sharingAddress: true)
        let sybils = router.attackers.dropFirst()
        #expect(sybils.allSatisfy { router.isGraylisted($0) })
        router.run(seconds: 2)
        #expect(!router.mesh.contains { sybils.contains($0) })
        #expect(router.honest.allSatisfy { router.machine.score(of: $0) >= 0 })
    }
}
