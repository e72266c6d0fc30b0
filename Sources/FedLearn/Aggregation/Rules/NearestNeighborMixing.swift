/// Every update becomes the mean of the `n - f` updates nearest to it, itself among them.
///
/// Makes the rule behind it optimal under heterogeneity. Alone with a mean it is no defence.
/// Source: Allouah et al. 2023, "Fixing by Mixing", §3, algorithm 1.
public struct NearestNeighborMixing: Premixing {
    /// The number of Byzantine updates to tolerate.
    public let maximumFaults: Int
    /// The rule that combines the means.
    public private(set) var inner: any AggregationRule

    /// Puts the mixing in front of `inner`.
    public init(maximumFaults: Int, then inner: any AggregationRule) {
        self.maximumFaults = maximumFaults
        self.inner = inner
    }

    /// `nnm+` and the inner rule's name.
    public var name: String { "nnm+\(inner.name)" }

    /// The rule behind remembers.
    public mutating func remember(_ aggregate: Aggregate) { inner.remember(aggregate) }

    /// The means of neighbours.
    ///
    /// - Throws: ``AggregationError/tooFewContributions(have:need:)`` below 2 · `maximumFaults` + 1.
    public func combinations(
        in geometry: Geometry, candidates: Candidates
    ) throws(AggregationError) -> [[Double]] {
        let faults = candidates.remainingFaults(of: maximumFaults)
        try AggregationError.require(geometry.count, atLeast: 2, times: faults, plus: 1)
        let size = geometry.count - faults
        let share = 1 / Double(size)
        return (0..<geometry.count).map { row in
            var combination = [Double](repeating: 0, count: geometry.count)
            for neighbour in Self.nearest(size, to: row, in: geometry) {
                combination[neighbour] = share
            }
            return combination
        }
    }

    /// The `count` updates nearest to one, nearest first, itself before all; of equally near ones the
    /// lower index.
    static func nearest(_ count: Int, to row: Int, in geometry: Geometry) -> [Int] {
        let others = (0..<geometry.count).filter { $0 != row }
            .sorted { (geometry[row, $0], $0) < (geometry[row, $1], $1) }
        return [row] + others.prefix(count - 1)
    }
}
