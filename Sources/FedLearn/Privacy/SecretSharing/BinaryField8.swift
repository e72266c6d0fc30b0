/// GF(2^8) with the polynomial x^8 + x^4 + x^3 + x + 1, for secrets that are bytes.
///
/// Products are computed without tables or branches that depend on the operands, which would show
/// keys in the cache and in time.
public struct BinaryField8: SharingField {
    /// The coefficients, lowest power in the lowest bit.
    public let value: UInt8

    /// The element with these coefficients.
    public init(_ value: UInt8) { self.value = value }

    /// 0.
    public static let zero = Self(0)
    /// 1.
    public static let one = Self(1)
    /// 255.
    public static var pointCount: Int { 255 }
    /// `index` + 1.
    public static func point(_ index: Int) -> Self { Self(UInt8(index + 1)) }

    /// A uniform element.
    public static func random(using generator: inout some RandomNumberGenerator) -> Self {
        Self(UInt8(truncatingIfNeeded: generator.next() >> 56))
    }

    /// Addition is exclusive or.
    public static func + (lhs: Self, rhs: Self) -> Self { Self(lhs.value ^ rhs.value) }
    /// As is subtraction.
    public static func - (lhs: Self, rhs: Self) -> Self { Self(lhs.value ^ rhs.value) }

    /// The product, by shifting and adding.
    public static func * (lhs: Self, rhs: Self) -> Self {
        var a = lhs.value
        var product: UInt8 = 0
        for bit in UInt8(0)..<8 {
            product ^= a & (0 &- (rhs.value >> bit & 1))
            a = a << 1 ^ 0x1b & (0 &- (a >> 7))
        }
        return Self(product)
    }

    /// The 254th power.
    public var inverse: Self { power(254) }
}
