/// The integers modulo the prime 2^61 − 1, for secrets that are numbers.
///
/// Fixed-point values, their squared distances and sums fit it without wrapping around, and a product
/// needs one multiplication and no division.
public struct Mersenne61: SharingField, Codable {
    /// 2^61 − 1.
    public static let modulus: UInt64 = 1 << 61 - 1

    /// The representative in 0..<``modulus``.
    public let value: UInt64

    private init(reduced value: UInt64) { self.value = value }

    /// The residue of `value`.
    public init(_ value: UInt64) {
        self.value = Self.fold(value)
    }

    /// The residue of a signed number: negative ones lie below ``modulus``.
    public init(signed value: Int64) {
        let magnitude = Self(UInt64(value.magnitude))
        self = value < 0 ? .zero - magnitude : magnitude
    }

    /// The residue with the least absolute value.
    public var signed: Int64 {
        value > Self.modulus / 2 ? -Int64(Self.modulus - value) : Int64(value)
    }

    /// 0.
    public static let zero = Self(reduced: 0)
    /// 1.
    public static let one = Self(reduced: 1)
    /// All but zero.
    public static var pointCount: Int { Int(modulus) - 1 }
    /// `index` + 1.
    public static func point(_ index: Int) -> Self { Self(UInt64(index) + 1) }

    /// A uniform element.
    public static func random(using generator: inout some RandomNumberGenerator) -> Self {
        while true {
            let candidate = generator.next() >> 3
            if candidate < modulus { return Self(reduced: candidate) }
        }
    }

    /// The sum.
    @inline(__always)
    public static func + (lhs: Self, rhs: Self) -> Self {
        let sum = lhs.value &+ rhs.value
        return Self(reduced: sum >= modulus ? sum &- modulus : sum)
    }

    /// The difference.
    @inline(__always)
    public static func - (lhs: Self, rhs: Self) -> Self {
        let difference = lhs.value &- rhs.value
        return Self(reduced: lhs.value < rhs.value ? difference &+ modulus : difference)
    }

    /// The product: 2^61 is 1, so the high part is added to the low one.
    @inline(__always)
    public static func * (lhs: Self, rhs: Self) -> Self {
        let product = lhs.value.multipliedFullWidth(by: rhs.value)
        let high = product.high << 3 | product.low >> 61
        let sum = high &+ (product.low & modulus)
        return Self(reduced: sum >= modulus ? sum &- modulus : sum)
    }

    /// By Fermat's little theorem.
    public var inverse: Self { power(UInt128(Self.modulus) - 2) }

    private static func fold(_ value: UInt64) -> UInt64 {
        let sum = (value & modulus) + value >> 61
        return sum >= modulus ? sum - modulus : sum
    }
}
