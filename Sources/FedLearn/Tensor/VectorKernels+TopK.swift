extension VectorKernels {
    /// The indices of the `count` elements of largest magnitude, ascending; of equal magnitudes the
    /// lower index wins.
    ///
    /// Selects by radix on the bits of the magnitude, two passes over the vector: no comparison sort, no
    /// dependence on a pivot, the same answer everywhere. NaN counts as larger than infinity.
    ///
    /// - Precondition: `0 <= count <= x.count`.
    /// - Complexity: O(*x.count* + *count* log *count*).
    public static func largestMagnitudes(_ count: Int, of x: [Float]) -> [Int] {
        precondition(count >= 0 && count <= x.count, "\(count) of \(x.count) elements")
        guard count > 0 else { return [] }
        guard count < x.count else { return Array(x.indices) }
        return x.withUnsafeBufferPointer { buffer in
            let bound = threshold(count, of: buffer)
            var chosen: [Int] = []
            chosen.reserveCapacity(count)
            var equalsLeft = bound.equals
            var i = 0
            while i < buffer.count {
                let magnitude = buffer[i].bitPattern & 0x7FFF_FFFF
                if magnitude > bound.magnitude {
                    chosen.append(i)
                } else if magnitude == bound.magnitude, equalsLeft > 0 {
                    chosen.append(i)
                    equalsLeft -= 1
                }
                i += 1
            }
            return chosen
        }
    }

    /// The smallest magnitude that is chosen, as bits, and how many of exactly that magnitude are.
    private static func threshold(
        _ count: Int, of x: UnsafeBufferPointer<Float>
    ) -> (magnitude: UInt32, equals: Int) {
        // 16 high bits first; only the elements of one bucket matter for the 15 low ones.
        var high = [Int](repeating: 0, count: 1 << 15)
        var i = 0
        while i < x.count {
            high[Int((x[i].bitPattern & 0x7FFF_FFFF) >> 16)] += 1
            i += 1
        }
        var left = count
        var bucket = high.count - 1
        while high[bucket] < left {
            left -= high[bucket]
            bucket -= 1
        }
        var low = [Int](repeating: 0, count: 1 << 16)
        i = 0
        while i < x.count {
            let magnitude = x[i].bitPattern & 0x7FFF_FFFF
            if Int(magnitude >> 16) == bucket { low[Int(magnitude & 0xFFFF)] += 1 }
            i += 1
        }
        var rest = low.count - 1
        while low[rest] < left {
            left -= low[rest]
            rest -= 1
        }
        return (UInt32(bucket) << 16 | UInt32(rest), left)
    }
}
