/// The mean of the updates weighted by example counts (FedAvg, McMahan et al. 2017, algorithm 1).
///
/// Not robust: a single member can move the result anywhere.
public struct WeightedMean: SumRule {
    /// Creates the rule.
    public init() {}

    /// `weightedMean`.
    public var name: String { "weightedMean" }

    /// `w[i] / total`, the quotient of both rounded to `Float`.
    public func coefficients(weights: [Int]) throws(AggregationError) -> [Double] {
        let total = weights.reduce(0, +)
        guard total > 0 else { throw .zeroTotalWeight }
        return weights.map { Double(Float($0) / Float(total)) }
    }
}

/// The mean of the updates, each counted once whatever its weight.
///
/// Not robust, but nobody gains by claiming examples.
public struct PlainMean: SumRule {
    /// Creates the rule.
    public init() {}

    /// `mean`.
    public var name: String { "mean" }

    /// `1 / n`.
    public func coefficients(weights: [Int]) throws(AggregationError) -> [Double] {
        [Double](repeating: 1 / Double(weights.count), count: weights.count)
    }
}
