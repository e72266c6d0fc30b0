import FedLearnAttacks
import Testing

@testable import FedLearn

@Suite("Anomaly detection over rounds") struct AnomalyDetectorTests {
    typealias Suspicion = AnomalyDetector.Suspicion

    /// What is thought of every member after `rounds` rounds under an attack by the last three of ten.
    private func verdicts(_ name: String, rounds: UInt64 = 8) throws -> [[Suspicion]] {
        let attack = try #require(AttackCatalogue.named(name))
        var rule = AnchoredMean(maximumFaults: 3)
        var detector = AnomalyDetector(maximumFaults: 3)
        var previous: [Float] = []
        var result: [[Suspicion]] = []
        for round in 0..<rounds {
            let all = updates(round)
            var generator = SeededGenerator(seeds: 13, round)
            let scene = AttackScene(
                round: Int(round), honest: Array(all[..<7]), attackers: Array(all[7...]),
                previous: previous, toleratedFaults: 3)
            let sent = scene.honest + attack.forge(in: scene, using: &generator)
            let aggregate = try rule.aggregate(sent, dimension: 400)
            rule.remember(aggregate)
            let evidence = try #require(aggregate.evidence)
            result = detector.observe(
                evidence,
                echoes: AnomalyDetector.echoes(of: sent.map(\.values), previous: previous)
            ).map(\.suspicions)
            previous = aggregate.values
        }
        return result
    }

    /// Ten updates with a common part and a larger part of their own.
    private func updates(_ round: UInt64) -> [Contribution] {
        var common = SeededGenerator(seeds: 11, round)
        let direction = (0..<400).map { _ in Float(common.nextNormal()) }
        return (0..<10).map { member in
            var noise = SeededGenerator(seeds: 12, round, UInt64(member))
            return Contribution(
                member: member, exampleCount: 100,
                values: direction.map { $0 + 1.2 * Float(noise.nextNormal()) })
        }
    }

    @Test(
        "attackers are named with the reason, and nobody else is",
        arguments: [
            ("signflip1", Suspicion.opposed), ("ipm0.5", .opposed), ("signflip10", .overlong),
            ("alie1.5", .copied), ("freerider", .idle), ("zero", .idle), ("noise1", .unrelated),
            ("copycat", .copied),
        ])
    func named(name: String, reason: Suspicion) throws {
        let found = try verdicts(name)
        for attacker in 7..<10 { #expect(found[attacker].contains(reason)) }
        for honest in 0..<7 { #expect(found[honest].isEmpty) }
    }

    @Test("nobody stands out when all are honest")
    func honest() throws {
        #expect(try verdicts("none").allSatisfy(\.isEmpty))
    }

    @Test("members who begin to repeat each other are named within five rounds")
    func habit() throws {
        let found = try verdicts("alie1.5@5", rounds: 10)
        for attacker in 7..<10 { #expect(found[attacker] == [.copied]) }
    }

    @Test("one update alone, equal updates and zeros are judged without a trap")
    func degenerate() {
        for count in 1...4 {
            var detector = AnomalyDetector(maximumFaults: 9)
            let evidence = Evidence(
                members: Array(0..<count), geometry: Geometry(count: count))
            #expect(detector.observe(evidence, echoes: [], found: 20).count == count)
        }
    }
}
