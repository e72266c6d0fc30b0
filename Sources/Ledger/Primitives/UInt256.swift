/// A 256-bit unsigned integer: the word of the EVM (Yellow Paper, §9.1).
///
/// Four 64-bit limbs in the value itself, so that it needs neither heap nor reference counts. The
/// operators with `&` wrap around, as the EVM's do; nothing here traps.
@frozen public struct UInt256: Hashable, Sendable {
    /// The least significant 64 bits.
    public var w0: UInt64
    /// Bits 64 to 127.
    public var w1: UInt64
    /// Bits 128 to 191.
    public var w2: UInt64
    /// The most significant 64 bits.
    public var w3: UInt64

    /// The number with these limbs, the least significant first.
    @inlinable @inline(__always)
    public init(_ w0: UInt64, _ w1: UInt64, _ w2: UInt64, _ w3: UInt64) {
        self.w0 = w0
        self.w1 = w1
        self.w2 = w2
        self.w3 = w3
    }

    /// The same number, wider.
    @inlinable @inline(__always)
    public init(_ value: UInt64) { self.init(value, 0, 0, 0) }

    /// A count, which is never negative.
    @inlinable @inline(__always)
    public init(count: Int) { self.init(UInt64(bitPattern: Int64(count)), 0, 0, 0) }

    /// 0.
    @inlinable @inline(__always)
    public static var zero: UInt256 { UInt256(0, 0, 0, 0) }
    /// 1.
    @inlinable @inline(__always)
    public static var one: UInt256 { UInt256(1, 0, 0, 0) }
    /// 2²⁵⁶ − 1.
    @inlinable @inline(__always)
    public static var max: UInt256 { UInt256(.max, .max, .max, .max) }

    /// Whether this is 0.
    @inlinable @inline(__always)
    public var isZero: Bool { (w0 | w1 | w2 | w3) == 0 }

    /// Whether the number fits into 64 bits, that is, whether it is ``w0``.
    @inlinable @inline(__always)
    public var fitsUInt64: Bool { (w1 | w2 | w3) == 0 }

    /// The number, or `nil` beyond 64 bits.
    @inlinable @inline(__always)
    public var asUInt64: UInt64? { fitsUInt64 ? w0 : nil }

    /// The number, or 2⁶⁴ − 1 beyond 64 bits.
    @inlinable @inline(__always)
    public var clampedUInt64: UInt64 { fitsUInt64 ? w0 : .max }

    /// Whether the highest bit is set, that is, whether the EVM's signed operations see a negative
    /// number in two's complement.
    @inlinable @inline(__always)
    public var isNegative: Bool { w3 >> 63 != 0 }

    /// How many bits the number has without leading zeros; 0 for 0.
    public var bitWidth: Int {
        if w3 != 0 { return 256 - w3.leadingZeroBitCount }
        if w2 != 0 { return 192 - w2.leadingZeroBitCount }
        if w1 != 0 { return 128 - w1.leadingZeroBitCount }
        return 64 - w0.leadingZeroBitCount
    }

    /// How many bytes the number has without leading zeros; 0 for 0.
    public var byteWidth: Int { (bitWidth + 7) / 8 }
}

extension UInt256: ExpressibleByIntegerLiteral {
    /// A number that is written in the source.
    @inlinable @inline(__always)
    public init(integerLiteral value: UInt64) { self.init(value) }
}

extension UInt256: Comparable {
    /// The order of unsigned numbers.
    @inlinable @inline(__always)
    public static func < (a: UInt256, b: UInt256) -> Bool {
        // The borrow of the subtraction: no branches, which a processor could guess wrongly.
        let (d0, c0) = a.w0.subtractingReportingOverflow(b.w0)
        _ = d0
        let (d1, c1) = a.w1.subtractingReportingOverflow(b.w1)
        let k1 = c1 || (c0 && d1 == 0)
        let (d2, c2) = a.w2.subtractingReportingOverflow(b.w2)
        let k2 = c2 || (k1 && d2 == 0)
        let (d3, c3) = a.w3.subtractingReportingOverflow(b.w3)
        return c3 || (k2 && d3 == 0)
    }

    /// The order of signed numbers in two's complement.
    @inlinable @inline(__always)
    public static func signedLess(_ a: UInt256, _ b: UInt256) -> Bool {
        a.isNegative == b.isNegative ? a < b : a.isNegative
    }
}
