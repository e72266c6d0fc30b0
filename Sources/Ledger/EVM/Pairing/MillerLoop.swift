/// The product of the pairings of several pairs of points, before the final power (Miller 2004).
///
/// All pairs go through the loop together: they share its squarings, and the slopes of each step
/// share one inversion (Montgomery's trick), which makes affine coordinates the cheapest.
struct MillerLoop<Curve: PairingCurve> {
    typealias Element = Quadratic<Curve>

    private let points: [AffinePoint<Curve.Base>]
    /// The points of the twist.
    let twisted: [AffinePoint<Element>]
    private var running: [AffinePoint<Element>]
    private(set) var value = Dodecic<Curve>.one

    /// - Parameter pairs: Points in the groups of the right order, none of them infinity.
    init(_ pairs: [(AffinePoint<Curve.Base>, AffinePoint<Element>)]) {
        points = pairs.map(\.0)
        twisted = pairs.map(\.1)
        running = twisted
        for bit in Curve.loopBits {
            value = value.squared
            double()
            if bit { add(twisted) }
        }
        Curve.finish(&self)
    }

    /// Inverts all elements with one inversion; zeros stay zeros.
    private static func invert(_ elements: [Element]) -> [Element] {
        var products: [Element] = []
        var product = Element.one
        for element in elements {
            products.append(product)
            if !element.isZero { product = product * element }
        }
        var inverse = product.inverse
        var result = elements
        for index in elements.indices.reversed() where !elements[index].isZero {
            result[index] = inverse * products[index]
            inverse = inverse * elements[index]
        }
        return result
    }

    private mutating func double() {
        let inverses = Self.invert(running.map(\.y.doubled))
        for index in running.indices {
            let square = running[index].x.squared
            advance(index, slope: (square.doubled + square) * inverses[index], running[index].x)
        }
    }

    /// Adds a point to each of the running ones. In groups of prime order, and with the loop's scalars,
    /// the two are never equal or opposite.
    mutating func add(_ others: [AffinePoint<Element>]) {
        let inverses = Self.invert(zip(running, others).map { $1.x - $0.x })
        for index in running.indices {
            let other = others[index]
            advance(index, slope: (other.y - running[index].y) * inverses[index], other.x)
        }
    }

    private mutating func advance(_ index: Int, slope: Element, _ otherX: Element) {
        let point = running[index]
        value = value * Curve.line(slope: slope, through: point, at: points[index])
        let x = slope.squared - point.x - otherX
        running[index] = AffinePoint(x: x, y: slope * (point.x - x) - point.y)
    }

    mutating func conjugate() { value = value.conjugate }
}

enum Pairing<Curve: PairingCurve> {
    /// Whether the product of the pairings is 1.
    ///
    /// - Parameter pairs: Points in the groups of the right order; `nil` is infinity, whose pairings
    ///   are 1.
    static func isProductOne(
        _ pairs: [(AffinePoint<Curve.Base>?, AffinePoint<Quadratic<Curve>>?)]
    ) -> Bool {
        let finite = pairs.compactMap { pair in pair.0.flatMap { p in pair.1.map { (p, $0) } } }
        if finite.isEmpty { return true }
        let value = MillerLoop<Curve>(finite).value
        // The easy part of the final power: p⁶ − 1, then p² + 1.
        let first = value.conjugate * value.inverse
        let second = first.frobenius.frobenius * first
        return Curve.hardPower(second) == .one
    }
}
