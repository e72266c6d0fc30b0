/// Adds up what has been given away.
public protocol PrivacyAccountant: Sendable {
    /// An account on which nothing stands.
    init()

    /// Adds `count` independent runs of a mechanism.
    ///
    /// - Throws: ``PrivacyError/invalid(_:)`` for a negative count or more than
    ///   ``PrivacyLimits/maximumCompositions``.
    mutating func compose(_ mechanism: SubsampledGaussian, count: Int) throws(PrivacyError)

    /// An ε for which everything together is (ε, `delta`)-differentially private; never too small.
    ///
    /// - Precondition: `delta` lies between 0 and 1, both excluded.
    func epsilon(delta: Double) -> Double
}

extension PrivacyAccountant {
    /// The ε of `count` runs of one mechanism.
    public static func epsilon(
        of mechanism: SubsampledGaussian, count: Int, delta: Double
    ) throws(PrivacyError) -> Double {
        var account = Self()
        try account.compose(mechanism, count: count)
        return account.epsilon(delta: delta)
    }

    /// The least noise multiplier with which `steps` steps stay within (`epsilon`, `delta`), to a
    /// relative precision of 10^-4, rounded up.
    ///
    /// - Throws: ``PrivacyError/invalid(_:)`` when not even a multiplier of 10,000 is enough.
    public static func noiseMultiplier(
        epsilon: Double, delta: Double, samplingRate: Double, steps: Int
    ) throws(PrivacyError) -> Double {
        func isEnough(_ multiplier: Double) throws(PrivacyError) -> Bool {
            let mechanism = try SubsampledGaussian(
                noiseMultiplier: multiplier, samplingRate: samplingRate)
            return try Self.epsilon(of: mechanism, count: steps, delta: delta) <= epsilon
        }
        var high = 1.0
        while !(try isEnough(high)) {
            high *= 2
            guard high <= 10_000 else {
                throw .invalid("no noise makes \(steps) steps (\(epsilon), \(delta))-private")
            }
        }
        var low = high / 2
        while low > 0.05, try isEnough(low) { (low, high) = (max(low / 2, 0.05), low) }
        while high - low > 1e-4 * high {
            let middle = (low + high) / 2
            if try isEnough(middle) { high = middle } else { low = middle }
        }
        return high
    }
}
