/// BN254, also called alt_bn128 (EIP-196, EIP-197), with its optimal ate pairing.
enum BN254: PairingCurve {
    typealias Base = BN254Base

    /// The parameter all else comes from.
    static let parameter: UInt64 = 4_965_661_367_192_848_881
    static let b = BN254Base(small: 3)
    static let nonresidue = Quadratic<BN254>(c0: BN254Base(small: 9), c1: .one)
    static let twistB = Quadratic<BN254>(c0: b, c1: .zero) * nonresidue.inverse
    static let frobenius = frobeniusPowers(nonresidue)
    static let order: [UInt64] = [
        0x43e1_f593_f000_0001, 0x2833_e848_79b9_7091, 0xb850_45b6_8181_585d, 0x3064_4e72_e131_a029,
    ]
    static let loopBits = bits(6 * UInt128(parameter) + 2)

    @inline(__always)
    static func timesNonresidue(_ a: Quadratic<BN254>) -> Quadratic<BN254> {
        // (c0 + c1 u)(9 + u)
        let nine0 = a.c0.doubled.doubled.doubled + a.c0
        let nine1 = a.c1.doubled.doubled.doubled + a.c1
        return Quadratic(c0: nine0 - a.c1, c1: nine1 + a.c0)
    }

    /// The twist is of type D: `(x, y)` stands for `(x w², y w³)`.
    static func line(
        slope: Quadratic<BN254>, through: AffinePoint<Quadratic<BN254>>,
        at point: AffinePoint<BN254Base>
    ) -> Dodecic<BN254> {
        Dodecic(
            c0: Sextic(c0: Quadratic(c0: point.y, c1: .zero), c1: .zero, c2: .zero),
            c1: Sextic(
                c0: (slope * point.x).negated, c1: slope * through.x - through.y, c2: .zero))
    }

    static func finish(_ loop: inout MillerLoop<BN254>) {
        let first = loop.twisted.map(power)
        loop.add(first)
        loop.add(first.map { power($0).negated })
    }

    /// Whether a point of the twist is in the group of the right order: `(x + 1) Q + ψ(x Q) + ψ²(x Q) =
    /// ψ³(2x Q)`, ψ being the p-th power (El Housni, Guillevic, Piellard 2022, §4.3).
    static func isInGroup(_ point: AffinePoint<Quadratic<BN254>>) -> Bool {
        typealias Point = JacobianPoint<Quadratic<BN254>>
        func power(_ p: Point) -> Point {
            Point(
                x: p.x.conjugate * frobenius[2], y: p.y.conjugate * frobenius[3],
                z: p.z.conjugate)
        }
        let multiple = Point(point).multiplied(by: [parameter])
        let once = power(multiple)
        let twice = power(once)
        return multiple.adding(point) + once + twice == power(twice).doubled
    }

    /// The p-th power of the point that a point of the twist stands for.
    private static func power(
        _ point: AffinePoint<Quadratic<BN254>>
    ) -> AffinePoint<Quadratic<BN254>> {
        AffinePoint(
            x: point.x.conjugate * frobenius[2], y: point.y.conjugate * frobenius[3])
    }

    /// `(p⁴ − p² + 1) / r`, which is `p³ + (6x² + 1) p² + (−36x³ − 18x² − 12x + 1) p − 36x³ − 30x² −
    /// 18x − 2` (Devegili, Scott, Dahab 2007).
    static func hardPower(_ f: Dodecic<BN254>) -> Dodecic<BN254> {
        let x1 = f.cyclotomicPower(parameter)
        let x2 = x1.cyclotomicPower(parameter)
        let x3 = x2.cyclotomicPower(parameter)
        let third = f.frobenius.frobenius.frobenius
        let second = (x2.cyclotomicPower(6) * f).frobenius.frobenius
        let cube = x3.cyclotomicPower(36)
        let first = ((cube * x2.cyclotomicPower(18) * x1.cyclotomicPower(12)).conjugate * f)
            .frobenius
        let zeroth = (cube * x2.cyclotomicPower(30) * x1.cyclotomicPower(18) * f.cyclotomicSquare)
            .conjugate
        return third * second * first * zeroth
    }
}
