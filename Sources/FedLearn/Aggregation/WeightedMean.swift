/// The mean of the updates weighted by example counts (FedAvg, McMahan et al. 2017, algorithm 1).
///
/// Not robust: a single member can move the result anywhere. Members whose updates contain infinity
/// or NaN, or whose weight is negative, are left out and named.
public struct WeightedMean: AggregationRule {
    /// Creates the rule.
    public init() {}

    /// `weightedMean`.
    public var name: String { "weightedMean" }

    /// The sum of `w[i] / total · x[i]` in the given order, every operation rounded to `Float`.
    ///
    /// - Throws: ``AggregationError``.
    /// - Complexity: O(*contributions* · *dimension*).
    public func aggregate(
        _ contributions: [Contribution], dimension: Int
    ) throws(AggregationError) -> Aggregate {
        var included: [Contribution] = []
        var rejected: [Rejection] = []
        var total = 0
        for contribution in contributions {
            guard contribution.values.count == dimension else {
                throw .wrongDimension(
                    member: contribution.member, found: contribution.values.count,
                    expected: dimension)
            }
            guard contribution.exampleCount >= 0 else {
                rejected.append(Rejection(member: contribution.member, reason: .negativeWeight))
                continue
            }
            guard VectorKernels.isFinite(contribution.values) else {
                rejected.append(Rejection(member: contribution.member, reason: .nonFinite))
                continue
            }
            let (sum, overflow) = total.addingReportingOverflow(contribution.exampleCount)
            guard !overflow else { throw .excessiveTotalWeight }
            total = sum
            included.append(contribution)
        }
        guard !included.isEmpty else { throw .noContributions(rejected: rejected) }
        guard total > 0 else { throw .zeroTotalWeight }
        let values = VectorKernels.weightedSum(
            of: included.map(\.values),
            weights: included.map { Float($0.exampleCount) / Float(total) }, count: dimension)
        return Aggregate(values: values, included: included.map(\.member), rejected: rejected)
    }
}
