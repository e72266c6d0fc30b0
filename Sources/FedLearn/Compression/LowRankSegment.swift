/// A part of an update: values as they are, or a matrix as the product P Qᵀ.
public enum LowRankSegment: Hashable, Sendable {
    /// Values as they are.
    case exact([Float])
    /// A matrix, `left` · `right`ᵀ.
    case product(MatrixProduct)

    /// A matrix of `rowCount` × `columnCount` as two thin ones.
    public struct MatrixProduct: Hashable, Sendable {
        /// The rows of the matrix.
        public let rowCount: Int
        /// Its columns.
        public let columnCount: Int
        /// The columns of both factors.
        public let rank: Int
        /// `rowCount` × `rank`, orthonormal columns, row-major.
        public let left: [Float]
        /// `columnCount` × `rank`, row-major.
        public let right: [Float]
    }

    /// The number of values that it stands for.
    public var count: Int {
        switch self {
        case .exact(let values): values.count
        case .product(let product): product.rowCount * product.columnCount
        }
    }

    func expanded() -> [Float] {
        switch self {
        case .exact(let values): return values
        case .product(let product): return product.expanded()
        }
    }
}

extension LowRankSegment.MatrixProduct {
    /// One step of the power iteration from `start`: P = orth(M Q), Q = Mᵀ P.
    ///
    /// The better `start` is, the better the approximation, so the last result is the next start.
    ///
    /// Source: Vogels, Karimireddy and Jaggi 2019, "PowerSGD", algorithm 1.
    ///
    /// - Precondition: the lengths agree.
    init(_ matrix: ArraySlice<Float>, rowCount: Int, columnCount: Int, rank: Int, start: [Float]) {
        precondition(matrix.count == rowCount * columnCount && start.count == columnCount * rank)
        let m = Array(matrix)
        var p = [Double](repeating: 0, count: rowCount * rank)
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                let value = Double(m[row * columnCount + column])
                for k in 0..<rank {
                    p[row * rank + k] += value * Double(start[column * rank + k])
                }
            }
        }
        Self.orthonormalise(&p, rowCount: rowCount, rank: rank)
        let left = p.map(Float.init)
        var q = [Double](repeating: 0, count: columnCount * rank)
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                let value = Double(m[row * columnCount + column])
                for k in 0..<rank {
                    q[column * rank + k] += value * Double(left[row * rank + k])
                }
            }
        }
        self.init(
            rowCount: rowCount, columnCount: columnCount, rank: rank, left: left,
            right: q.map(Float.init))
    }

    /// Gram and Schmidt's method, twice, as once loses orthogonality; columns that depend on earlier
    /// ones become zero.
    private static func orthonormalise(_ p: inout [Double], rowCount: Int, rank: Int) {
        for k in 0..<rank {
            let original = column(p, k, rowCount: rowCount, rank: rank)
            for _ in 0..<2 {
                for earlier in 0..<k {
                    var dot = 0.0
                    for row in 0..<rowCount { dot += p[row * rank + k] * p[row * rank + earlier] }
                    for row in 0..<rowCount {
                        p[row * rank + k] -= dot * p[row * rank + earlier]
                    }
                }
            }
            let length = column(p, k, rowCount: rowCount, rank: rank).squareRoot()
            let isNew = length > 1e-12 * original.squareRoot() && length > 0
            for row in 0..<rowCount { p[row * rank + k] *= isNew ? 1 / length : 0 }
        }
    }

    private static func column(_ p: [Double], _ k: Int, rowCount: Int, rank: Int) -> Double {
        var square = 0.0
        for row in 0..<rowCount { square += p[row * rank + k] * p[row * rank + k] }
        return square
    }

    func expanded() -> [Float] {
        var result = [Float](repeating: 0, count: rowCount * columnCount)
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                var value: Float = 0
                for k in 0..<rank {
                    value = value + left[row * rank + k] * right[column * rank + k]
                }
                result[row * columnCount + column] = value
            }
        }
        return result
    }
}
