/// GF(2^128) with the polynomial x^128 + x^7 + x^2 + x + 1, for secrets of 16 bytes.
///
/// The share format of PyCryptodome and of Flower. As in ``BinaryField8`` nothing depends on secrets
/// but the results.
public struct BinaryField128: SharingField {
    /// The coefficients, lowest power in the lowest bit.
    public let value: UInt128

    /// The element with these coefficients.
    public init(_ value: UInt128) { self.value = value }

    /// The element of 16 big-endian bytes; `nil` for another number of bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        value = bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }

    /// 16 big-endian bytes.
    public var bytes: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: value >> UInt128(8 * (15 - $0))) }
    }

    /// 0.
    public static let zero = Self(0)
    /// 1.
    public static let one = Self(1)
    /// As many as can be counted.
    public static var pointCount: Int { Int.max }
    /// `index` + 1.
    public static func point(_ index: Int) -> Self { Self(UInt128(index) + 1) }

    /// A uniform element.
    public static func random(using generator: inout some RandomNumberGenerator) -> Self {
        Self(UInt128(generator.next()) << 64 | UInt128(generator.next()))
    }

    /// Addition is exclusive or.
    public static func + (lhs: Self, rhs: Self) -> Self { Self(lhs.value ^ rhs.value) }
    /// As is subtraction.
    public static func - (lhs: Self, rhs: Self) -> Self { Self(lhs.value ^ rhs.value) }

    /// The product, by shifting and adding.
    public static func * (lhs: Self, rhs: Self) -> Self {
        var a = lhs.value
        var product: UInt128 = 0
        for bit in UInt128(0)..<128 {
            product ^= a & (0 &- (rhs.value >> bit & 1))
            a = a << 1 ^ 0x87 & (0 &- (a >> 127))
        }
        return Self(product)
    }

    /// The (2^128 − 2)nd power.
    public var inverse: Self { power(UInt128.max - 1) }
}
