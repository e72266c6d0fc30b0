/// A point of `y² = x³ + b`, other than infinity, by its coordinates.
struct AffinePoint<Element: FieldElement>: Equatable, Sendable {
    var x: Element
    var y: Element

    func isOnCurve(b: Element) -> Bool { y.squared == x.squared * x + b }
    var negated: Self { AffinePoint(x: x, y: y.negated) }
}

/// A point of `y² = x³ + b` in Jacobian coordinates: `(x / z², y / z³)`, infinity where z is 0.
struct JacobianPoint<Element: FieldElement>: Equatable, Sendable {
    var x: Element
    var y: Element
    var z: Element

    static var infinity: Self { JacobianPoint(x: .one, y: .one, z: .zero) }
    var isInfinity: Bool { z.isZero }

    init(x: Element, y: Element, z: Element) {
        self.x = x
        self.y = y
        self.z = z
    }

    /// A point, or infinity for `nil`.
    init(_ point: AffinePoint<Element>?) {
        guard let point else {
            self = .infinity
            return
        }
        self.init(x: point.x, y: point.y, z: .one)
    }

    /// The coordinates, or `nil` for infinity.
    var affine: AffinePoint<Element>? {
        if isInfinity { return nil }
        let inverse = z.inverse
        let square = inverse.squared
        return AffinePoint(x: x * square, y: y * square * inverse)
    }

    /// Twice the point (Explicit-Formulas Database, dbl-2009-l).
    var doubled: Self {
        let a = x.squared
        let b = y.squared
        let c = b.squared
        let d = ((x + b).squared - a - c).doubled
        let e = a.doubled + a
        let x3 = e.squared - d.doubled
        return JacobianPoint(
            x: x3, y: e * (d - x3) - c.doubled.doubled.doubled, z: (y * z).doubled)
    }

    /// The sum (Explicit-Formulas Database, add-2007-bl).
    static func + (p: Self, q: Self) -> Self {
        if p.isInfinity { return q }
        if q.isInfinity { return p }
        let z1z1 = p.z.squared
        let z2z2 = q.z.squared
        let u1 = p.x * z2z2
        let u2 = q.x * z1z1
        let s1 = p.y * q.z * z2z2
        let s2 = q.y * p.z * z1z1
        if u1 == u2 { return s1 == s2 ? p.doubled : .infinity }
        let h = u2 - u1
        let i = h.doubled.squared
        let j = h * i
        let r = (s2 - s1).doubled
        let v = u1 * i
        let x3 = r.squared - j - v.doubled
        return JacobianPoint(
            x: x3, y: r * (v - x3) - (s1 * j).doubled,
            z: ((p.z + q.z).squared - z1z1 - z2z2) * h)
    }

    /// The sum with a point whose z is 1 (Explicit-Formulas Database, madd-2007-bl).
    func adding(_ q: AffinePoint<Element>) -> Self {
        if isInfinity { return JacobianPoint(q) }
        let z1z1 = z.squared
        let u2 = q.x * z1z1
        let s2 = q.y * z * z1z1
        if u2 == x { return s2 == y ? doubled : .infinity }
        let h = u2 - x
        let hh = h.squared
        let i = hh.doubled.doubled
        let j = h * i
        let r = (s2 - y).doubled
        let v = x * i
        let x3 = r.squared - j - v.doubled
        return JacobianPoint(
            x: x3, y: r * (v - x3) - (y * j).doubled, z: (z + h).squared - z1z1 - hh)
    }

    var negated: Self { JacobianPoint(x: x, y: y.negated, z: z) }

    /// Whether two forms of a point are of the same one.
    static func == (p: Self, q: Self) -> Bool {
        if p.isInfinity || q.isInfinity { return p.isInfinity == q.isInfinity }
        let (pp, qq) = (p.z.squared, q.z.squared)
        return p.x * qq == q.x * pp && p.y * qq * q.z == q.y * pp * p.z
    }

    /// A multiple by limbs, the least significant first.
    func multiplied(by scalar: [UInt64]) -> Self {
        var result = Self.infinity
        for limb in scalar.reversed() {
            for bit in stride(from: 63, through: 0, by: -1) {
                if !result.isInfinity { result = result.doubled }
                if limb >> UInt64(bit) & 1 != 0 { result = result + self }
            }
        }
        return result
    }
}
