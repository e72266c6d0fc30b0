/// How much noise each of many clients adds, so that the sum has enough without anybody being trusted
/// to add all of it.
///
/// Of *n* clients at most *f* lie (they may add none, and know what they added) and at most *d* drop
/// out, so the noise of the *h* = *n* − *f* − *d* honest survivors must be enough: each adds variance
/// σ²C²/*h*. When more survive, there is more noise than needed, never less.
///
/// A sum of discrete Gaussians is not one, but so close that it does not matter from a deviation of a
/// few steps on: ``divergence`` is the bound of Kairouz, Liu and Steinke 2021, "The Distributed
/// Discrete Gaussian Mechanism for Federated Learning with Secure Aggregation", theorem 1.
public struct NoiseShare: Hashable, Sendable {
    /// The clients that are counted on, *h*.
    public let honestSurvivors: Int
    /// The noise of one client.
    public let distribution: DiscreteGaussian

    /// Divides noise of `multiplier` · `clip` over the expected honest survivors.
    ///
    /// - Parameters:
    ///   - multiplier: σ: the deviation of the summed noise over the sensitivity.
    ///   - clip: *C*: the Euclidean norm that every client's vector is clipped to.
    ///   - clients: *n*.
    ///   - byzantine: *f*, the clients that may lie.
    ///   - dropouts: *d*, the clients that may vanish after the noise was settled.
    /// - Throws: ``PrivacyError``.
    public init(
        multiplier: Double, clip: Double, clients: Int, byzantine: Int, dropouts: Int,
        grid: FixedPointGrid
    ) throws(PrivacyError) {
        guard multiplier >= 0, clip > 0, (multiplier * clip).isFinite else {
            throw .invalid("noise multiplier \(multiplier) with clip \(clip)")
        }
        guard byzantine >= 0, dropouts >= 0, clients > byzantine, clients - byzantine > dropouts
        else {
            throw .tooManyFaults(
                "of \(clients) clients \(byzantine) may lie and \(dropouts) drop out: nobody is left"
            )
        }
        honestSurvivors = clients - byzantine - dropouts
        let deviation = multiplier * clip * grid.scale
        let variance = (deviation * deviation / Double(honestSurvivors)).rounded(.up)
        guard variance <= Double(PrivacyLimits.maximumGridVariance) else {
            throw .invalid("noise of \(deviation) steps: fewer fraction bits are needed")
        }
        distribution = try DiscreteGaussian(variance: UInt64(variance))
    }

    /// How far the sum of the shares is from a discrete Gaussian, at most (per coordinate, as a
    /// max-divergence): 10 Σ exp(−2π² σ² k/(k+1)) for k = 1 … h − 1.
    public var divergence: Double {
        let factor = -2 * Double.pi * Double.pi * Double(distribution.variance)
        var total = 0.0
        for k in 1..<max(honestSurvivors, 2) where honestSurvivors > 1 {
            total += 10 * Elementary.exp(factor * Double(k) / Double(k + 1))
        }
        return total
    }
}
