/// The squared distances between updates, references and the origin: all that a rule by distances
/// knows.
///
/// Norms, inner products, and distances between any weighted means of the points follow from these
/// numbers, so that iterative rules (Weiszfeld, centred clipping) and mixtures need no second pass
/// over the vectors. The matrix is a sum over coordinates: peers who hold different chunks each compute
/// a part and ``add(_:)`` it up in the order of the chunks.
public struct Geometry: Equatable, Sendable {
    /// The number of updates: points `0..<count`.
    public let count: Int
    /// The number of references: points `count..<count + referenceCount`.
    public let referenceCount: Int
    /// Row-major, symmetric, over updates, references and the origin.
    private var squares: [Double]

    /// The number of points: updates, references, origin.
    public var pointCount: Int { count + referenceCount + 1 }
    /// The point whose distances are the norms.
    public var origin: Int { count + referenceCount }

    /// Creates a geometry without extent: all points in one place.
    public init(count: Int, referenceCount: Int = 0) {
        self.init(
            count: count, referenceCount: referenceCount,
            squares: [Double](
                repeating: 0, count: (count + referenceCount + 1) * (count + referenceCount + 1)))
    }

    init(count: Int, referenceCount: Int, squares: [Double]) {
        self.count = count
        self.referenceCount = referenceCount
        self.squares = squares
        precondition(squares.count == pointCount * pointCount, "\(squares.count) squares")
    }

    /// Measures the coordinates in `range`.
    init(rows: [[Float]], references: [[Float]], in range: Range<Int>) {
        var magnitudes = [UInt32](repeating: 0, count: rows.count)
        self.init(rows: rows, references: references, in: range, magnitudes: &magnitudes)
    }

    /// Measures the coordinates in `range`, and raises `magnitudes` to the bits of the largest magnitude
    /// of every row there.
    init(
        rows: [[Float]], references: [[Float]], in range: Range<Int>, magnitudes: inout [UInt32]
    ) {
        let others = [UInt32](repeating: 0, count: references.count + 1)
        var largest = magnitudes + others
        self.init(
            count: rows.count, referenceCount: references.count,
            squares: VectorKernels.squaredDistances(
                of: rows + references, in: range, originIncluded: true, magnitudes: &largest))
        magnitudes = Array(largest[..<rows.count])
    }

    /// Without some of the updates.
    ///
    /// - Parameter kept: The places of those that stay, ascending.
    func keeping(_ kept: [Int]) -> Geometry {
        let points = kept + Array(count..<pointCount)
        return Geometry(
            count: kept.count, referenceCount: referenceCount,
            squares: points.flatMap { i in points.map { self[i, $0] } })
    }

    /// Adds what was measured in other coordinates.
    ///
    /// - Precondition: the same points.
    public mutating func add(_ other: Geometry) {
        precondition(
            other.count == count && other.referenceCount == referenceCount, "other points")
        for index in squares.indices { squares[index] += other.squares[index] }
    }

    /// The squared distance of two points.
    public subscript(i: Int, j: Int) -> Double { squares[i * pointCount + j] }

    /// The squared Euclidean norm of a point.
    public func squaredNorm(_ i: Int) -> Double { self[i, origin] }

    /// The Euclidean norm of a point.
    public func norm(_ i: Int) -> Double { self[i, origin].squareRoot() }

    /// The inner product of two points.
    public func inner(_ i: Int, _ j: Int) -> Double {
        (self[i, origin] + self[j, origin] - self[i, j]) / 2
    }

    /// The squared distance of every point from the combination of points with these coefficients.
    ///
    /// - Parameter coefficients: One for every point but the origin, which makes their sum 1.
    /// - Complexity: O(*points*²).
    public func squaredDistances(from coefficients: [Double]) -> [Double] {
        let c = completed(coefficients)
        // |x_i - Σ c_j x_j|² = Σ_j c_j D_ij - ½ ΣΣ c_j c_k D_jk for Σ c = 1.
        let products = image(of: c)
        var spread = 0.0
        for i in 0..<pointCount { spread += c[i] * products[i] }
        return products.map { max(0, $0 - spread / 2) }
    }

    /// The geometry of combinations of the updates; references and origin stay.
    ///
    /// - Parameter combinations: One factor per update each.
    /// - Complexity: O(*points*³).
    public func mixed(by combinations: [[Double]]) -> Geometry {
        var points = combinations.map {
            completed($0 + [Double](repeating: 0, count: referenceCount))
        }
        for fixed in count..<pointCount {
            var unit = [Double](repeating: 0, count: pointCount)
            unit[fixed] = 1
            points.append(unit)
        }
        let images = points.map { image(of: $0) }
        // -½ (a - b)ᵀ (Da - Db), and exactly 0 for equal combinations.
        var result = [Double](repeating: 0, count: points.count * points.count)
        for a in points.indices {
            for b in 0..<a where points[a] != points[b] {
                var form = 0.0
                for i in 0..<pointCount {
                    form += (points[a][i] - points[b][i]) * (images[a][i] - images[b][i])
                }
                let value = max(0, -form / 2)
                result[a * points.count + b] = value
                result[b * points.count + a] = value
            }
        }
        return Geometry(
            count: combinations.count, referenceCount: referenceCount, squares: result)
    }

    /// The matrix times a vector with one element per point.
    private func image(of x: [Double]) -> [Double] {
        (0..<pointCount).map { i in
            var sum = 0.0
            for j in 0..<pointCount { sum += squares[i * pointCount + j] * x[j] }
            return sum
        }
    }

    /// With the origin's coefficient, so that all sum to 1.
    private func completed(_ coefficients: [Double]) -> [Double] {
        precondition(
            coefficients.count == pointCount - 1,
            "\(coefficients.count) coefficients for \(pointCount - 1) points")
        return coefficients + [1 - coefficients.reduce(0, +)]
    }
}
