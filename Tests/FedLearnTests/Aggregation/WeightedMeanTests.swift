import Testing

@testable import FedLearn

@Suite("Weighted mean") struct WeightedMeanTests {
    private let rule = WeightedMean()

    @Test("agrees with an independent float64 implementation")
    func matchesVector() throws {
        let inputs = try Vectors.floats("weighted_mean_inputs.f32")
        let expected = try Vectors.floats("weighted_mean_output.f32")
        let weights = [128, 107, 165, 53, 59, 272, 307, 112, 255, 176, 316, 31, 352, 391, 28]
        let contributions = weights.enumerated().map { row, weight in
            Contribution(
                member: row, exampleCount: weight,
                values: Array(inputs[row * 257..<(row + 1) * 257]))
        }
        let mean = try rule.aggregate(contributions, dimension: 257)
        #expect(mean.included == Array(0..<15))
        for (value, reference) in zip(mean.values, expected) {
            #expect(abs(value - reference) <= 2e-6 * max(1, abs(reference)))
        }
    }

    @Test("a member with NaN or infinity is left out and named", arguments: [Float.nan, .infinity])
    func rejectsNonFinite(bad: Float) throws {
        let result = try rule.aggregate(
            [
                Contribution(member: 0, exampleCount: 1, values: [1, 2]),
                Contribution(member: 1, exampleCount: 9, values: [1, bad]),
                Contribution(member: 2, exampleCount: 1, values: [3, 4]),
            ], dimension: 2)
        #expect(result.values == [2, 3])
        #expect(result.included == [0, 2])
        #expect(result.rejected == [Rejection(member: 1, reason: .nonFinite)])
    }

    @Test func rejectsNegativeWeights() throws {
        let result = try rule.aggregate(
            [
                Contribution(member: 0, exampleCount: -50, values: [1]),
                Contribution(member: 1, exampleCount: 2, values: [7]),
            ], dimension: 1)
        #expect(result.values == [7])
        #expect(result.rejected == [Rejection(member: 0, reason: .negativeWeight)])
    }

    @Test func refusesWhatHasNoMean() {
        #expect(throws: AggregationError.noContributions(rejected: [])) {
            _ = try rule.aggregate([], dimension: 1)
        }
        let nan = Contribution(member: 3, exampleCount: 1, values: [.nan])
        let rejected = [Rejection(member: 3, reason: .nonFinite)]
        #expect(throws: AggregationError.noContributions(rejected: rejected)) {
            _ = try rule.aggregate([nan], dimension: 1)
        }
        #expect(throws: AggregationError.wrongDimension(member: 4, found: 1, expected: 2)) {
            _ = try rule.aggregate(
                [Contribution(member: 4, exampleCount: 1, values: [0])], dimension: 2)
        }
        #expect(throws: AggregationError.zeroTotalWeight) {
            _ = try rule.aggregate(
                [Contribution(member: 0, exampleCount: 0, values: [0])], dimension: 1)
        }
        let heavy = Contribution(member: 0, exampleCount: .max, values: [0])
        let excess = [Rejection(member: 0, reason: .excessiveWeight)]
        #expect(throws: AggregationError.noContributions(rejected: excess)) {
            _ = try rule.aggregate([heavy], dimension: 1)
        }
    }
}
