import Testing

@testable import PeerKit

/// The attacks of Vyzovitis et al. 2020, "GossipSub: Attack-Resilient Message Propagation in the
/// Filecoin and ETH2.0 Networks", §4, seen from one router: three attackers for each honest peer.
@Suite("A mesh under the published attacks") struct PublishedAttackTests {
    /// Five messages a second, with P3: what a topic of known rate is given.
    private let steady = TopicScoreParameters.delivering(messagesPerSecond: 5)
    private static let seeds: [UInt64] = [1, 2]

    @Test("cold boot: attackers who hold the whole mesh lose it to honest peers", arguments: seeds)
    func coldBoot(seed: UInt64) throws {
        var router = try AttackedRouter(seed: seed, score: steady)
        router.addAttackers(36)
        #expect(router.meshAttackers == 12)
        router.addHonest(12)
        router.run(seconds: 60)
        #expect(router.share(from: 1, to: 55, within: 3) == 1, "gossip brings them")
        router.run(seconds: 540)
        #expect(router.meshAttackers == 0)
        #expect(router.meshHonest >= 5)
        #expect(router.share(from: 540, to: 600, within: 0.1) == 1)
        #expect(router.honest.allSatisfy { router.machine.score(of: $0) >= 0 })
    }

    @Test("cold boot without P3: those that we dialled stay in the mesh", arguments: seeds)
    func coldBootWithoutRate(seed: UInt64) throws {
        var router = try AttackedRouter(seed: seed, score: TopicScoreParameters())
        router.addAttackers(36)
        router.addHonest(12)
        router.run(seconds: 600)
        // As many as dOut: nothing speaks against attackers who only say nothing, but none of
        // them can take these places.
        #expect(router.meshHonest >= 2)
        #expect(router.share(from: 2, to: 597, within: 0.1) == 1)
    }

    @Test("covert flash: attackers earn good scores, then fall silent", arguments: seeds)
    func covertFlash(seed: UInt64) throws {
        var router = try AttackedRouter(seed: seed, score: steady)
        router.conduct = .honest
        router.addAttackers(36)
        router.addHonest(12)
        router.run(seconds: 600)
        let members = router.mesh.filter { router.attackers.contains($0) }
        #expect(!members.isEmpty)
        #expect(members.allSatisfy { router.machine.score(of: $0) > 0 })
        router.conduct = .silent
        router.run(seconds: 120)
        #expect(!router.mesh.contains { members.contains($0) })
        router.run(seconds: 240)
        // The other attackers come in by turns, each for the minute before anything is expected of
        // it; then its penalty keeps it out for ten.
        #expect(router.meshAttackers <= 4)
        #expect(router.meshHonest >= 5)
        #expect(router.share(from: 600, to: 957, within: 3) == 1)
        #expect(router.share(from: 900, to: 957, within: 0.1) == 1)
    }

    @Test("degradation: who delivers too late is as one that delivers nothing", arguments: seeds)
    func degradation(seed: UInt64) throws {
        var router = try AttackedRouter(seed: seed, score: steady)
        router.conduct = .late(.milliseconds(1500))
        router.addHonest(12)
        router.addAttackers(36)
        router.run(seconds: 600)
        #expect(router.meshAttackers == 0)
        #expect(router.share(from: 1, to: 597, within: 3) == 1)
        #expect(router.share(from: 540, to: 597, within: 0.1) == 1)
    }

    @Test("censorship: what a mesh of attackers keeps back, gossip brings", arguments: seeds)
    func censorship(seed: UInt64) throws {
        var router = try AttackedRouter(seed: seed, score: steady)
        router.conduct = .censoring(AttackedRouter.victim)
        router.addAttackers(36)
        router.addHonest(12)
        router.run(seconds: 300)
        #expect(router.share(from: 1, to: 297, within: 3, of: router.censored) == 1)
        #expect(router.share(from: 1, to: 297, within: 3) == 1)
        #expect(router.censored.count == 300)
    }

    @Test("the same history gives the same scores")
    func determinism() throws {
        let scores = try (0..<2).map { _ in
            var router = try AttackedRouter(seed: 9, score: steady)
            router.addAttackers(20)
            router.addHonest(8)
            router.run(seconds: 120)
            return router.machine.scoring.snapshots()
        }
        #expect(scores[0] == scores[1])
        #expect(scores[0].contains { $0.score != 0 })
    }
}
