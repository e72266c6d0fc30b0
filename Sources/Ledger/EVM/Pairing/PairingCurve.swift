/// A curve with a pairing of embedding degree 12: what BN254 and BLS12-381 differ in.
protocol PairingCurve: Sendable {
    associatedtype Base: PrimeField
    /// The `b` of `y² = x³ + b`.
    static var b: Base { get }
    /// The `b` of the twist, over the quadratic field.
    static var twistB: Quadratic<Self> { get }
    /// `element · ξ`, where `w⁶ = ξ` makes the field of degree 12.
    static func timesNonresidue(_ element: Quadratic<Self>) -> Quadratic<Self>
    /// `ξ^(i (p − 1) / 6)` for i from 0 to 5.
    static var frobenius: [Quadratic<Self>] { get }
    /// The order of the groups, the least significant limb first.
    static var order: [UInt64] { get }
    /// The scalar of Miller's loop, without its sign.
    static var loopBits: [Bool] { get }
    /// The line through points of the twist with a slope, at a point of the curve.
    static func line(
        slope: Quadratic<Self>, through: AffinePoint<Quadratic<Self>>, at point: AffinePoint<Base>
    ) -> Dodecic<Self>
    /// What ends Miller's loop: the sign, and BN's two further lines.
    static func finish(_ loop: inout MillerLoop<Self>)
    /// The part of the final power that depends on the curve's parameter.
    static func hardPower(_ element: Dodecic<Self>) -> Dodecic<Self>
}

extension PairingCurve {
    /// Computes ``frobenius``.
    static func frobeniusPowers(_ xi: Quadratic<Self>) -> [Quadratic<Self>] {
        // (p − 1) / 6 by short division.
        var limbs = Base.modulus
        limbs[0] -= 1
        var rest: UInt64 = 0
        for index in limbs.indices.reversed() {
            (limbs[index], rest) = UInt64(6).dividingFullWidth((rest, limbs[index]))
        }
        let gamma = xi.raised(to: limbs)
        var powers = [Quadratic<Self>.one]
        for _ in 0..<5 { powers.append(powers[powers.count - 1] * gamma) }
        return powers
    }

    /// Bits of a number, the most significant first, without the first.
    static func bits(_ number: UInt128) -> [Bool] {
        (0..<(127 - number.leadingZeroBitCount)).reversed().map { number >> UInt128($0) & 1 != 0 }
    }
}
