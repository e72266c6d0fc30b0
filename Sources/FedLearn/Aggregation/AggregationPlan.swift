/// What a rule has decided to do with the updates, before any coordinate is computed.
///
/// A plan is small and the same at every peer; carrying it out on a chunk needs only that chunk of the
/// updates.
public struct AggregationPlan: Sendable {
    /// How the result comes from the updates.
    public enum Work: Sendable {
        /// A sum with one factor per update and then per reference.
        case combination([Double])
        /// A statistic of every coordinate, over combinations of the updates; `nil` takes the updates
        /// themselves.
        case statistic(ColumnStatistic, over: [[Double]]?)
    }

    /// How the result comes from the updates.
    public var work: Work
    /// Updates left out for what they are, by their place.
    public var rejected: [(row: Int, reason: Rejection.Reason)]
    /// The rule's opinion of every update, or empty.
    public var scores: [Double]

    /// Creates a plan.
    public init(
        _ work: Work, rejected: [(row: Int, reason: Rejection.Reason)] = [], scores: [Double] = []
    ) {
        self.work = work
        self.rejected = rejected
        self.scores = scores
    }

    /// The mean of the updates at `rows`, of `count` updates and `referenceCount` references.
    static func mean(
        of rows: [Int], in geometry: Geometry, weights: [Double]? = nil
    ) -> Work {
        var coefficients = [Double](repeating: 0, count: geometry.pointCount - 1)
        let total = weights.map { weights in rows.reduce(0) { $0 + weights[$1] } }
        for row in rows {
            if let weights, let total {
                coefficients[row] = weights[row] / total
            } else {
                coefficients[row] = 1 / Double(rows.count)
            }
        }
        return .combination(coefficients)
    }

    /// Which updates have a part in the result.
    func included(count: Int) -> [Int] {
        switch work {
        case .combination(let coefficients):
            (0..<count).filter { coefficients[$0] != 0 }
        case .statistic(_, .none):
            Array(0..<count)
        case .statistic(_, .some(let combinations)):
            (0..<count).filter { row in combinations.contains { $0[row] != 0 } }
        }
    }
}
