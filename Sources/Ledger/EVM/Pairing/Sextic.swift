/// `c0 + c1 v + c2 v²` with `v³ = ξ`, over the quadratic field.
struct Sextic<Curve: PairingCurve>: FieldElement {
    typealias Element = Quadratic<Curve>
    var c0: Element
    var c1: Element
    var c2: Element

    static var zero: Self { Sextic(c0: .zero, c1: .zero, c2: .zero) }
    static var one: Self { Sextic(c0: .one, c1: .zero, c2: .zero) }

    static func + (a: Self, b: Self) -> Self {
        Sextic(c0: a.c0 + b.c0, c1: a.c1 + b.c1, c2: a.c2 + b.c2)
    }

    static func - (a: Self, b: Self) -> Self {
        Sextic(c0: a.c0 - b.c0, c1: a.c1 - b.c1, c2: a.c2 - b.c2)
    }

    /// Karatsuba (Devegili, Ó hÉigeartaigh, Scott, Dahab 2006, §4).
    static func * (a: Self, b: Self) -> Self {
        let p0 = a.c0 * b.c0
        let p1 = a.c1 * b.c1
        let p2 = a.c2 * b.c2
        let x12 = (a.c1 + a.c2) * (b.c1 + b.c2) - p1 - p2
        let x01 = (a.c0 + a.c1) * (b.c0 + b.c1) - p0 - p1
        let x02 = (a.c0 + a.c2) * (b.c0 + b.c2) - p0 - p2
        return Sextic(
            c0: p0 + Curve.timesNonresidue(x12), c1: x01 + Curve.timesNonresidue(p2), c2: x02 + p1)
    }

    var squared: Self { self * self }

    /// `self · v`.
    var timesV: Self { Sextic(c0: Curve.timesNonresidue(c2), c1: c0, c2: c1) }

    var inverse: Self {
        let t0 = c0.squared - Curve.timesNonresidue(c1 * c2)
        let t1 = Curve.timesNonresidue(c2.squared) - c0 * c1
        let t2 = c1.squared - c0 * c2
        let norm = c0 * t0 + Curve.timesNonresidue(c2 * t1 + c1 * t2)
        let scale = norm.inverse
        return Sextic(c0: t0 * scale, c1: t1 * scale, c2: t2 * scale)
    }
}
