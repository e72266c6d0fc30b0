/// The Gaussian distribution on the integers: P(x) proportional to exp(−x² / 2σ²).
///
/// Sampled by the algorithm of Canonne, Kamath and Steinke 2020, "The Discrete Gaussian for
/// Differential Privacy", algorithms 1 to 3, in integers alone, so that no rounding changes the
/// distribution and equal generators give equal noise on every machine. One sample in 2^183 is drawn
/// anew where an intermediate would leave 128 bits.
///
/// How long a sample takes depends on its value (Jin et al. 2022, "Are we there yet? Timing and
/// floating-point attacks on differential privacy systems"); nobody else should be able to time it.
public struct DiscreteGaussian: Hashable, Sendable {
    /// σ², in squared units of the grid. Noise on a grid of step 2^-f has σ = deviation · 2^f, and
    /// a fractional variance is rounded up, which only adds privacy.
    public let variance: UInt64

    /// ⌊σ⌋ + 1: the scale of the discrete Laplace distribution that samples are rejected from.
    private let scale: UInt64

    /// Creates the distribution.
    ///
    /// - Throws: ``PrivacyError/invalid(_:)`` above ``PrivacyLimits/maximumGridVariance``.
    public init(variance: UInt64) throws(PrivacyError) {
        guard variance <= PrivacyLimits.maximumGridVariance else {
            throw .invalid(
                "grid variance \(variance): at most \(PrivacyLimits.maximumGridVariance)")
        }
        self.variance = variance
        var root = UInt64(Double(variance).squareRoot())
        while root * root > variance { root -= 1 }
        while (root + 1) * (root + 1) <= variance { root += 1 }
        scale = root + 1
    }

    /// One sample.
    ///
    /// - Complexity: about 40 numbers of the generator, on average.
    public func sample(using generator: inout some RandomNumberGenerator) -> Int64 {
        guard variance > 0 else { return 0 }
        let t = UInt128(scale)
        let square = UInt128(variance)
        let denominator = 2 * square * t * t
        while true {
            guard let candidate = laplace(using: &generator) else { continue }
            // (|Y| − σ²/t)² / 2σ² = (|Y| t − σ²)² / (2σ² t²)
            let left = UInt128(candidate.magnitude) * t
            let difference = left > square ? left - square : square - left
            let isAccepted = Self.bernoulliExponential(
                difference * difference, over: denominator, using: &generator)
            if isAccepted { return candidate }
        }
    }

    /// Adds a sample to every value; the sum wraps as a masked sum does.
    public func addNoise(
        to values: inout [Int32], using generator: inout some RandomNumberGenerator
    ) {
        for index in values.indices {
            values[index] &+= Int32(truncatingIfNeeded: sample(using: &generator))
        }
    }

    /// The discrete Laplace distribution of scale ``scale`` (algorithm 2 with s = 1).
    ///
    /// - Returns: `nil` when the attempt is rejected.
    private func laplace(using generator: inout some RandomNumberGenerator) -> Int64? {
        let remainder = Self.integer(below: UInt128(scale), using: &generator)
        guard
            Self.bernoulliExponential(remainder, over: UInt128(scale), using: &generator)
        else { return nil }
        var quotient: UInt64 = 0
        while Self.bernoulliExponential(1, over: 1, using: &generator) {
            quotient += 1
            // |Y| t below 2^63, so that its square fits; reached with probability e^-127.
            guard quotient < 127 else { return nil }
        }
        let magnitude = Int64(UInt64(remainder) + scale * quotient)
        let isNegative = generator.next() & 1 == 1
        if isNegative && magnitude == 0 { return nil }
        return isNegative ? -magnitude : magnitude
    }

    /// True with probability exp(−`numerator`/`denominator`) (algorithm 1).
    static func bernoulliExponential(
        _ numerator: UInt128, over denominator: UInt128,
        using generator: inout some RandomNumberGenerator
    ) -> Bool {
        var (whole, fraction) = numerator.quotientAndRemainder(dividingBy: denominator)
        while whole > 0 {
            guard bernoulliExponentialFraction(1, over: 1, using: &generator) else { return false }
            whole -= 1
        }
        return bernoulliExponentialFraction(fraction, over: denominator, using: &generator)
    }

    private static func bernoulliExponentialFraction(
        _ numerator: UInt128, over denominator: UInt128,
        using generator: inout some RandomNumberGenerator
    ) -> Bool {
        // The first k at which a Bernoulli(γ/k) fails is odd with probability e^-γ.
        var k: UInt128 = 1
        while integer(below: denominator * k, using: &generator) < numerator { k += 1 }
        return k & 1 == 1
    }

    /// A uniform integer below `bound`, by rejection.
    static func integer(
        below bound: UInt128, using generator: inout some RandomNumberGenerator
    ) -> UInt128 {
        let bits = UInt128.bitWidth - (bound - 1).leadingZeroBitCount
        guard bits > 0 else { return 0 }
        let mask = UInt128.max >> UInt128(UInt128.bitWidth - bits)
        while true {
            var value = UInt128(generator.next())
            if bits > 64 { value |= UInt128(generator.next()) << 64 }
            value &= mask
            if value < bound { return value }
        }
    }
}
