/// Krum again and again, then the mean around the median of those selected.
///
/// `n - 2f` updates are selected, each by Krum among those left; of every coordinate the mean of the
/// `n - 4f` values nearest to the median is taken. Distances are computed once.
/// Source: El Mhamdi et al. 2018, "The Hidden Vulnerability of Distributed Learning in Byzantium", §4.
public struct Bulyan: GeometryRule {
    /// The number of Byzantine updates to tolerate.
    public let maximumFaults: Int

    /// Creates the rule.
    public init(maximumFaults: Int) { self.maximumFaults = maximumFaults }

    /// `bulyan`.
    public var name: String { "bulyan" }

    /// The mean around the median of the selected updates.
    ///
    /// - Throws: ``AggregationError/tooFewContributions(have:need:)`` below 4f + 3 for the faults that
    ///   may be left among the admitted.
    public func plan(
        from geometries: [Geometry], candidates: Candidates
    ) throws(AggregationError) -> AggregationPlan {
        let geometry = geometries[0]
        let faults = candidates.remainingFaults(of: maximumFaults)
        try AggregationError.require(geometry.count, atLeast: 4, times: faults, plus: 3)
        let selected = Self.selection(in: geometry, maximumFaults: faults)
        let combinations = selected.map { row in
            (0..<geometry.count).map { $0 == row ? 1.0 : 0.0 }
        }
        return AggregationPlan(
            .statistic(
                .meanAroundMedian(keeping: selected.count - 2 * faults), over: combinations))
    }

    /// The selected updates in the order of selection.
    ///
    /// Every row keeps its distances sorted; taking a row out of them is a search, so that all the
    /// selections together cost O(n³) and no second look at a vector.
    static func selection(in geometry: Geometry, maximumFaults: Int) -> [Int] {
        let count = geometry.count
        var remaining = Array(0..<count)
        var distances = remaining.map { row in
            remaining.filter { $0 != row }.map { geometry[row, $0] }.sorted()
        }
        var selected: [Int] = []
        while selected.count < count - 2 * maximumFaults {
            let neighbours = max(1, remaining.count - maximumFaults - 2)
            let scores = remaining.map { distances[$0].prefix(neighbours).reduce(0, +) }
            let best = Krum.ranked(remaining, by: scores)[0]
            selected.append(best)
            remaining.removeAll { $0 == best }
            for row in remaining {
                if let place = distances[row].firstIndex(of: geometry[row, best]) {
                    distances[row].remove(at: place)
                }
            }
        }
        return selected
    }
}
