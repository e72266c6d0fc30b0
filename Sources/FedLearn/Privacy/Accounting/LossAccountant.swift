import Collections

/// Accounts in whole distributions of the privacy loss: the tightest, at the cost of transforms.
///
/// Both directions of neighbouring (a client more, a client less) are composed, and the larger ε
/// counts.
public struct LossAccountant: PrivacyAccountant {
    private var counts: OrderedDictionary<SubsampledGaussian, Int> = [:]

    /// An empty account.
    public init() {}

    /// Adds `count` runs of a mechanism; see ``PrivacyAccountant``.
    public mutating func compose(
        _ mechanism: SubsampledGaussian, count: Int
    ) throws(PrivacyError) {
        let total = counts.values.reduce(0, +)
        guard count >= 0, count <= PrivacyLimits.maximumCompositions - total else {
            throw .invalid(
                "\(count) compositions: at most \(PrivacyLimits.maximumCompositions) in all")
        }
        // The grid is computed now, so that `epsilon` cannot fail.
        _ = try PrivacyLoss(
            of: mechanism, direction: .removing, interval: Self.interval(for: mechanism))
        counts[mechanism, default: 0] += count
    }

    /// The larger ε of both directions; infinity when the composition is too wide to compute.
    public func epsilon(delta: Double) -> Double {
        precondition(delta > 0 && delta < 1, "delta \(delta)")
        return losses().map { $0?.epsilon(delta: delta) ?? .infinity }.max() ?? 0
    }

    /// The larger δ of both directions at ε = `epsilon`.
    public func delta(epsilon: Double) -> Double {
        losses().map { $0?.delta(epsilon: epsilon) ?? 1 }.max() ?? 0
    }

    /// The composed loss in each direction; `nil` for one too wide.
    public func losses() -> [PrivacyLoss?] {
        let parts = counts.filter { $0.value > 0 }
        guard !parts.isEmpty else { return [] }
        let interval = parts.keys.map { Self.interval(for: $0) }.min() ?? Self.widestInterval
        return PrivacyLoss.Direction.allCases.map { direction in
            var composed: [(PrivacyLoss, Int)] = []
            for (mechanism, count) in parts {
                guard
                    let loss = try? PrivacyLoss(
                        of: mechanism, direction: direction, interval: interval)
                else { return nil }
                composed.append((loss, count))
            }
            return try? PrivacyLoss.composition(composed)
        }
    }

    /// At this interval ε of one step is exact to about 10^-4.
    static let widestInterval = 2e-3

    /// A twentieth of the loss' standard deviation: connecting the dots then adds 4 parts in 10,000 to
    /// the variance.
    static func interval(for mechanism: SubsampledGaussian) -> Double {
        let deviation = lossDeviation(of: mechanism)
        // Powers of two, so that different mechanisms meet on one grid.
        var interval = widestInterval
        while interval > deviation / 20 && interval > 1e-7 { interval /= 2 }
        return interval
    }

    /// The standard deviation of the loss under N(0, σ²), by the trapezoidal rule.
    private static func lossDeviation(of mechanism: SubsampledGaussian) -> Double {
        let sigma = mechanism.noiseMultiplier
        var total = 0.0
        var first = 0.0
        var second = 0.0
        for step in -48...48 {
            let z = Double(step) / 8
            let weight = Elementary.exp(-z * z / 2)
            let loss = mechanism.loss(at: z * sigma)
            total += weight
            first += weight * loss
            second += weight * loss * loss
        }
        let mean = first / total
        return max(second / total - mean * mean, 0).squareRoot()
    }
}
