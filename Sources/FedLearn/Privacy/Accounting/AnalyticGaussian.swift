/// The Gaussian mechanism without sampling, exactly.
///
/// Source: Balle and Wang 2018, "Improving the Gaussian Mechanism for Differential Privacy", theorem 8:
/// δ(ε) = Φ(s/2σ − εσ/s) − e^ε Φ(−s/2σ − εσ/s) for sensitivity s.
public enum AnalyticGaussian {
    /// The least δ at ε = `epsilon` for noise of deviation `deviation` and sensitivity 1.
    ///
    /// - Precondition: `deviation > 0`.
    public static func delta(epsilon: Double, deviation: Double) -> Double {
        precondition(deviation > 0, "deviation \(deviation)")
        let near = epsilon * deviation - 1 / (2 * deviation)
        let far = epsilon * deviation + 1 / (2 * deviation)
        let second = Elementary.exp(epsilon + NormalTail.logUpper(far))
        return max(NormalTail.upper(near) - second, 0)
    }

    /// The least deviation for (`epsilon`, `delta`) at sensitivity 1, to 12 digits, rounded up.
    ///
    /// - Precondition: `epsilon > 0`, `delta` between 0 and 1.
    public static func deviation(epsilon: Double, delta: Double) -> Double {
        precondition(epsilon > 0 && delta > 0 && delta < 1, "(\(epsilon), \(delta))")
        var high = 1.0
        while Self.delta(epsilon: epsilon, deviation: high) > delta { high *= 2 }
        var low = high / 2
        while Self.delta(epsilon: epsilon, deviation: low) <= delta, low > 0x1p-60 {
            (low, high) = (low / 2, low)
        }
        for _ in 0..<60 where high - low > 1e-13 * high {
            let middle = (low + high) / 2
            if Self.delta(epsilon: epsilon, deviation: middle) > delta {
                low = middle
            } else {
                high = middle
            }
        }
        return high
    }

    /// The least ε at δ = `delta` for noise of deviation `deviation` and sensitivity 1.
    ///
    /// - Precondition: `deviation > 0`, `delta` between 0 and 1.
    public static func epsilon(delta: Double, deviation: Double) -> Double {
        precondition(delta > 0 && delta < 1, "delta \(delta)")
        guard Self.delta(epsilon: 0, deviation: deviation) > delta else { return 0 }
        var high = 1.0
        while Self.delta(epsilon: high, deviation: deviation) > delta { high *= 2 }
        var low = 0.0
        for _ in 0..<80 where high - low > 1e-13 * high {
            let middle = (low + high) / 2
            if Self.delta(epsilon: middle, deviation: deviation) > delta {
                low = middle
            } else {
                high = middle
            }
        }
        return high
    }
}
