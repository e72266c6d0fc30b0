/// BLS12-381 (EIP-2537, EIP-4844), with its ate pairing.
enum BLS12381: PairingCurve {
    typealias Base = BLSBase

    /// The absolute value of the parameter all else comes from, which is negative.
    static let parameter: UInt64 = 0xd201_0000_0001_0000
    static let b = BLSBase(small: 4)
    static let twistB = Quadratic<BLS12381>(c0: b, c1: b)
    static let frobenius = frobeniusPowers(Quadratic(c0: .one, c1: .one))
    static let order: [UInt64] = [
        0xffff_ffff_0000_0001, 0x53bd_a402_fffe_5bfe, 0x3339_d808_09a1_d805, 0x73ed_a753_299d_7d48,
    ]
    /// A third root of 1: the one that makes multiplying x by it the multiple by −x² in the first group.
    static let rootOfUnity = BLSIsogenies.number(
        "00000000000000005f19672fdf76ce51ba69c6076a0f77eaddb3a93be6f89688"
            + "de17d813620a00022e01fffffffefffe")
    static let loopBits = bits(UInt128(parameter))

    @inline(__always)
    static func timesNonresidue(_ a: Quadratic<BLS12381>) -> Quadratic<BLS12381> {
        // (c0 + c1 u)(1 + u)
        Quadratic(c0: a.c0 - a.c1, c1: a.c0 + a.c1)
    }

    /// The twist is of type M: `(x, y)` stands for `(x / w², y / w³)`. The line is multiplied by w³,
    /// which the final power makes 1.
    static func line(
        slope: Quadratic<BLS12381>, through: AffinePoint<Quadratic<BLS12381>>,
        at point: AffinePoint<BLSBase>
    ) -> Dodecic<BLS12381> {
        Dodecic(
            c0: Sextic(
                c0: slope * through.x - through.y, c1: (slope * point.x).negated, c2: .zero),
            c1: Sextic(c0: .zero, c1: Quadratic(c0: point.y, c1: .zero), c2: .zero))
    }

    static func finish(_ loop: inout MillerLoop<BLS12381>) { loop.conjugate() }

    /// Three times `(p⁴ − p² + 1) / r`, which is `(x − 1)² (x + p) (x² + p² − 1) + 3` and as good, as
    /// 3 does not divide r (Hayashida, Hayasaka, Teruya 2020).
    static func hardPower(_ f: Dodecic<BLS12381>) -> Dodecic<BLS12381> {
        /// To the parameter; conjugation inverts here.
        func x(_ element: Dodecic<BLS12381>) -> Dodecic<BLS12381> {
            element.cyclotomicPower(parameter).conjugate
        }
        let once = x(f) * f.conjugate
        let twice = x(once) * once.conjugate
        let summed = x(twice) * twice.frobenius
        let last = x(x(summed)) * summed.frobenius.frobenius * summed.conjugate
        return last * f.cyclotomicSquare * f
    }
}
