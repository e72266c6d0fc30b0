extension PrivacyLoss {
    /// Normal tails are cut here, in standard deviations: 10^-19 of the probability, which becomes
    /// infinite loss above and is moved up to the lowest grid point below.
    private static let cut = 9.0

    /// The loss of one step of `mechanism`.
    ///
    /// - Throws: ``PrivacyError/invalid(_:)`` when the grid would exceed
    ///   ``PrivacyLimits/maximumLossBins``.
    public init(
        of mechanism: SubsampledGaussian, direction: Direction, interval: Double
    ) throws(PrivacyError) {
        let sigma = mechanism.noiseMultiplier
        // Adding mirrors the loss: −loss falls with x, so the same grid is walked from the other side.
        let (low, high) =
            direction == .removing
            ? (mechanism.loss(at: -Self.cut * sigma), mechanism.loss(at: 1 + Self.cut * sigma))
            : (-mechanism.loss(at: Self.cut * sigma), -mechanism.loss(at: -Self.cut * sigma))
        let first = (low / interval).rounded(.down)
        let last = (high / interval).rounded(.up)
        guard last - first < Double(PrivacyLimits.maximumLossBins) else {
            throw .invalid("loss from \(low) to \(high) in steps of \(interval)")
        }
        let count = Int(last - first) + 1
        var masses = [Double](repeating: 0, count: count)
        let rate = mechanism.samplingRate
        let q = 1 - rate
        // `base` is N(0, σ²), `shifted` N(1, σ²); the mixture is q · base + rate · shifted.
        func point(_ index: Int) -> (base: Tail, shifted: Tail) {
            let loss = (first + Double(index)) * interval
            let x = mechanism.position(ofLoss: direction == .removing ? loss : -loss)
            return (Tail(x / sigma), Tail((x - 1) / sigma))
        }
        var left = point(0)
        // Below the first grid point everything counts as that point.
        let lowest: (base: Double, shifted: Double) =
            direction == .removing
            ? (left.base.below, left.shifted.below) : (left.base.above, left.shifted.above)
        masses[0] =
            direction == .removing ? q * lowest.base + rate * lowest.shifted : lowest.base
        let spread = -NormalTail.expMinusOne(-interval)
        for index in 1..<max(count, 2) where index < count {
            let right = point(index)
            let base = Tail.mass(left.base, right.base)
            let shifted = Tail.mass(left.shifted, right.shifted)
            let mixture = q * base + rate * shifted
            let (true_, other) = direction == .removing ? (mixture, base) : (base, mixture)
            // Both probabilities kept: a + b = P, a e^-ε + b e^-(ε+Δ) = Q.
            let discount = Elementary.exp((first + Double(index - 1)) * interval)
            let upper = min(max((true_ - discount * other) / spread, 0), true_)
            masses[index] += upper
            masses[index - 1] += true_ - upper
            left = right
        }
        let top =
            direction == .removing
            ? q * left.base.above + rate * left.shifted.above : left.base.below
        self.init(
            interval: interval, lowest: Int(first), masses: masses, infiniteMass: max(top, 0))
    }

    /// The normal distribution beyond a point, on the side where it is small.
    private struct Tail {
        let isUpper: Bool
        let value: Double

        init(_ x: Double) {
            isUpper = x >= 0
            value = NormalTail.upper(abs(x))
        }

        var above: Double { isUpper ? value : 1 - value }
        var below: Double { isUpper ? 1 - value : value }

        /// The mass between two points in either order.
        static func mass(_ a: Tail, _ b: Tail) -> Double {
            a.isUpper == b.isUpper ? abs(a.value - b.value) : 1 - a.value - b.value
        }
    }
}
