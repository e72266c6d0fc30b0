import Testing

@testable import FedLearn

@Suite("Admission of contributions") struct AdmissionTests {
    private func honest(_ member: Int, _ values: [Float] = [1, 2]) -> Contribution {
        Contribution(member: member, exampleCount: 5, values: values)
    }

    private static let rules: [any AggregationRule] = [
        WeightedMean(), CoordinateMedian(), TrimmedMean(trimming: 1), Krum(maximumFaults: 1),
        GeometricMedian(), CenteredClipping(), AnchoredMean(maximumFaults: 1),
        NearestNeighborMixing(maximumFaults: 1, then: CoordinateMedian()),
    ]

    @Test("no rule averages what is impossible", arguments: rules.indices)
    func impossibleContributions(index: Int) throws {
        let rule = Self.rules[index]
        let beyond = AggregationLimits.largestMagnitude.nextUp
        let bad: [(Contribution, Rejection.Reason)] = [
            (honest(10, [.nan, 0]), .nonFinite), (honest(11, [0, -.infinity]), .nonFinite),
            (honest(12, [beyond, 0]), .excessiveMagnitude),
            (Contribution(member: 13, exampleCount: -1, values: [0, 0]), .negativeWeight),
            (
                Contribution(
                    member: 14, exampleCount: 10 * AggregationLimits.largestWeight,
                    values: [0, 0]), .excessiveWeight
            ),
        ]
        let good = (0..<6).map { honest($0, [1, 2 + Float($0) / 100]) }
        let alone = try rule.aggregate(good, dimension: 2)
        let result = try rule.aggregate(bad.map(\.0) + good, dimension: 2)
        #expect(result.rejected == bad.map { Rejection(member: $0.0.member, reason: $0.1) })
        #expect(result.values.allSatisfy { $0.isFinite })
        // Rules by distance have one fault less to fear.
        if case .geometry = rule.stage { return }
        #expect(result.values == alone.values)
    }

    @Test("senders of NaN cannot keep Krum and its kin from a result")
    func faultsSpent() throws {
        let good = (0..<7).map { honest($0, [1, 2 + Float($0) / 100]) }
        let bad = (7..<10).map { honest($0, [.nan, 0]) }
        for rule: any AggregationRule in [
            Krum(maximumFaults: 3), Krum.multi(maximumFaults: 3), Bulyan(maximumFaults: 3),
            NearestNeighborMixing(maximumFaults: 3, then: Krum(maximumFaults: 3)),
            DivideAndConquer(maximumFaults: 3, seed: 1), AnchoredMean(maximumFaults: 3),
        ] {
            let result = try rule.aggregate(good + bad, dimension: 2)
            #expect(result.rejected.map(\.member) == [7, 8, 9])
            #expect((result.values[1] - 2.03).magnitude < 0.04)
        }
    }

    @Test("who sends twice is not counted at all, whatever came first")
    func duplicates() throws {
        let result = try WeightedMean().aggregate(
            [honest(3, [9, 9]), honest(1), honest(3, [7, 7]), honest(3)], dimension: 2)
        #expect(result.included == [1])
        #expect(result.rejected == [Rejection(member: 3, reason: .duplicate)])
    }

    @Test("ten times the limit of contributions is refused")
    func tooMany() {
        let limit = AggregationLimits.largestCount
        let many = (0..<10 * limit).map { Contribution(member: $0, exampleCount: 1, values: []) }
        #expect(throws: AggregationError.tooManyContributions(have: 10 * limit, limit: limit)) {
            _ = try WeightedMean().aggregate(many, dimension: 0)
        }
    }

    @Test("as many contributions as the limit allows are combined")
    func manyContributions() throws {
        let limit = AggregationLimits.largestCount
        let many = (0..<limit).map { honest($0, [Float($0), 1]) }
        let median = try CoordinateMedian().aggregate(many, dimension: 2)
        #expect(median.values == [Float(limit - 1) / 2, 1])
        let mean = try TrimmedMean(trimming: 100).aggregate(many, dimension: 2)
        #expect(mean.values == [Float(limit - 1) / 2, 1])
    }

    @Test("a rule whose condition does not hold says so")
    func conditions() {
        let four = (0..<4).map { honest($0) }
        let rules: [(any AggregationRule, Int)] = [
            (TrimmedMean(trimming: 2), 5), (Krum(maximumFaults: 1), 5),
            (Bulyan(maximumFaults: 1), 7), (MeanAroundMedian(maximumFaults: 2), 5),
            (NearestNeighborMixing(maximumFaults: 2, then: PlainMean()), 5),
            (AnchoredMean(maximumFaults: 2), 5),
            (DivideAndConquer(maximumFaults: 2, seed: 1), 5),
        ]
        for (rule, need) in rules {
            #expect(throws: AggregationError.tooFewContributions(have: 4, need: need)) {
                _ = try rule.aggregate(four, dimension: 2)
            }
        }
        for rule in [Krum(maximumFaults: -1), Krum(maximumFaults: .max)] {
            #expect(throws: AggregationError.self) { _ = try rule.aggregate(four, dimension: 2) }
        }
    }

    @Test("references of another length or with NaN are refused")
    func references() {
        for center: [Float] in [[1], [1, .nan], [1, 2, 3]] {
            #expect(throws: AggregationError.self) {
                _ = try CenteredClipping(center: center).aggregate([honest(0)], dimension: 2)
            }
        }
    }

    @Test("fixed-point weights beyond what 63 bits hold are refused and change nothing")
    func fixedPointWeights() throws {
        var mean = FixedPointMean(dimension: 2)
        try mean.add(honest(0))
        for factor in [1, 10] {
            let heavy = Contribution(
                member: 1, exampleCount: factor * FixedPoint.largestTotalWeight, values: [1, 1])
            #expect(throws: AggregationError.excessiveTotalWeight) { try mean.add(heavy) }
        }
        #expect(throws: AggregationError.self) { try mean.add(honest(1, [.nan, 0])) }
        #expect(try mean.mean() == [1, 2])
    }

    @Test("empty vectors are combined to an empty vector")
    func noCoordinates() throws {
        let empty = (0..<7).map { Contribution(member: $0, exampleCount: 1, values: []) }
        for rule in Self.rules {
            let result = try rule.aggregate(empty, dimension: 0)
            #expect(result.values.isEmpty)
        }
    }
}
