import FedLearnAttacks
import Testing

@testable import FedLearn

@Suite("Anchored mean") struct AnchoredMeanTests {
    private static let dimension = 400

    /// Updates with a common part and a larger part of their own.
    private func honest(_ count: Int, round: UInt64, own: Float = 1.5) -> [Contribution] {
        var common = SeededGenerator(seeds: 11, round)
        let direction = (0..<Self.dimension).map { _ in Float(common.nextNormal()) }
        return (0..<count).map { member in
            var noise = SeededGenerator(seeds: 12, round, UInt64(member))
            return Contribution(
                member: member, exampleCount: 100,
                values: direction.map { $0 + own * Float(noise.nextNormal()) })
        }
    }

    private func round(
        _ number: UInt64, _ attack: any Attack, _ rule: inout AnchoredMean
    ) throws -> Aggregate {
        let all = honest(10, round: number)
        var generator = SeededGenerator(seeds: 13, number)
        let scene = AttackScene(
            round: Int(number), honest: Array(all[..<7]), attackers: Array(all[7...]),
            previous: [], toleratedFaults: 3)
        let sent = scene.honest + attack.forge(in: scene, using: &generator)
        let result = try rule.aggregate(sent, dimension: Self.dimension)
        rule.remember(result)
        return result
    }

    @Test(
        "members who send the mean or themselves backwards are named and left out",
        arguments: ["ipm0.1", "ipm0.5", "ipm1", "ipm2", "signflip1", "ipm10", "noisyipm1", "nan"])
    func opposed(name: String) throws {
        var rule = AnchoredMean(maximumFaults: 3)
        let attack = try #require(AttackCatalogue.named(name))
        for number in 0..<5 as Range<UInt64> {
            let result = try round(number, attack, &rule)
            #expect(result.rejected.map(\.member) == [7, 8, 9])
            #expect(result.included == Array(0..<7))
        }
    }

    @Test("nobody is left out when all are honest")
    func allHonest() throws {
        var rule = AnchoredMean(maximumFaults: 3)
        for number in 0..<5 as Range<UInt64> {
            let result = try round(number, NoAttack(), &rule)
            #expect(result.rejected.isEmpty)
        }
    }

    @Test("members who behaved for fifteen rounds are left out once they turn")
    func betrayal() throws {
        var rule = AnchoredMean(maximumFaults: 3)
        let attack = Betrayal(at: 15, then: SignFlip(factor: 1))
        for number in 0..<20 as Range<UInt64> {
            let result = try round(number, attack, &rule)
            #expect(result.rejected.map(\.member) == (number < 15 ? [] : [7, 8, 9]))
        }
    }

    @Test("never more members than the tolerated faults are left out, however many lie")
    func atMostTheFaults() throws {
        var generator = SeededGenerator(seed: 5)
        for liars in 0...7 {
            var sent = honest(10, round: 3)
            for index in 0..<liars {
                let scale = generator.nextUniform() < 0.5 ? -1 : Float(generator.nextUniform() * 50)
                sent[index] = sent[index].with(values: sent[index].values.map { scale * $0 })
            }
            let result = try AnchoredMean(maximumFaults: 3)
                .aggregate(sent, dimension: Self.dimension)
            #expect(result.rejected.count <= 3)
            #expect(result.included.count >= 7)
        }
    }

    @Test("neither weight nor length buys more than the median")
    func capped() throws {
        let base = honest(7, round: 1)
        let greedy = Contribution(
            member: 7, exampleCount: 1 << 40, values: base[0].values.map { 2.5 * $0 })
        let result = try AnchoredMean(maximumFaults: 3)
            .aggregate(base + [greedy], dimension: Self.dimension)
        let modest = Contribution(member: 7, exampleCount: 100, values: greedy.values)
        let same = try AnchoredMean(maximumFaults: 3)
            .aggregate(base + [modest], dimension: Self.dimension)
        #expect(result.values == same.values)
        let lengths = base.map { VectorKernels.norm($0.values) }
        #expect(VectorKernels.norm(result.values) < 2 * SmallStatistics.median(lengths))
    }

    @Test("three copies of one update count as one")
    func copies() throws {
        let base = honest(7, round: 2)
        let copies = (7..<10).map {
            Contribution(member: $0, exampleCount: 100, values: base[0].values)
        }
        let result = try AnchoredMean(maximumFaults: 3)
            .aggregate(base + copies, dimension: Self.dimension)
        let alone = try AnchoredMean(maximumFaults: 3).aggregate(base, dimension: Self.dimension)
        let gap = VectorKernels.difference(result.values, alone.values)
        #expect(VectorKernels.norm(gap) <= 1e-5 * VectorKernels.norm(alone.values))
    }

    @Test("updates of zeros, of one value and of one member have results")
    func degenerate() throws {
        let rule = AnchoredMean(maximumFaults: 1)
        let zeros = (0..<4).map { Contribution(member: $0, exampleCount: 1, values: [0, 0]) }
        let nothing = try rule.aggregate(zeros, dimension: 2)
        #expect(nothing.values == [0, 0])
        let equal = (0..<4).map { Contribution(member: $0, exampleCount: 1, values: [3, 4]) }
        let same = try rule.aggregate(equal, dimension: 2)
        #expect(same.values == [3, 4])
        let one = [Contribution(member: 0, exampleCount: 1, values: [3, 4])]
        let alone = try AnchoredMean(maximumFaults: 0).aggregate(one, dimension: 2)
        #expect(alone.values == [3, 4])
    }

    @Test("the memory holds at most as many members as can be combined")
    func boundedMemory() {
        var memory = AgreementMemory()
        let geometry = Geometry(count: 400)
        for round in 0..<26 {
            memory.record(
                Evidence(members: (0..<400).map { 400 * round + $0 }, geometry: geometry))
            #expect(memory.members.count <= AggregationLimits.largestCount)
        }
        #expect(memory.agreement(0, 1) == nil)
        #expect(memory.agreement(25 * 400, 25 * 400 + 1) == 0)
    }

    @Test("what was remembered fades by one twentieth a round, for the short view by a quarter")
    func fading() {
        func evidence(_ cosine: Double) -> Evidence {
            // Unit vectors: |a - b|² = 2 - 2 cos.
            let gap = 2 - 2 * cosine
            return Evidence(
                members: [4, 9],
                geometry: Geometry(
                    count: 2, referenceCount: 0, squares: [0, gap, 1, gap, 0, 1, 1, 1, 0]))
        }
        var memory = AgreementMemory()
        memory.record(evidence(1))
        #expect(memory.agreement(4, 9) == 1)
        memory.record(evidence(-1))
        #expect(((memory.agreement(9, 4) ?? 0) - 0.9).magnitude < 1e-12)
        #expect(((memory.agreement(9, 4, over: .short) ?? 0) - 0.5).magnitude < 1e-12)
    }
}
