/// `c0 + c1 w` with `w² = v`, over the sextic field: where pairings take their values.
struct Dodecic<Curve: PairingCurve>: FieldElement {
    var c0: Sextic<Curve>
    var c1: Sextic<Curve>

    static var zero: Self { Dodecic(c0: .zero, c1: .zero) }
    static var one: Self { Dodecic(c0: .one, c1: .zero) }

    static func + (a: Self, b: Self) -> Self { Dodecic(c0: a.c0 + b.c0, c1: a.c1 + b.c1) }
    static func - (a: Self, b: Self) -> Self { Dodecic(c0: a.c0 - b.c0, c1: a.c1 - b.c1) }

    static func * (a: Self, b: Self) -> Self {
        let low = a.c0 * b.c0
        let high = a.c1 * b.c1
        let cross = (a.c0 + a.c1) * (b.c0 + b.c1)
        return Dodecic(c0: low + high.timesV, c1: cross - low - high)
    }

    /// Complex squaring: two products instead of three.
    var squared: Self {
        let product = c0 * c1
        let sum = (c0 + c1) * (c0 + c1.timesV)
        return Dodecic(c0: sum - product - product.timesV, c1: product + product)
    }

    /// The square of an element that has been raised to (p⁶ − 1)(p² + 1) (Granger, Scott 2010): nine products
    /// of the base field's extension instead of twelve, all of them squares.
    var cyclotomicSquare: Self {
        let (a0, a1) = Self.square(c0.c0, c1.c1)
        let (b0, b1) = Self.square(c1.c0, c0.c2)
        let (d0, d1) = Self.square(c0.c1, c1.c2)
        let b2 = Curve.timesNonresidue(d1)
        return Dodecic(
            c0: Sextic(
                c0: (a0 - c0.c0).doubled + a0, c1: (b0 - c0.c1).doubled + b0,
                c2: (d0 - c0.c2).doubled + d0),
            c1: Sextic(
                c0: (b2 + c1.c0).doubled + b2, c1: (a1 + c1.c1).doubled + a1,
                c2: (b1 + c1.c2).doubled + b1))
    }

    /// The square of `x + y s` with `s² = ξ`.
    private static func square(
        _ x: Quadratic<Curve>, _ y: Quadratic<Curve>
    ) -> (Quadratic<Curve>, Quadratic<Curve>) {
        let (xx, yy) = (x.squared, y.squared)
        return (xx + Curve.timesNonresidue(yy), (x + y).squared - xx - yy)
    }

    /// The p⁶-th power; the inverse of what has been raised to p⁶ − 1.
    var conjugate: Self { Dodecic(c0: c0, c1: c1.negated) }

    var inverse: Self {
        let norm = (c0.squared - c1.squared.timesV).inverse
        return Dodecic(c0: c0 * norm, c1: c1.negated * norm)
    }

    /// The p-th power: each coefficient conjugated and multiplied by a constant.
    var frobenius: Self {
        let g = Curve.frobenius
        return Dodecic(
            c0: Sextic(
                c0: c0.c0.conjugate, c1: c0.c1.conjugate * g[2], c2: c0.c2.conjugate * g[4]),
            c1: Sextic(
                c0: c1.c0.conjugate * g[1], c1: c1.c1.conjugate * g[3], c2: c1.c2.conjugate * g[5]))
    }

    /// To a power of 64 bits, for elements that ``cyclotomicSquare`` is good for.
    func cyclotomicPower(_ exponent: UInt64) -> Self {
        guard exponent > 0 else { return .one }
        var result = self
        for bit in stride(from: 62 - exponent.leadingZeroBitCount, through: 0, by: -1) {
            result = result.cyclotomicSquare
            if exponent >> UInt64(bit) & 1 != 0 { result = result * self }
        }
        return result
    }
}
