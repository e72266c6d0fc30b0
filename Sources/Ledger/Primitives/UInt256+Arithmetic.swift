extension UInt256 {
    /// The sum and whether it was cut to 256 bits.
    @inlinable @inline(__always)
    public func addingReportingOverflow(
        _ other: UInt256
    ) -> (partialValue: UInt256, overflow: Bool) {
        let (s0, c0) = w0.addingReportingOverflow(other.w0)
        let (t1, c1) = w1.addingReportingOverflow(other.w1)
        let (s1, e1) = t1.addingReportingOverflow(c0 ? 1 : 0)
        let (t2, c2) = w2.addingReportingOverflow(other.w2)
        let (s2, e2) = t2.addingReportingOverflow(c1 || e1 ? 1 : 0)
        let (t3, c3) = w3.addingReportingOverflow(other.w3)
        let (s3, e3) = t3.addingReportingOverflow(c2 || e2 ? 1 : 0)
        return (UInt256(s0, s1, s2, s3), c3 || e3)
    }

    /// The difference and whether it was negative.
    @inlinable @inline(__always)
    public func subtractingReportingOverflow(
        _ other: UInt256
    ) -> (partialValue: UInt256, overflow: Bool) {
        let (s0, c0) = w0.subtractingReportingOverflow(other.w0)
        let (t1, c1) = w1.subtractingReportingOverflow(other.w1)
        let (s1, e1) = t1.subtractingReportingOverflow(c0 ? 1 : 0)
        let (t2, c2) = w2.subtractingReportingOverflow(other.w2)
        let (s2, e2) = t2.subtractingReportingOverflow(c1 || e1 ? 1 : 0)
        let (t3, c3) = w3.subtractingReportingOverflow(other.w3)
        let (s3, e3) = t3.subtractingReportingOverflow(c2 || e2 ? 1 : 0)
        return (UInt256(s0, s1, s2, s3), c3 || e3)
    }

    /// The sum modulo 2²⁵⁶.
    @inlinable @inline(__always)
    public static func &+ (a: UInt256, b: UInt256) -> UInt256 {
        a.addingReportingOverflow(b).partialValue
    }

    /// The difference modulo 2²⁵⁶.
    @inlinable @inline(__always)
    public static func &- (a: UInt256, b: UInt256) -> UInt256 {
        a.subtractingReportingOverflow(b).partialValue
    }

    /// The product modulo 2²⁵⁶.
    @inlinable @inline(__always)
    public static func &* (a: UInt256, b: UInt256) -> UInt256 {
        // Column by column; each sum of a product and two limbs fits into 128 bits.
        let p00 = a.w0.multipliedFullWidth(by: b.w0)
        let r0 = p00.low
        var carry = p00.high

        var t = UInt256.accumulate(carry, a.w0, b.w1)
        var c1 = t.low
        var high1 = t.high
        t = UInt256.accumulate(c1, a.w1, b.w0)
        c1 = t.low
        let (sum, overflow) = high1.addingReportingOverflow(t.high)
        high1 = sum
        let r1 = c1
        carry = high1
        let carry2: UInt64 = overflow ? 1 : 0

        t = UInt256.accumulate(carry, a.w0, b.w2)
        var c2 = t.low
        var high2 = carry2 &+ t.high
        t = UInt256.accumulate(c2, a.w1, b.w1)
        c2 = t.low
        high2 = high2 &+ t.high
        t = UInt256.accumulate(c2, a.w2, b.w0)
        c2 = t.low
        high2 = high2 &+ t.high

        let r3 =
            high2 &+ a.w0 &* b.w3 &+ a.w1 &* b.w2 &+ a.w2 &* b.w1 &+ a.w3 &* b.w0
        return UInt256(r0, r1, c2, r3)
    }

    /// `addend + x · y`, which never overflows 128 bits.
    @inlinable @inline(__always)
    static func accumulate(
        _ addend: UInt64, _ x: UInt64, _ y: UInt64
    ) -> (high: UInt64, low: UInt64) {
        let product = x.multipliedFullWidth(by: y)
        let (low, overflow) = product.low.addingReportingOverflow(addend)
        return (product.high &+ (overflow ? 1 : 0), low)
    }

    /// `addend + carry + x · y`, which never overflows 128 bits.
    @inlinable @inline(__always)
    static func accumulate(
        _ addend: UInt64, _ carry: UInt64, _ x: UInt64, _ y: UInt64
    ) -> (high: UInt64, low: UInt64) {
        let (high, low) = accumulate(addend, x, y)
        let (sum, overflow) = low.addingReportingOverflow(carry)
        return (high &+ (overflow ? 1 : 0), sum)
    }

    /// The product, unless it needs more than 256 bits.
    public func multipliedExactly(by other: UInt256) -> UInt256? {
        guard bitWidth + other.bitWidth <= 257 else { return nil }
        let product = self &* other
        guard bitWidth + other.bitWidth == 257, !isZero else { return product }
        return product.dividedBy(self).quotient == other ? product : nil
    }

    /// The sum, unless it needs more than 256 bits.
    public func addedExactly(_ other: UInt256) -> UInt256? {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? nil : sum
    }

    /// The number with the sign changed, in two's complement.
    @inlinable @inline(__always)
    public var negated: UInt256 { .zero &- self }

    /// The absolute value of a number in two's complement.
    @inlinable @inline(__always)
    public var magnitude: UInt256 { isNegative ? negated : self }

    /// This number to the power of another, modulo 2²⁵⁶ (Yellow Paper: EXP); 0⁰ is 1.
    public func raised(to exponent: UInt256) -> UInt256 {
        var result = UInt256.one
        let bits = exponent.bitWidth
        var bit = bits - 1
        while bit >= 0 {
            result = result &* result
            if exponent.bit(bit) { result = result &* self }
            bit -= 1
        }
        return result
    }

    /// Whether a bit is set; bit 0 is the least significant.
    @inlinable @inline(__always)
    public func bit(_ index: Int) -> Bool {
        let limb: UInt64
        switch index >> 6 {
        case 0: limb = w0
        case 1: limb = w1
        case 2: limb = w2
        default: limb = w3
        }
        return limb >> UInt64(index & 63) & 1 != 0
    }
}
