/// Maps elements of the fields to points of the groups (RFC 9380, §6.6.3 and §8.8; EIP-2537).
enum BLSMapToCurve {
    private static let a = BLSIsogenies.number(
        "00144698a3b8e9433d693a02c96d4982b0ea985383ee66a8d8e8981aefd881ac"
            + "98936f8da0e0f97f5cf428082d584c1d")
    private static let b = BLSIsogenies.number(
        "12e2908d11688030018b12e8753eee3b2016c1f0f24f4070a0b9c14fcef35ef5"
            + "5a23215a316ceaa5d1cc48e98e172be0")
    private static let twistA = Quadratic<BLS12381>(c0: .zero, c1: BLSBase(small: 240))
    private static let twistB = Quadratic<BLS12381>(
        c0: BLSBase(small: 1012), c1: BLSBase(small: 1012))
    private static let twistZ = Quadratic<BLS12381>(
        c0: BLSBase(small: 2).negated, c1: BLSBase.one.negated)
    /// A point of the first group; `nil` is infinity.
    static func point(_ u: BLSBase) -> AffinePoint<BLSBase>? {
        let mapped = swu(
            u, a: a, b: b, z: BLSBase(small: 11), root: \.squareRoot,
            isOdd: { $0.limbs[0] & 1 != 0 })
        return JacobianPoint(BLSIsogenies.curve.image(of: mapped))
            .multiplied(by: [0xd201_0000_0001_0001]).affine
    }

    /// A point of the second group; `nil` is infinity.
    static func twistedPoint(_ u: Quadratic<BLS12381>) -> AffinePoint<Quadratic<BLS12381>>? {
        let mapped = swu(
            u, a: twistA, b: twistB, z: twistZ, root: \.squareRoot,
            isOdd: { element in
                let real = element.c0.limbs
                return real.allSatisfy { $0 == 0 }
                    ? element.c1.limbs[0] & 1 != 0 : real[0] & 1 != 0
            })
        return clearCofactor(JacobianPoint(BLSIsogenies.twist.image(of: mapped))).affine
    }

    /// The simplified map of Shallue, van de Woestijne and Ulas (RFC 9380, §6.6.2).
    private static func swu<Element: FieldElement>(
        _ u: Element, a: Element, b: Element, z: Element, root: (Element) -> Element?,
        isOdd: (Element) -> Bool
    ) -> AffinePoint<Element> {
        let zu2 = z * u.squared
        let sum = zu2.squared + zu2
        let quotient = b.negated * a.inverse
        var x =
            sum.isZero ? b * (z * a).inverse : quotient * (Element.one + sum.inverse)
        func right(_ x: Element) -> Element { (x.squared + a) * x + b }
        var y = root(right(x))
        if y == nil {
            x = zu2 * x
            y = root(right(x))
        }
        // One of the two is a square, as the map's construction has it.
        var result = y ?? .zero
        if isOdd(u) != isOdd(result) { result = result.negated }
        return AffinePoint(x: x, y: result)
    }

    /// The effective cofactor's multiple by ψ, the untwisted power of p (Budroni, Pintore 2017; RFC
    /// 9380, appendix G.3): `(x² − x − 1) P + (x − 1) ψ(P) + ψ²(2P)`.
    private static func clearCofactor(
        _ point: JacobianPoint<Quadratic<BLS12381>>
    ) -> JacobianPoint<Quadratic<BLS12381>> {
        typealias Point = JacobianPoint<Quadratic<BLS12381>>
        /// The parameter's multiple; it is negative.
        func x(_ p: Point) -> Point { p.multiplied(by: [BLS12381.parameter]).negated }
        let once = x(point)
        let twice = x(once)
        let first = twice + once.negated + point.negated
        let second = psi(once + point.negated)
        return first + second + psi(psi(point.doubled))
    }

    /// ψ, the p-th power of the point that a point of the twist stands for.
    static func psi(
        _ point: JacobianPoint<Quadratic<BLS12381>>
    ) -> JacobianPoint<Quadratic<BLS12381>> {
        JacobianPoint(
            x: point.x.conjugate * psiX, y: point.y.conjugate * psiY, z: point.z.conjugate)
    }

    /// `1 / ξ^((p − 1) / 3)`
    private static let psiX = BLS12381.frobenius[2].inverse
    /// `1 / ξ^((p − 1) / 2)`
    private static let psiY = BLS12381.frobenius[3].inverse
}

extension Quadratic {
    /// A square root, for a base field whose modulus is 3 modulo 4; `nil` for an element without
    /// (Adj, Rodríguez-Henríquez 2012, algorithm 9).
    var squareRoot: Self? {
        if isZero { return self }
        let a1 = raised(to: Curve.Base.shiftedModulus(adding: -3, by: 2))
        let x0 = a1 * self
        let alpha = a1 * x0
        let root: Self
        if alpha == Self.one.negated {
            root = Quadratic(c0: x0.c1.negated, c1: x0.c0)
        } else {
            let half = (Self.one + alpha).raised(to: Curve.Base.shiftedModulus(adding: -1, by: 1))
            root = half * x0
        }
        return root.squared == self ? root : nil
    }
}
