/// Numbers as integer multiples of 2⁻²⁴, whose sums depend on no order.
///
/// Integer addition is associative, so that peers who receive updates in different orders, or add up
/// different chunks on different threads, end with the same bits.
public enum FixedPoint {
    /// Steps per unit, as a power of two: finer than `Float` for magnitudes of one half and more.
    public static let fractionBits = 24
    /// Magnitudes above this do not occur in updates; with it a step count stays below 2⁴⁰.
    public static let largestMagnitude: Float = 32_768
    /// The largest sum of weights: 2⁴⁰ steps times 2²² stays within 63 bits.
    public static let largestTotalWeight = 1 << 22

    /// The nearest multiple of 2⁻²⁴, ties to even.
    ///
    /// - Precondition: `x` is within ±``largestMagnitude``.
    @inline(__always)
    public static func steps(_ x: Float) -> Int64 {
        // Exact: the product only moves the exponent, and adding 1.5 · 2⁵² rounds ties to even.
        let magic = 0x1.8p52
        return Int64((Double(x) * 0x1p24 + magic) - magic)
    }

    /// `sum += weight · steps(x)` for every element of `x` in `range`.
    ///
    /// - Precondition: `sum.count == range.count`; all weights that go into one sum are not negative and
    ///   add up to ``largestTotalWeight`` at most; elements are within ±``largestMagnitude``.
    public static func add(
        _ x: [Float], in range: Range<Int>, weight: Int, to sum: inout [Int64]
    ) {
        precondition(sum.count == range.count, "\(sum.count) sums of \(range.count) coordinates")
        precondition(range.upperBound <= x.count, "coordinates \(range) of \(x.count)")
        let factor = Int64(weight)
        x.withUnsafeBufferPointer { source in
            sum.withUnsafeMutableBufferPointer { target in
                guard let source = source.baseAddress, let target = target.baseAddress
                else { return }
                let values = source + range.lowerBound
                let count = range.count
                var i = 0
                while i < count {
                    target[i] &+= factor &* steps(values[i])
                    i += 1
                }
            }
        }
    }

    /// The sum as `Float`, divided by `totalWeight`: one correctly rounded division in `Double`.
    public static func mean(_ sum: [Int64], totalWeight: Int) -> [Float] {
        let divisor = 0x1p24 * Double(totalWeight)
        return sum.map { Float(Double($0) / divisor) }
    }
}
