/// The coordinates with the largest magnitudes.
enum LargestCoordinates {
    /// The indices of the `count` largest |x|, ascending; of equal ones the lower index.
    ///
    /// Magnitudes are ordered like their bit patterns, so two passes of counting (the upper 16 bits,
    /// then the lower ones within one bin) find the threshold exactly.
    ///
    /// - Precondition: no NaN.
    /// - Complexity: O(*values*), four passes.
    static func indices(of values: [Float], count: Int) -> [Int] {
        guard count > 0 else { return [] }
        guard count < values.count else { return Array(values.indices) }
        return values.withUnsafeBufferPointer { x in
            let (threshold, equal) = threshold(x, count: count)
            var result: [Int] = []
            result.reserveCapacity(count)
            var equalLeft = equal
            var index = 0
            while index < x.count {
                let key = x[index].bitPattern & 0x7FFF_FFFF
                if key > threshold {
                    result.append(index)
                } else if key == threshold && equalLeft > 0 {
                    result.append(index)
                    equalLeft -= 1
                }
                index += 1
            }
            return result
        }
    }

    /// The smallest magnitude that is taken, as a bit pattern, and how many of exactly it.
    private static func threshold(
        _ x: UnsafeBufferPointer<Float>, count: Int
    ) -> (UInt32, Int) {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 1 << 16) { bins in
            bins.initialize(repeating: 0)
            var index = 0
            while index < x.count {
                bins[Int((x[index].bitPattern & 0x7FFF_FFFF) >> 16)] += 1
                index += 1
            }
            let (upper, missing) = descend(bins, count: count)
            bins.update(repeating: 0)
            index = 0
            while index < x.count {
                let key = x[index].bitPattern & 0x7FFF_FFFF
                if Int(key >> 16) == upper { bins[Int(key & 0xFFFF)] += 1 }
                index += 1
            }
            let (lower, equal) = descend(bins, count: missing)
            return (UInt32(upper) << 16 | UInt32(lower), equal)
        }
    }

    /// The bin in which the `count`-th largest lies, and how many of that bin are still needed.
    private static func descend(
        _ bins: UnsafeMutableBufferPointer<Int>, count: Int
    ) -> (Int, Int) {
        var missing = count
        var bin = bins.count - 1
        while bin > 0, bins[bin] < missing {
            missing -= bins[bin]
            bin -= 1
        }
        return (bin, missing)
    }
}
