/// A clipping bound that follows a quantile of the clients' norms.
///
/// Source: Andrew, Thakkar, McMahan and Ramaswamy 2021, "Differentially Private Learning with
/// Adaptive Clipping", §2: C ← C · exp(−η (b − γ)) with b the (noised) share of norms below C.
///
/// The share itself tells something about the clients. With ``countDeviation`` > 0 noise is added to
/// the count; its cost is a Gaussian mechanism of sensitivity 1/2 (of which the counts are centred).
public struct AdaptiveClipping: Hashable, Codable, Sendable {
    /// The present bound *C*.
    public private(set) var bound: Double
    /// The quantile γ that *C* moves to, in 0...1.
    public let quantile: Double
    /// The step size η.
    public let learningRate: Double
    /// The standard deviation of the noise on the count of norms below *C*.
    public let countDeviation: Double

    /// Creates the rule; defaults are those of the paper.
    ///
    /// - Throws: ``PrivacyError/invalid(_:)``.
    public init(
        bound: Double = 0.1, quantile: Double = 0.5, learningRate: Double = 0.2,
        countDeviation: Double = 0
    ) throws(PrivacyError) {
        guard bound > 0, bound < .infinity else {
            throw .invalid("clipping bound \(bound): expected a positive finite number")
        }
        guard (0...1).contains(quantile) else {
            throw .invalid("quantile \(quantile): expected 0 to 1")
        }
        guard learningRate > 0, learningRate <= 10 else {
            throw .invalid("learning rate \(learningRate): expected above 0, at most 10")
        }
        guard countDeviation >= 0, countDeviation < .infinity else {
            throw .invalid("deviation \(countDeviation): expected 0 or more")
        }
        self.bound = bound
        self.quantile = quantile
        self.learningRate = learningRate
        self.countDeviation = countDeviation
    }

    /// The share of `norms` at or below the bound.
    public func fractionBelow(_ norms: [Double]) -> Double {
        guard !norms.isEmpty else { return quantile }
        return Double(norms.count { $0 <= bound }) / Double(norms.count)
    }

    /// Moves the bound after a round with these norms; without norms it stays.
    public mutating func update(
        norms: [Double], using generator: inout some RandomNumberGenerator
    ) {
        guard !norms.isEmpty else { return }
        var fraction = fractionBelow(norms)
        if countDeviation > 0 {
            fraction +=
                countDeviation * GaussianSampler.next(using: &generator) / Double(norms.count)
        }
        update(fractionBelow: fraction)
    }

    /// Moves the bound by a share that was counted, and perhaps noised, elsewhere.
    public mutating func update(fractionBelow fraction: Double) {
        let moved = bound * Elementary.exp(-learningRate * (fraction - quantile))
        // Held within what a Float can scale by, so that no sequence of shares ends at 0 or infinity.
        bound = min(max(moved, 0x1p-100), 0x1p100)
    }
}
