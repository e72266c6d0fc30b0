/// The updates weighted by how far they point where a trusted update points, at its length.
///
/// The trusted update comes from a small clean data set, so that any number of members may be
/// Byzantine; without a server somebody must be trusted to hold that set.
/// Source: Cao et al. 2021, "FLTrust", §IV.
public struct FLTrust: GeometryRule {
    /// The update that training on the trusted data gives.
    public let root: [Float]

    /// Creates the rule.
    public init(root: [Float]) { self.root = root }

    /// `flTrust`.
    public var name: String { "flTrust" }
    /// The trusted update.
    public var references: [[Float]] { [root] }

    /// The weighted sum; the scores are the positive parts of the cosines with the trusted update. Zero
    /// when nobody agrees with it.
    public func plan(
        from geometries: [Geometry], candidates: Candidates
    ) throws(AggregationError) -> AggregationPlan {
        let geometry = geometries[0]
        let trusted = geometry.count
        let length = geometry.norm(trusted)
        let scores = (0..<geometry.count).map { row in
            let norms = geometry.norm(row) * length
            return norms > 0 ? max(0, geometry.inner(row, trusted) / norms) : 0
        }
        let total = scores.reduce(0, +)
        var coefficients = [Double](repeating: 0, count: geometry.pointCount - 1)
        for row in 0..<geometry.count where scores[row] > 0 {
            coefficients[row] = scores[row] / total * (length / geometry.norm(row))
        }
        return AggregationPlan(.combination(coefficients), scores: scores)
    }
}
