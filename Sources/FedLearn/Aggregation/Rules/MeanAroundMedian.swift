/// The mean of the values nearest to the median, in every coordinate.
///
/// Keeps all but `maximumFaults` values; weights are ignored.
/// Source: Xie et al. 2018, "Generalized Byzantine-tolerant SGD", §3, "mean around median".
public struct MeanAroundMedian: CoordinateRule {
    /// The number of Byzantine updates to tolerate.
    public let maximumFaults: Int

    /// Creates the rule.
    public init(maximumFaults: Int) { self.maximumFaults = maximumFaults }

    /// `meanAroundMedian`.
    public var name: String { "meanAroundMedian" }

    /// The mean around the median.
    ///
    /// - Throws: ``AggregationError/tooFewContributions(have:need:)`` below 2 · `maximumFaults` + 1.
    public func statistic(count: Int) throws(AggregationError) -> ColumnStatistic {
        try AggregationError.require(count, atLeast: 2, times: maximumFaults, plus: 1)
        return .meanAroundMedian(keeping: count - maximumFaults)
    }
}
