import Testing

@testable import FedLearn

@Suite("Shared aggregation") struct SharedAggregationTests {
    private let beacon = ContentHash(hashing: [4])

    private func plan(
        committee: Int = 9, privacy: Int = 2, faults: Int = 2, dimension: Int = 60
    ) throws -> SharingPlan {
        try SharingPlan(
            committeeCount: committee, privacy: privacy, faults: faults,
            grid: FixedPointGrid(fractionBits: 20, bound: 4), clip: 4, dimension: dimension)
    }

    private func generator(_ byte: Int) -> SecureGenerator {
        SecureGenerator(key: [UInt8](repeating: UInt8(byte), count: 32))
    }

    private func update(_ seed: UInt64, dimension: Int = 60) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<dimension).map { _ in Float(generator.nextNormal() * 0.3) }
    }

    /// A committee that has been dealt everything.
    private func committee(
        _ plan: SharingPlan, dealt: [Int: [Shamir.Share<Mersenne61>]],
        badZeros: Set<Int> = []
    ) throws -> [Shareholder] {
        let trainers = dealt.keys.sorted()
        var holders = try (0..<plan.committeeCount).map {
            try Shareholder(plan: plan, member: $0, trainers: trainers)
        }
        for (trainer, shares) in dealt {
            for share in shares {
                let isTaken = holders[share.member].receive(share.values, from: trainer)
                #expect(isTaken)
            }
        }
        for dealer in holders.indices {
            var random = generator(100 + dealer)
            let zeros = try holders[dealer].dealZeros(using: &random)
            for zero in zeros {
                // A "zero" that is one, the same at every point.
                let values =
                    badZeros.contains(dealer)
                    ? zero.values.map { $0 + .one } : zero.values
                let isTaken = holders[zero.member].receiveZeros(values, from: dealer)
                #expect(isTaken)
            }
        }
        return holders
    }

    private func deal(_ plan: SharingPlan, trainers: Int) throws -> [Int: [Shamir.Share<
        Mersenne61
    >]] {
        var dealt: [Int: [Shamir.Share<Mersenne61>]] = [:]
        for trainer in 0..<trainers {
            var random = generator(trainer)
            dealt[trainer] = try plan.deal(update(UInt64(trainer)), using: &random)
        }
        return dealt
    }

    private func checks(_ holders: [Shareholder]) -> [Int: Shareholder.Checks] {
        Dictionary(uniqueKeysWithValues: holders.map { ($0.member, $0.checks(beacon: beacon)) })
    }

    @Test("norms, distances and the weighted sum are exact")
    func opens() throws {
        let plan = try plan()
        let holders = try committee(plan, dealt: try deal(plan, trainers: 5))
        let verdict = try CommitteeOpening.judge(checks(holders), plan: plan, beacon: beacon)
        #expect(verdict.trainers == [0, 1, 2, 3, 4] && verdict.liars == [])
        #expect(verdict.zeroDealers == Array(0..<9) && verdict.disputes == [])
        let answers = try Dictionary(
            uniqueKeysWithValues: holders.map {
                (
                    $0.member,
                    try $0.comparisons(of: verdict.trainers, zerosFrom: verdict.zeroDealers)
                )
            })
        let result = try CommitteeOpening.compare(
            answers, trainers: verdict.trainers, plan: plan, beacon: beacon)
        let steps = try (0..<5).map {
            try plan.grid.quantise(update(UInt64($0)), clippedToNorm: plan.clip).map(Int64.init)
        }
        for i in 0..<5 {
            var norm: Int64 = 0
            for step in steps[i] { norm += step * step }
            #expect(result.squaredNorms[i] == norm)
            for j in 0..<5 {
                var expected: Int64 = 0
                for (a, b) in zip(steps[i], steps[j]) { expected += (a - b) * (a - b) }
                #expect(result.squaredDistances[i][j] == expected)
            }
        }
        #expect(result.overlong == [])
        let weights: [Int: Int32] = [0: 3, 2: -1, 4: 100]
        let sums = try Dictionary(
            uniqueKeysWithValues: holders.map { ($0.member, try $0.weightedSum(weights)) })
        let sum = try CommitteeOpening.sum(sums, plan: plan, beacon: beacon)
        let expectedSum = (0..<60).map { index -> Int64 in
            3 * steps[0][index] - steps[2][index] + 100 * steps[4][index]
        }
        #expect(sum.values == expectedSum)
    }

    @Test("wrong and missing answers of the faulty change nothing, and the liar is named")
    func toleratesFaults() throws {
        let plan = try plan()
        let holders = try committee(plan, dealt: try deal(plan, trainers: 4))
        var said = checks(holders)
        said[3] = nil
        for key in said[7]?.zeros.keys.sorted() ?? [] { said[7]?.zeros[key] = .one }
        for key in said[7]?.projections.keys.sorted() ?? [] {
            said[7]?.projections[key] = [Mersenne61](repeating: .one, count: 32)
        }
        let verdict = try CommitteeOpening.judge(said, plan: plan, beacon: beacon)
        #expect(verdict.liars == [7] && verdict.trainers == [0, 1, 2, 3])
        var sums: [Int: [Mersenne61]] = [:]
        for holder in holders where holder.member != 3 {
            sums[holder.member] = try holder.weightedSum([0: 1, 1: 1])
        }
        let right = try CommitteeOpening.sum(sums, plan: plan, beacon: beacon)
        sums[7]?[5] = .zero
        let corrected = try CommitteeOpening.sum(sums, plan: plan, beacon: beacon)
        #expect(corrected.values == right.values && corrected.liars == [7])
        for member in [0, 1] { sums[member] = nil }
        #expect(throws: PrivacyError.self) {
            _ = try CommitteeOpening.sum(sums, plan: plan, beacon: beacon)
        }
    }

    @Test("zeros that are none are left out, or distances would be shifted")
    func badZeros() throws {
        let plan = try plan()
        let holders = try committee(plan, dealt: try deal(plan, trainers: 3), badZeros: [2])
        let verdict = try CommitteeOpening.judge(checks(holders), plan: plan, beacon: beacon)
        #expect(verdict.zeroDealers == [0, 1, 3, 4, 5, 6, 7, 8])
    }

    @Test("a vector that wraps around the field to look short is found")
    func wrapAround() throws {
        let plan = try plan()
        var dealt = try deal(plan, trainers: 3)
        // Four coordinates whose squares add up to 2p + 1: a norm of 1 modulo p, a length of 2^31.
        let target = 2 * Mersenne61.modulus + 1
        let squares = Self.fourSquares(of: target)
        var total: UInt64 = 0
        for root in squares { total += root * root }
        #expect(total == target)
        var values = [Mersenne61](repeating: .zero, count: 60)
        for (index, root) in squares.enumerated() { values[11 * index] = Mersenne61(root) }
        var random = generator(77)
        dealt[1] = try Shamir.split(
            values, threshold: plan.threshold, count: plan.committeeCount, using: &random)
        let holders = try committee(plan, dealt: dealt)
        let verdict = try CommitteeOpening.judge(checks(holders), plan: plan, beacon: beacon)
        #expect(verdict.trainers == [0, 2])
        // Without the projections it would pass: this is what the committee would have opened.
        let answers = try Dictionary(
            uniqueKeysWithValues: holders.map {
                ($0.member, try $0.comparisons(of: [1], zerosFrom: verdict.zeroDealers))
            })
        let blind = try CommitteeOpening.compare(
            answers, trainers: [1], plan: plan, beacon: beacon)
        #expect(blind.squaredNorms == [1] && blind.overlong == [])
    }

    @Test("an update that was not clipped is named")
    func overlong() throws {
        let plan = try plan()
        var dealt = try deal(plan, trainers: 3)
        var random = generator(78)
        let long = [Mersenne61](repeating: Mersenne61(1 << 20), count: 60)
        dealt[2] = try Shamir.split(
            long, threshold: plan.threshold, count: plan.committeeCount, using: &random)
        let holders = try committee(plan, dealt: dealt)
        let verdict = try CommitteeOpening.judge(checks(holders), plan: plan, beacon: beacon)
        let answers = try Dictionary(
            uniqueKeysWithValues: holders.map {
                (
                    $0.member,
                    try $0.comparisons(of: verdict.trainers, zerosFrom: verdict.zeroDealers)
                )
            })
        let result = try CommitteeOpening.compare(
            answers, trainers: verdict.trainers, plan: plan, beacon: beacon)
        #expect(result.overlong == [2])
    }

    @Test("a trainer whose shares do not belong together is left out, and nobody else blamed")
    func inconsistentTrainer() throws {
        let plan = try plan()
        var dealt = try deal(plan, trainers: 4)
        let share = try #require(dealt[1]?[6])
        dealt[1]?[6] = Shamir.Share(member: 6, values: share.values.map { $0 + .one })
        let holders = try committee(plan, dealt: dealt)
        let verdict = try CommitteeOpening.judge(checks(holders), plan: plan, beacon: beacon)
        #expect(verdict.trainers == [0, 2, 3] && verdict.liars == [])
        #expect(verdict.disputes == [.init(dealer: .trainer(1), holder: 6)])
    }

    @Test("the shares of the curious alone say nothing: any update could have given them")
    func privacyHolds() throws {
        let plan = try plan()
        var random = generator(1)
        let shares = try plan.deal(update(1), using: &random)
        // For two shares and any claimed secret there is a polynomial of degree two through all.
        for claim in [Mersenne61.zero, Mersenne61(12345)] {
            let points = [Mersenne61.zero, .point(0), .point(1)]
            let values = [claim, shares[0].values[0], shares[1].values[0]]
            let factors = Mersenne61.interpolationFactors(points: points, at: .point(5))
            var at5 = Mersenne61.zero
            for (factor, value) in zip(factors, values) { at5 = at5 + factor * value }
            let completed = [
                Shamir.Share(member: 0, values: [values[1]]),
                Shamir.Share(member: 1, values: [values[2]]),
                Shamir.Share(member: 5, values: [at5]),
            ]
            #expect(try Shamir.combine(completed, threshold: 3) == [claim])
        }
    }

    @Test("plans that cannot hold are refused")
    func limits() throws {
        #expect(throws: PrivacyError.self) { _ = try plan(committee: 8) }
        #expect(throws: PrivacyError.self) {
            _ = try plan(committee: 10 * PrivacyLimits.maximumCommitteeMembers)
        }
        #expect(throws: PrivacyError.self) {
            _ = try plan(dimension: 10 * PrivacyLimits.maximumWords)
        }
        #expect(throws: PrivacyError.self) {
            _ = try SharingPlan(
                committeeCount: 9, privacy: 2, faults: 2,
                grid: FixedPointGrid(fractionBits: 20, bound: 4), clip: 4, dimension: 3,
                projectionCount: 10 * PrivacyLimits.maximumProjections)
        }
        #expect(throws: PrivacyError.self) {
            _ = try SharingPlan(
                committeeCount: 9, privacy: 2, faults: 2,
                grid: FixedPointGrid(fractionBits: 20, bound: 4), clip: 1000, dimension: 3)
        }
        let usable = try plan()
        #expect(throws: PrivacyError.self) {
            _ = try Shareholder(
                plan: usable, member: 0,
                trainers: Array(0..<10 * PrivacyLimits.maximumTrainers))
        }
        var holder = try Shareholder(plan: usable, member: 0, trainers: [1])
        let accepted = [
            holder.receive([.one], from: 1), holder.receive([], from: 5),
            holder.receiveZeros([], from: 0), holder.receiveZeros([], from: 99),
        ]
        #expect(!accepted.contains(true))
    }

    /// Four numbers whose squares add up to `target`, greedily.
    private static func fourSquares(of target: UInt64) -> [UInt64] {
        func root(_ value: UInt64) -> UInt64 {
            var root = UInt64(Double(value).squareRoot())
            while root * root > value { root -= 1 }
            return root
        }
        for first in stride(from: root(target), to: 0, by: -1) {
            let rest = target - first * first
            let second = root(rest)
            for second in stride(from: second, to: second - min(second, 40), by: -1) {
                let left = rest - second * second
                let third = root(left)
                for third in stride(from: third, to: third - min(third, 400), by: -1) {
                    let fourth = root(left - third * third)
                    if fourth * fourth == left - third * third {
                        return [first, second, third, fourth]
                    }
                }
            }
        }
        return []
    }
}
