/// A sorting network for columns of numbers, reduced to the ranks that are needed.
///
/// A network compares fixed pairs of places whatever the values, so that many columns are sorted side by
/// side in SIMD lanes without a branch. Batcher's odd-even merge sort (1968) has about n log²n / 4
/// comparators; those that no needed rank depends on are dropped: 330 of 403 are left for the median
/// of 50.
///
/// - Complexity: O(*n* log² *n*) comparators.
struct SelectionNetwork: Hashable, Sendable {
    /// The most rows: at 256 a column costs 4,000 comparators, and the block of 32 columns is as large
    /// as a first-level cache.
    static let largestCount = 256

    /// The number of rows.
    let count: Int
    /// Places to compare, two by two: afterwards the first holds the smaller value.
    let pairs: [UInt16]

    /// A network after which the places in `ranks` hold what sorting would put there.
    ///
    /// - Precondition: `count` is at most ``largestCount``.
    init(count: Int, ranks: Range<Int>) {
        precondition(count >= 0 && count <= Self.largestCount, "a network of \(count)")
        self.count = count
        var isNeeded = (0..<count).map { ranks.contains($0) }
        var kept: [(Int, Int)] = []
        // Backwards: a comparator matters if either of its outputs does, and then both inputs do.
        for (a, b) in Self.batcher(count).reversed() where isNeeded[a] || isNeeded[b] {
            isNeeded[a] = true
            isNeeded[b] = true
            kept.append((a, b))
        }
        pairs = kept.reversed().flatMap { [UInt16($0.0), UInt16($0.1)] }
    }

    /// Comparators of the whole sort, in order.
    private static func batcher(_ count: Int) -> [(Int, Int)] {
        var result: [(Int, Int)] = []
        var p = 1
        while p < count {
            var k = p
            while k >= 1 {
                for j in stride(from: k % p, to: count - k, by: 2 * k) {
                    for i in 0..<min(k, count - j - k)
                    where (i + j) / (2 * p) == (i + j + k) / (2 * p) {
                        result.append((i + j, i + j + k))
                    }
                }
                k /= 2
            }
            p *= 2
        }
        return result
    }
}
