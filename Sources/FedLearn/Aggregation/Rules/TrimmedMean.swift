/// The mean of every coordinate without its lowest and highest values.
///
/// Tolerates up to `trimming` Byzantine updates; weights are ignored.
/// Source: Yin et al. 2018, "Byzantine-Robust Distributed Learning", §4, Definition 2.
public struct TrimmedMean: CoordinateRule {
    /// Values dropped at each end.
    public let trimming: Int

    /// Creates the rule.
    ///
    /// - Parameter trimming: Values dropped at *each* end; fewer than half of the updates.
    public init(trimming: Int) { self.trimming = trimming }

    /// `trimmedMean`.
    public var name: String { "trimmedMean" }

    /// The trimmed mean.
    ///
    /// - Throws: ``AggregationError/tooFewContributions(have:need:)`` below 2 · `trimming` + 1.
    public func statistic(count: Int) throws(AggregationError) -> ColumnStatistic {
        guard trimming >= 0 else { throw .invalidSetting("trimming \(trimming) values") }
        try AggregationError.require(count, atLeast: 2, times: trimming, plus: 1)
        return .trimmedMean(k: trimming)
    }
}

extension AggregationError {
    /// Refuses fewer than `factor` · `faults` + `constant` contributions.
    static func require(
        _ have: Int, atLeast factor: Int, times faults: Int, plus constant: Int
    ) throws(AggregationError) {
        guard faults >= 0, faults <= AggregationLimits.largestCount else {
            throw .invalidSetting("\(faults) faults")
        }
        let need = factor * faults + constant
        guard have >= need else { throw .tooFewContributions(have: have, need: need) }
    }
}
