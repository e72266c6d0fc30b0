/// The median of every coordinate.
///
/// Tolerates any minority of Byzantine updates; weights are ignored.
/// Source: Yin et al. 2018, "Byzantine-Robust Distributed Learning", §4, Definition 1.
public struct CoordinateMedian: CoordinateRule {
    /// Creates the rule.
    public init() {}

    /// `median`.
    public var name: String { "median" }

    /// The median.
    public func statistic(count: Int) throws(AggregationError) -> ColumnStatistic { .median }
}
