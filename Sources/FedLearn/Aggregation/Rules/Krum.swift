/// The update, or the mean of the few updates, with the nearest neighbours.
///
/// An update's score is the sum of squared distances to its `n - f - 2` nearest neighbours; the lowest
/// score wins, of equal ones the lower index.
/// Source: Blanchard et al. 2017, "Machine Learning with Adversaries", §3 and §4 (Multi-Krum).
public struct Krum: GeometryRule {
    /// The number of Byzantine updates to tolerate.
    public let maximumFaults: Int
    /// How many of the best updates are averaged; `nil` means all but ``maximumFaults``.
    public let selected: Int?
    /// Whether the average is weighted by example counts.
    public let isWeighted: Bool

    /// The single best update.
    public init(maximumFaults: Int) {
        self.init(maximumFaults: maximumFaults, selected: 1, isWeighted: false)
    }

    private init(maximumFaults: Int, selected: Int?, isWeighted: Bool) {
        self.maximumFaults = maximumFaults
        self.selected = selected
        self.isWeighted = isWeighted
    }

    /// Multi-Krum: the mean of the best updates.
    ///
    /// - Parameter selecting: How many; `nil` means all but `maximumFaults`.
    public static func multi(
        maximumFaults: Int, selecting: Int? = nil, isWeighted: Bool = false
    ) -> Krum {
        Krum(maximumFaults: maximumFaults, selected: selecting, isWeighted: isWeighted)
    }

    /// `krum` or `multiKrum`.
    public var name: String { selected == 1 ? "krum" : "multiKrum" }

    /// The mean of the selected updates; the scores are Krum's, lower is better.
    ///
    /// - Throws: ``AggregationError/tooFewContributions(have:need:)`` below 2f + 3 for the faults that
    ///   may be left among the admitted, and when more are to be selected than there are.
    public func plan(
        from geometries: [Geometry], candidates: Candidates
    ) throws(AggregationError) -> AggregationPlan {
        let geometry = geometries[0]
        let faults = candidates.remainingFaults(of: maximumFaults)
        try AggregationError.require(geometry.count, atLeast: 2, times: faults, plus: 3)
        let keep = selected ?? geometry.count - faults
        guard keep > 0 else { throw .invalidSetting("\(keep) updates to select") }
        guard keep <= geometry.count else {
            throw .tooFewContributions(have: geometry.count, need: keep)
        }
        let all = Array(0..<geometry.count)
        let scores = Self.scores(of: all, in: geometry, maximumFaults: faults)
        let best = Array(Self.ranked(all, by: scores).prefix(keep))
        if isWeighted, best.allSatisfy({ candidates.admitted[$0].exampleCount == 0 }) {
            throw .zeroTotalWeight
        }
        let work = AggregationPlan.mean(
            of: best, in: geometry,
            weights: isWeighted ? candidates.admitted.map { Double($0.exampleCount) } : nil)
        return AggregationPlan(work, scores: scores)
    }

    /// Krum's score of every one of `rows` among these: the sum of the smallest `rows.count - f - 2`
    /// squared distances, at least one.
    static func scores(of rows: [Int], in geometry: Geometry, maximumFaults: Int) -> [Double] {
        let neighbours = max(1, rows.count - maximumFaults - 2)
        return rows.map { row in
            rows.filter { $0 != row }.map { geometry[row, $0] }.sorted()
                .prefix(neighbours).reduce(0, +)
        }
    }

    /// `rows` in ascending order of their scores, equal ones by index.
    static func ranked(_ rows: [Int], by scores: [Double]) -> [Int] {
        rows.indices.sorted { (scores[$0], rows[$0]) < (scores[$1], rows[$1]) }.map { rows[$0] }
    }
}
