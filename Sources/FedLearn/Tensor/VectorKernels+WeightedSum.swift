import CTensor

extension VectorKernels {
    /// Elements per block: 64 KiB of accumulator stays in the second-level cache while runs of four
    /// rows stream past.
    private static let weightedSumBlock = 1 << 14

    /// The widest form of a kernel whose speed is that of memory or of stores: twice as wide again is
    /// slower where such instructions take two cycles.
    static let streamingForm = bestForm == ctensor_widest ? ctensor_wide : bestForm

    /// `weights[0] * rows[0] + weights[1] * rows[1] + …`, added in this order from zero, each product
    /// and each sum rounded to `Float`.
    ///
    /// Four rows share a pass over the accumulator; the order of additions to each element stays that
    /// of the rows.
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
        precondition(rows.allSatisfy { $0.count == sum.count }, "rows of unequal length")
        addWeightedSum(of: rows, weights: weights, in: 0..<sum.count, to: &sum)
    }

    /// As ``addWeightedSum(of:weights:to:)`` for the coordinates in `range`; `sum` has `range.count`
    /// elements.
    static func addWeightedSum(
        of rows: [[Float]], weights: [Float], in range: Range<Int>, to sum: inout [Float],
        form: ctensor_form = streamingForm
    ) {
        precondition(rows.count == weights.count, "\(rows.count) rows, \(weights.count) weights")
        precondition(sum.count == range.count, "\(sum.count) sums of \(range.count) coordinates")
        guard !range.isEmpty else { return }
        RowAddresses.with(rows) { addresses in
            sum.withUnsafeMutableBufferPointer { target in
                guard let target = target.baseAddress else { return }
                var start = 0
                while start < range.count {
                    ctensor_add_scaled_rows(
                        addresses, weights, rows.count, range.lowerBound + start,
                        Swift.min(weightedSumBlock, range.count - start), target + start, form)
                    start += weightedSumBlock
                }
            }
        }
    }
}
