extension VectorKernels {
    /// Elements per block: 1 MiB of accumulator stays in cache while long runs of the rows stream
    /// past. Blocks of a few KiB are slower than none, as the prefetcher restarts at each.
    private static let weightedSumBlock = 1 << 18

    /// `weights[0] * rows[0] + weights[1] * rows[1] + …`, added in this order from zero, each product
    /// and each sum rounded to `Float`.
    ///
    /// Rows are taken in pairs to halve the traffic on the accumulator; the order of additions to
    /// each element stays that of the rows.
    ///
    /// - Parameters:
    ///   - rows: Vectors of `count` elements each.
    ///   - weights: One factor per row.
    ///   - count: The length of every row and of the result.
    /// - Precondition: as many weights as rows, every row of `count` elements.
    /// - Complexity: O(*rows* · *count*), at the speed of memory.
    public static func weightedSum(of rows: [[Float]], weights: [Float], count: Int) -> [Float] {
        var sum = [Float](repeating: 0, count: count)
        addWeightedSum(of: rows, weights: weights, to: &sum)
        return sum
    }

    /// `sum += weights[0] * rows[0] + weights[1] * rows[1] + …`, as ``weightedSum(of:weights:count:)``
    /// but starting from `sum` and without allocating.
    ///
    /// - Precondition: as many weights as rows, every row as long as `sum`.
    public static func addWeightedSum(
        of rows: [[Float]], weights: [Float], to sum: inout [Float]
    ) {
        let count = sum.count
        precondition(rows.count == weights.count, "\(rows.count) rows, \(weights.count) weights")
        precondition(rows.allSatisfy { $0.count == count }, "rows of unequal length")
        sum.withUnsafeMutableBufferPointer { buffer in
            guard let target = buffer.baseAddress else { return }
            var start = 0
            while start < count {
                let length = Swift.min(weightedSumBlock, count - start)
                addRows(rows, weights: weights, from: start, to: target + start, count: length)
                start += length
            }
        }
    }

    private static func addRows(
        _ rows: [[Float]], weights: [Float], from start: Int,
        to target: UnsafeMutablePointer<Float>, count: Int
    ) {
        var row = 0
        while row + 2 <= rows.count {
            rows[row].withUnsafeBufferPointer { first in
                rows[row + 1].withUnsafeBufferPointer { second in
                    guard let a = first.baseAddress, let b = second.baseAddress else { return }
                    addPair(
                        a + start, weights[row], b + start, weights[row + 1], to: target,
                        count: count)
                }
            }
            row += 2
        }
        if row < rows.count {
            rows[row].withUnsafeBufferPointer { last in
                guard let a = last.baseAddress else { return }
                addScaled(a + start, by: weights[row], to: target, count: count)
            }
        }
    }

    private static func addPair(
        _ a: UnsafePointer<Float>, _ aScale: Float, _ b: UnsafePointer<Float>, _ bScale: Float,
        to target: UnsafeMutablePointer<Float>, count: Int
    ) {
        var i = 0
        while i < count {
            target[i] = (target[i] + aScale * a[i]) + bScale * b[i]
            i += 1
        }
    }
}
