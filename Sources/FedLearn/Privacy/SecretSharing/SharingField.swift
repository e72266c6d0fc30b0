/// A finite field in which secrets are shared.
public protocol SharingField: Hashable, Sendable {
    /// The neutral element of addition.
    static var zero: Self { get }
    /// The neutral element of multiplication.
    static var one: Self { get }
    /// The element at which member `index` (from 0) gets its share: distinct and never zero.
    static func point(_ index: Int) -> Self
    /// How many such points there are.
    static var pointCount: Int { get }
    /// A uniform element.
    static func random(using generator: inout some RandomNumberGenerator) -> Self

    /// The sum.
    static func + (lhs: Self, rhs: Self) -> Self
    /// The difference.
    static func - (lhs: Self, rhs: Self) -> Self
    /// The product.
    static func * (lhs: Self, rhs: Self) -> Self
    /// The multiplicative inverse; zero for zero.
    var inverse: Self { get }
}

extension SharingField {
    /// `self` to the power of `exponent`, by squaring; for public exponents.
    func power(_ exponent: UInt128) -> Self {
        var result = Self.one
        var square = self
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result = result * square }
            square = square * square
            rest >>= 1
        }
        return result
    }

    /// The factors λ with Σ λ_i f(`points`[i]) = f(`target`) for every polynomial f of a degree below
    /// the number of points (Lagrange).
    ///
    /// - Precondition: the points differ.
    static func interpolationFactors(points: [Self], at target: Self = .zero) -> [Self] {
        points.indices.map { i in
            var numerator = Self.one
            var denominator = Self.one
            for j in points.indices where j != i {
                numerator = numerator * (target - points[j])
                denominator = denominator * (points[i] - points[j])
            }
            precondition(denominator != .zero, "two shares of one point")
            return numerator * denominator.inverse
        }
    }
}
