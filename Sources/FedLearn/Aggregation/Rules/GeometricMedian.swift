/// The point with the least sum of distances to the updates.
///
/// Tolerates any minority of Byzantine updates. Found by Weiszfeld's iteration with the correction of
/// Vardi and Zhang for iterates that land on an update. The iteration works on coefficients and the
/// matrix of distances, so that its passes cost n² steps, not n · D.
/// Sources: Weiszfeld 1937; Vardi and Zhang 2000, "The multivariate L1-median", §2.
public struct GeometricMedian: GeometryRule {
    /// Passes after which the iteration ends in any case; each reduces the sum of distances.
    static let largestPassCount = 2_000
    /// The relative gain per pass below which the iteration ends.
    static let smallestGain = 1e-14

    /// Whether distances are weighted by example counts.
    public let isWeighted: Bool

    /// Creates the rule.
    public init(isWeighted: Bool = false) { self.isWeighted = isWeighted }

    /// `geometricMedian`.
    public var name: String { "geometricMedian" }

    /// The median as a combination of the updates.
    ///
    /// - Throws: ``AggregationError/zeroTotalWeight`` when weighted.
    public func plan(
        from geometries: [Geometry], candidates: Candidates
    ) throws(AggregationError) -> AggregationPlan {
        let geometry = geometries[0]
        let shares = try Self.shares(candidates.admitted.map { isWeighted ? $0.exampleCount : 1 })
        return AggregationPlan(.combination(Self.minimiser(in: geometry, weights: shares)))
    }

    static func shares(_ weights: [Int]) throws(AggregationError) -> [Double] {
        let total = weights.reduce(0, +)
        guard total > 0 else { throw .zeroTotalWeight }
        return weights.map { Double($0) / Double(total) }
    }

    /// The coefficients of the weighted median of the updates (references get 0).
    static func minimiser(in geometry: Geometry, weights: [Double]) -> [Double] {
        let padding = [Double](repeating: 0, count: geometry.referenceCount)
        var point = weights + padding
        var objective = Double.infinity
        for _ in 0..<largestPassCount {
            let distances = geometry.squaredDistances(from: point).map { $0.squareRoot() }
            var sum = 0.0
            for row in 0..<geometry.count { sum += weights[row] * distances[row] }
            guard sum < objective * (1 - smallestGain) else { break }
            objective = sum
            // Nearer than rounding can tell from the update itself.
            let scale = (0..<geometry.count).reduce(0) { max($0, distances[$1]) }
            let landed = (0..<geometry.count).filter { distances[$0] <= scale * 1e-7 }
            guard
                let next = step(
                    from: point, distances: distances, landed: landed, weights: weights,
                    geometry: geometry)
            else { break }
            point = next
        }
        return point
    }

    /// One pass; `nil` when the point is the median.
    private static func step(
        from point: [Double], distances: [Double], landed: [Int], weights: [Double],
        geometry: Geometry
    ) -> [Double]? {
        var target = [Double](repeating: 0, count: point.count)
        var total = 0.0
        for row in 0..<geometry.count where !landed.contains(row) {
            target[row] = weights[row] / distances[row]
            total += target[row]
        }
        guard total > 0 else { return nil }
        for row in target.indices { target[row] /= total }
        guard !landed.isEmpty else { return target }
        // The pull of the other updates against the weight of those under the point.
        let weight = landed.reduce(0) { $0 + weights[$1] }
        let difference = zip(target, point).map { $0 - $1 }
        let pull = geometry.length(ofDifference: difference) * total
        guard pull > weight else { return nil }
        let share = weight / pull
        return zip(target, point).map { (1 - share) * $0 + share * $1 }
    }
}

extension Geometry {
    /// The length of Σ d_i x_i for coefficients that sum to zero.
    func length(ofDifference d: [Double]) -> Double {
        var total = 0.0
        for i in d.indices where d[i] != 0 {
            for j in d.indices { total += d[i] * d[j] * self[i, j] }
        }
        return max(0, -total / 2).squareRoot()
    }
}
