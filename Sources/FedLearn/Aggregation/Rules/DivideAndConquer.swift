/// Removes the updates that stand out most along the direction of greatest variance, in several random
/// subsets of the coordinates, and averages the rest.
///
/// Source: Shejwalkar and Houmansadr 2021, "Manipulating the Byzantine", §V, algorithm 2 (DnC).
public struct DivideAndConquer: GeometryRule {
    /// Products of the matrix in the search for its first eigenvector.
    static let largestPassCount = 1_000

    /// The number of Byzantine updates to tolerate.
    public let maximumFaults: Int
    /// How many times ``maximumFaults`` are removed per subset.
    public let removalFactor: Double
    private let sampling: Sampling

    private enum Sampling: Sendable {
        case drawn(subsets: Int, coordinates: Int, seed: UInt64)
        case given([[Int]])
    }

    /// Draws subsets of coordinates from `seed`, which must not be known before the updates are fixed.
    ///
    /// - Parameters:
    ///   - removalFactor: How many times `maximumFaults` are removed per subset.
    ///   - subsets: The number of subsets.
    ///   - coordinates: The size of each, at most all.
    public init(
        maximumFaults: Int, removalFactor: Double = 1, subsets: Int = 3, coordinates: Int = 10_000,
        seed: UInt64
    ) {
        self.maximumFaults = maximumFaults
        self.removalFactor = removalFactor
        sampling = .drawn(subsets: subsets, coordinates: coordinates, seed: seed)
    }

    /// Uses the given subsets of coordinates.
    public init(maximumFaults: Int, removalFactor: Double = 1, subsets: [[Int]]) {
        self.maximumFaults = maximumFaults
        self.removalFactor = removalFactor
        sampling = .given(subsets)
    }

    /// `divideAndConquer`.
    public var name: String { "divideAndConquer" }

    /// The subsets.
    public func regions(dimension: Int) -> [CoordinateRegion] {
        switch sampling {
        case .given(let subsets):
            return subsets.map { .some($0.filter { $0 >= 0 && $0 < dimension }) }
        case .drawn(let subsets, let coordinates, let seed):
            var generator = SeededGenerator(seed: seed)
            return (0..<max(1, subsets)).map { _ in
                let wanted = min(max(1, coordinates), dimension)
                return .some(Self.draw(wanted, of: dimension, using: &generator))
            }
        }
    }

    /// The mean of the updates that no subset removed; the scores are the largest of their projections,
    /// squared, over all subsets.
    ///
    /// - Throws: ``AggregationError/tooFewContributions(have:need:)`` below 2 · `maximumFaults` + 1, or
    ///   when nobody is left.
    public func plan(
        from geometries: [Geometry], candidates: Candidates
    ) throws(AggregationError) -> AggregationPlan {
        guard removalFactor >= 0, removalFactor <= 100 else {
            throw .invalidSetting("removing \(removalFactor) times the faults")
        }
        guard let first = geometries.first else { throw .invalidSetting("no subsets") }
        let faults = candidates.remainingFaults(of: maximumFaults)
        try AggregationError.require(first.count, atLeast: 2, times: faults, plus: 1)
        let removed = Int(removalFactor * Double(faults))
        var isGood = [Bool](repeating: true, count: first.count)
        var worst = [Double](repeating: 0, count: first.count)
        for geometry in geometries {
            let scores = Self.projections(in: geometry).map { $0 * $0 }
            for row in scores.indices { worst[row] = max(worst[row], scores[row]) }
            let ranked = Krum.ranked(Array(0..<first.count), by: scores)
            for row in ranked.suffix(removed) { isGood[row] = false }
        }
        let good = isGood.indices.filter { isGood[$0] }
        guard !good.isEmpty else {
            throw .tooFewContributions(have: first.count, need: removed + 1)
        }
        return AggregationPlan(AggregationPlan.mean(of: good, in: first), scores: worst)
    }

    /// The updates' coordinates along the direction of their greatest variance, up to a common factor.
    ///
    /// That direction's coordinates are the first eigenvector of the matrix of inner products around
    /// the mean, found by repeated products from the most outlying update.
    static func projections(in geometry: Geometry) -> [Double] {
        let n = geometry.count
        let mean =
            [Double](repeating: 1 / Double(n), count: n)
            + [Double](repeating: 0, count: geometry.referenceCount)
        let squares = geometry.squaredDistances(from: mean)
        func inner(_ i: Int, _ j: Int) -> Double {
            (squares[i] + squares[j] - geometry[i, j]) / 2
        }
        let rows = (0..<n).map { i in (0..<n).map { inner(i, $0) } }
        let start = (0..<n).max { (squares[$0], -$0) < (squares[$1], -$1) } ?? 0
        var vector = rows[start]
        for _ in 0..<largestPassCount {
            let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard length > 0 else { return vector }
            for i in vector.indices { vector[i] /= length }
            let next = rows.map { row in
                var sum = 0.0
                for j in 0..<n { sum += row[j] * vector[j] }
                return sum
            }
            let growth = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
            var change = 0.0
            for i in vector.indices {
                let difference = growth > 0 ? next[i] / growth - vector[i] : 0
                change += difference * difference
            }
            vector = next
            if change < 1e-24 { break }
        }
        return vector
    }

    /// `count` different coordinates, ascending.
    private static func draw(
        _ count: Int, of dimension: Int, using generator: inout SeededGenerator
    ) -> [Int] {
        guard count < dimension else { return Array(0..<dimension) }
        // Floyd's sampling: no list of all coordinates.
        var chosen = Set<Int>()
        for upper in dimension - count..<dimension {
            let candidate = generator.nextInteger(below: upper + 1)
            if !chosen.insert(candidate).inserted { chosen.insert(upper) }
        }
        return chosen.sorted()
    }
}
