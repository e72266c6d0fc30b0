/// A dense matrix of `Float`, row after row.
public struct Matrix: Equatable, Sendable {
    /// The number of rows.
    public let rowCount: Int
    /// The number of columns.
    public let columnCount: Int
    /// The elements in row-major order, `rowCount * columnCount` of them.
    public private(set) var elements: [Float]

    /// Creates a matrix from row-major elements.
    ///
    /// - Precondition: `elements.count == rowCount * columnCount`.
    public init(rowCount: Int, columnCount: Int, elements: [Float]) {
        precondition(
            elements.count == rowCount * columnCount,
            "\(elements.count) elements for \(rowCount) × \(columnCount)")
        self.rowCount = rowCount
        self.columnCount = columnCount
        self.elements = elements
    }

    /// Creates a matrix of zeros.
    public init(rowCount: Int, columnCount: Int) {
        self.init(
            rowCount: rowCount, columnCount: columnCount,
            elements: [Float](repeating: 0, count: rowCount * columnCount))
    }

    /// The element in `row` and `column`.
    public subscript(row: Int, column: Int) -> Float {
        get {
            precondition(column >= 0 && column < columnCount, "column \(column) of \(columnCount)")
            return elements[row * columnCount + column]
        }
        set {
            precondition(column >= 0 && column < columnCount, "column \(column) of \(columnCount)")
            elements[row * columnCount + column] = newValue
        }
    }

    /// The elements of one row.
    public func row(_ index: Int) -> ArraySlice<Float> {
        elements[index * columnCount..<(index + 1) * columnCount]
    }

    /// The rows at `indices`, in that order.
    public func selecting(rows indices: [Int]) -> Matrix {
        var selected: [Float] = []
        selected.reserveCapacity(indices.count * columnCount)
        for index in indices { selected.append(contentsOf: row(index)) }
        return Matrix(rowCount: indices.count, columnCount: columnCount, elements: selected)
    }

    /// The matrix product `self · other`, each element summed in ascending order of the inner index.
    ///
    /// - Precondition: `columnCount == other.rowCount`.
    public func multiplied(by other: Matrix) -> Matrix {
        precondition(
            columnCount == other.rowCount, "\(columnCount) columns, \(other.rowCount) rows")
        var result = Matrix(rowCount: rowCount, columnCount: other.columnCount)
        elements.withUnsafeBufferPointer { left in
            other.elements.withUnsafeBufferPointer { right in
                result.elements.withUnsafeMutableBufferPointer { product in
                    guard let a = left.baseAddress, let b = right.baseAddress,
                        let c = product.baseAddress
                    else { return }
                    VectorKernels.addProduct(
                        a, rowStride: columnCount, innerStride: 1, b, to: c,
                        rows: rowCount, inner: columnCount, columns: other.columnCount)
                }
            }
        }
        return result
    }
}
