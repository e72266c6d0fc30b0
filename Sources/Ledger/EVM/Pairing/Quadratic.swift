/// `c0 + c1 u` with `u² = −1`, over a curve's base field.
struct Quadratic<Curve: PairingCurve>: FieldElement {
    var c0: Curve.Base
    var c1: Curve.Base

    static var zero: Self { Quadratic(c0: .zero, c1: .zero) }
    static var one: Self { Quadratic(c0: .one, c1: .zero) }

    static func + (a: Self, b: Self) -> Self { Quadratic(c0: a.c0 + b.c0, c1: a.c1 + b.c1) }
    static func - (a: Self, b: Self) -> Self { Quadratic(c0: a.c0 - b.c0, c1: a.c1 - b.c1) }

    /// Karatsuba: three products instead of four.
    static func * (a: Self, b: Self) -> Self {
        let low = a.c0 * b.c0
        let high = a.c1 * b.c1
        let cross = (a.c0 + a.c1) * (b.c0 + b.c1)
        return Quadratic(c0: low - high, c1: cross - low - high)
    }

    static func * (a: Self, b: Curve.Base) -> Self { Quadratic(c0: a.c0 * b, c1: a.c1 * b) }

    var squared: Self {
        Quadratic(c0: (c0 + c1) * (c0 - c1), c1: (c0 * c1).doubled)
    }

    var conjugate: Self { Quadratic(c0: c0, c1: c1.negated) }

    var inverse: Self {
        let norm = (c0.squared + c1.squared).inverse
        return Quadratic(c0: c0 * norm, c1: c1.negated * norm)
    }
}
