import CTensor

/// What is computed from the values that all rows have in one coordinate.
public enum ColumnStatistic: Hashable, Sendable {
    /// The middle value, or the mean of the two middle ones.
    case median
    /// The mean of what is left without the `k` lowest and the `k` highest values.
    case trimmedMean(k: Int)
    /// The mean of the `keeping` values nearest to the median; of two equally near the lower.
    case meanAroundMedian(keeping: Int)

    /// The ranks whose values must be known.
    func ranks(of count: Int) -> Range<Int> {
        switch self {
        case .median: (count - 1) / 2..<count / 2 + 1
        case .trimmedMean(let k): k..<count - k
        case .meanAroundMedian: 0..<count
        }
    }

    /// The statistic of every coordinate in `range`.
    ///
    /// - Parameter rows: At least one; every one reaches to the end of `range` and is finite.
    /// - Complexity: O(*rows* · log² *rows* · *range*) up to 256 rows, in SIMD lanes; beyond, each column
    ///   is sorted alone.
    func evaluate(
        _ rows: [[Float]], in range: Range<Int>, form: ctensor_form = VectorKernels.streamingForm
    ) -> [Float] {
        var result = [Float](repeating: 0, count: range.count)
        guard !range.isEmpty, !rows.isEmpty else { return result }
        let reader = ColumnReader(rows: rows, ranks: ranks(of: rows.count), form: form)
        // On cache lines: half of the loads and stores would cross two of them otherwise.
        withUnsafeTemporaryAllocation(
            byteCount: rows.count * ColumnReader.width * MemoryLayout<Float>.stride, alignment: 64
        ) { memory in
            let block = memory.bindMemory(to: Float.self)
            block.initialize(repeating: 0)
            RowAddresses.with(rows) { addresses in
                result.withUnsafeMutableBufferPointer { target in
                    var start = 0
                    while start < range.count {
                        let width = min(ColumnReader.width, range.count - start)
                        reader.read(
                            addresses, from: range.lowerBound + start, width: width, into: block)
                        reduce(
                            UnsafeBufferPointer(block), count: rows.count, to: target, at: start,
                            width: width)
                        start += width
                    }
                }
            }
        }
        return result
    }

    private func reduce(
        _ sorted: UnsafeBufferPointer<Float>, count: Int,
        to target: UnsafeMutableBufferPointer<Float>, at start: Int, width: Int
    ) {
        let stride = ColumnReader.width
        switch self {
        case .median:
            let ranks = ranks(of: count)
            let low = ranks.lowerBound * stride
            let high = (ranks.upperBound - 1) * stride
            for lane in 0..<width {
                // Exact for an odd count, where both are the same value.
                target[start + lane] = (sorted[low + lane] + sorted[high + lane]) * 0.5
            }
        case .trimmedMean(let k):
            Self.mean(
                sorted, ranks: k..<count - k, to: target, at: start, width: width)
        case .meanAroundMedian(let keeping):
            for lane in 0..<width {
                let kept = Self.window(sorted, lane: lane, count: count, keeping: keeping)
                var sum = 0.0
                for rank in kept { sum += Double(sorted[rank * stride + lane]) }
                target[start + lane] = Float(sum / Double(keeping))
            }
        }
    }

    /// Means of a run of ranks, one lane beside the other, in `Double`.
    private static func mean(
        _ sorted: UnsafeBufferPointer<Float>, ranks: Range<Int>,
        to target: UnsafeMutableBufferPointer<Float>, at start: Int, width: Int
    ) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: ColumnReader.width) { sums in
            var lane = 0
            while lane < ColumnReader.width {
                sums[lane] = 0
                lane += 1
            }
            for rank in ranks {
                let row = rank * ColumnReader.width
                lane = 0
                while lane < ColumnReader.width {
                    sums[lane] += Double(sorted[row + lane])
                    lane += 1
                }
            }
            let divisor = Double(ranks.count)
            lane = 0
            while lane < width {
                target[start + lane] = Float(sums[lane] / divisor)
                lane += 1
            }
        }
    }

    /// The ranks of the values nearest to the median: from both ends the farther one is dropped, of two
    /// equally far ones the higher.
    private static func window(
        _ sorted: UnsafeBufferPointer<Float>, lane: Int, count: Int, keeping: Int
    ) -> Range<Int> {
        let stride = ColumnReader.width
        func value(_ rank: Int) -> Double { Double(sorted[rank * stride + lane]) }
        let median = (value((count - 1) / 2) + value(count / 2)) / 2
        var low = 0
        var high = count
        while high - low > keeping {
            if value(high - 1) - median >= median - value(low) { high -= 1 } else { low += 1 }
        }
        return low..<high
    }
}

/// Reads blocks of columns and brings the wanted ranks to their places.
struct ColumnReader {
    /// Columns in a block.
    static let width = Int(CTENSOR_COLUMNS)

    private let count: Int
    private let network: SelectionNetwork?
    private let form: ctensor_form

    init(rows: [[Float]], ranks: Range<Int>, form: ctensor_form) {
        count = rows.count
        network =
            count <= SelectionNetwork.largestCount
            ? SelectionNetwork(count: count, ranks: ranks) : nil
        self.form = form
    }

    /// Fills `block`, rank after rank, with the columns that begin at `start`; those from `width` on are
    /// filled with zeros.
    func read(
        _ rows: [UnsafePointer<Float>?], from start: Int, width: Int,
        into block: UnsafeMutableBufferPointer<Float>
    ) {
        guard let network, let base = block.baseAddress else {
            return sortSingly(rows, from: start, width: width, into: block)
        }
        if width == Self.width {
            ctensor_sort_columns(
                rows, count, start, network.pairs, network.pairs.count / 2, base, form)
            return
        }
        // The end of the vectors: what lies beyond must not be read.
        var padded = [Float](repeating: 0, count: count * Self.width)
        for (row, address) in rows.enumerated() {
            guard let address else { continue }
            for lane in 0..<width { padded[row * Self.width + lane] = address[start + lane] }
        }
        padded.withUnsafeBufferPointer { source in
            let shifted = (0..<count).map { row in
                source.baseAddress.map { $0 + row * Self.width }
            }
            ctensor_sort_columns(
                shifted, count, 0, network.pairs, network.pairs.count / 2, base, form)
        }
    }

    private func sortSingly(
        _ rows: [UnsafePointer<Float>?], from start: Int, width: Int,
        into block: UnsafeMutableBufferPointer<Float>
    ) {
        var column = [Float](repeating: 0, count: count)
        for lane in 0..<width {
            for (row, address) in rows.enumerated() {
                column[row] = address.map { $0[start + lane] } ?? 0
            }
            column.sort()
            for rank in 0..<count { block[rank * Self.width + lane] = column[rank] }
        }
    }
}
