/// A few smoothed passes of Weiszfeld's iteration from the weighted mean.
///
/// Approximates the geometric median by weighted sums only: each pass needs the updates' distances from
/// the current point and one sum, so that it can run under secure aggregation.
/// Source: Pillutla, Kakade and Harchaoui 2022, "Robust Aggregation for Federated Learning", §3,
/// algorithm 2 (RFA).
public struct SmoothedGeometricMedian: GeometryRule {
    /// The number of passes.
    public let passes: Int
    /// Distances below this count as this, in the updates' unit.
    public let smoothing: Double

    /// Creates the rule.
    public init(passes: Int = 3, smoothing: Double = 1e-6) {
        self.passes = passes
        self.smoothing = smoothing
    }

    /// `smoothedGeometricMedian`.
    public var name: String { "smoothedGeometricMedian" }

    /// The point after the last pass.
    ///
    /// - Throws: ``AggregationError/zeroTotalWeight``.
    public func plan(
        from geometries: [Geometry], candidates: Candidates
    ) throws(AggregationError) -> AggregationPlan {
        guard passes >= 0, passes <= GeometricMedian.largestPassCount else {
            throw .invalidSetting("\(passes) passes")
        }
        guard smoothing > 0 else { throw .invalidSetting("smoothing \(smoothing)") }
        let geometry = geometries[0]
        let shares = try GeometricMedian.shares(candidates.admitted.map(\.exampleCount))
        let padding = [Double](repeating: 0, count: geometry.referenceCount)
        var point = shares + padding
        for _ in 0..<passes {
            let squares = geometry.squaredDistances(from: point)
            var next = [Double](repeating: 0, count: point.count)
            var total = 0.0
            for row in 0..<geometry.count {
                next[row] = shares[row] / max(smoothing, squares[row].squareRoot())
                total += next[row]
            }
            point = next.map { $0 / total }
        }
        return AggregationPlan(.combination(point))
    }
}
