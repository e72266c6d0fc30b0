/// The previous aggregate, moved by the mean of the updates' differences from it, each cut to a radius.
///
/// Source: Karimireddy, He and Jaggi 2021, "Learning from History for Byzantine Robust Optimization",
/// §4, algorithm 2.
public struct CenteredClipping: GeometryRule {
    /// The most an update may move the centre, in the updates' unit; `nil` takes the median distance of
    /// the updates from the first centre.
    public let radius: Double?
    /// How many times the centre is moved.
    public let iterations: Int
    /// Where the centre starts: the previous aggregate. Empty means zero.
    public private(set) var center: [Float]

    /// Creates the rule.
    public init(radius: Double? = nil, iterations: Int = 3, center: [Float] = []) {
        self.radius = radius
        self.iterations = iterations
        self.center = center
    }

    /// `centeredClipping`.
    public var name: String { "centeredClipping" }
    /// The centre, if it is not zero.
    public var references: [[Float]] { center.isEmpty ? [] : [center] }

    /// The result is the next round's centre.
    public mutating func remember(_ aggregate: Aggregate) { center = aggregate.values }

    /// The moved centre as a combination of updates and centre.
    public func plan(
        from geometries: [Geometry], candidates: Candidates
    ) throws(AggregationError) -> AggregationPlan {
        guard iterations >= 0, iterations <= 1_000 else {
            throw .invalidSetting("\(iterations) iterations")
        }
        if let radius, !(radius > 0) { throw .invalidSetting("radius \(radius)") }
        let geometry = geometries[0]
        var point = [Double](repeating: 0, count: geometry.pointCount - 1)
        if !center.isEmpty { point[geometry.count] = 1 }
        let first = geometry.squaredDistances(from: point).prefix(geometry.count)
            .map { $0.squareRoot() }
        let bound = radius ?? SmallStatistics.median(first)
        for _ in 0..<iterations {
            let squares = geometry.squaredDistances(from: point)
            var step = [Double](repeating: 0, count: point.count)
            var total = 0.0
            for row in 0..<geometry.count {
                let distance = squares[row].squareRoot()
                let share = (distance > bound ? bound / distance : 1) / Double(geometry.count)
                step[row] = share
                total += share
            }
            for index in point.indices { point[index] = (1 - total) * point[index] + step[index] }
        }
        return AggregationPlan(.combination(point))
    }
}

/// Statistics of a handful of numbers.
enum SmallStatistics {
    /// The middle value, or the mean of the two middle ones; 0 for none.
    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
