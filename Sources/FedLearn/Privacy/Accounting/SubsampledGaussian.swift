/// One step of a Gaussian mechanism on a random sample: every client (or example) takes part with
/// probability `samplingRate`, contributes a vector of norm at most *C*, and noise of deviation
/// `noiseMultiplier` · *C* is added to the sum.
///
/// Neighbouring inputs differ by one client added or removed.
public struct SubsampledGaussian: Hashable, Codable, Sendable {
    /// σ, the noise's standard deviation over the sensitivity; positive.
    public let noiseMultiplier: Double
    /// *q*, the probability of taking part, above 0, at most 1.
    public let samplingRate: Double

    /// Creates a mechanism.
    ///
    /// - Throws: ``PrivacyError/invalid(_:)``.
    public init(noiseMultiplier: Double, samplingRate: Double = 1) throws(PrivacyError) {
        guard noiseMultiplier >= 0.05, noiseMultiplier <= 1e6 else {
            throw .invalid("noise multiplier \(noiseMultiplier): expected 0.05 to 1,000,000")
        }
        guard samplingRate > 1e-9, samplingRate <= 1 else {
            throw .invalid("sampling rate \(samplingRate): expected above 10^-9, at most 1")
        }
        self.noiseMultiplier = noiseMultiplier
        self.samplingRate = samplingRate
    }

    /// The Rényi divergence of order `order` of one step.
    ///
    /// Source: Mironov, Talwar and Zhang 2019, "Rényi Differential Privacy of the Sampled Gaussian
    /// Mechanism", §3.3; of the two directions of the divergence, theirs is the larger. Whole orders
    /// are a finite sum; for others the integral is evaluated, not the alternating series, in which
    /// small results cancel away.
    ///
    /// - Precondition: `order > 1`.
    public func renyiDivergence(order: Double) -> Double {
        precondition(order > 1, "order \(order)")
        guard samplingRate < 1 else {
            return order / (2 * noiseMultiplier * noiseMultiplier)
        }
        let logMoment =
            order == order.rounded() ? logMoment(wholeOrder: order) : logMoment(order: order)
        return max(logMoment, 0) / (order - 1)
    }

    /// ln Σ C(α, k) (1 − q)^(α−k) q^k exp(k (k − 1) / 2σ²). Since the weights sum to 1, only the
    /// excess of the exponentials over 1 is added up, which keeps small moments exact.
    private func logMoment(wholeOrder order: Double) -> Double {
        let logKept = NormalTail.logOnePlus(-samplingRate)
        let logSampled = Elementary.log(samplingRate)
        var logBinomial = 0.0
        var terms: [Double] = []
        var k = 1.0
        while k <= order {
            logBinomial += Elementary.log((order - k + 1) / k)
            let growth = k * (k - 1) / (2 * noiseMultiplier * noiseMultiplier)
            if growth > 0 {
                let logExcess =
                    growth > 40 ? growth : Elementary.log(NormalTail.expMinusOne(growth))
                terms.append(logBinomial + (order - k) * logKept + k * logSampled + logExcess)
            }
            k += 1
        }
        let largest = terms.max() ?? 0
        let sum = terms.reduce(0) { $0 + Elementary.exp($1 - largest) }
        let logExcess = largest + Elementary.log(sum)
        return logExcess > 40 ? logExcess : NormalTail.logOnePlus(Elementary.exp(logExcess))
    }

    /// ln E[r^α] with r the ratio of the densities, by the trapezoidal rule, which converges
    /// exponentially here. As E[r] = 1, the excess r^α − 1 − α (r − 1) ≥ 0 is integrated.
    private func logMoment(order: Double) -> Double {
        let sigma = noiseMultiplier
        let variance = sigma * sigma
        let step = sigma / 8
        // Beyond, both the density and the density times r^α are below 10^-31 of the integral.
        let upper = max(order, 1) + 12 * sigma
        var x = -12 * sigma
        var sum = 0.0
        // Integrated relative to the largest term, which lies beyond Double's range for high orders.
        var scale = 0.0
        while x <= upper {
            let logDensity = -x * x / (2 * variance)
            let excess = samplingRate * NormalTail.expMinusOne((2 * x - 1) / (2 * variance))
            let logRatio = logRatio(at: x, excess: excess)
            let power = order * logRatio
            let logTerm: Double
            if power > 40 {
                logTerm = power + logDensity
            } else {
                let value = NormalTail.expMinusOne(power) - order * excess
                logTerm = value > 0 ? Elementary.log(value) + logDensity : -.infinity
            }
            if logTerm > scale + 600 {
                sum *= Elementary.exp(scale - logTerm)
                scale = logTerm
            }
            sum += Elementary.exp(logTerm - scale)
            x += step
        }
        let logExcess =
            scale + Elementary.log(sum * step / (sigma * (2 * Double.pi).squareRoot()))
        return logExcess > 40 ? logExcess : NormalTail.logOnePlus(Elementary.exp(logExcess))
    }

    /// ln(1 − q + q e^((2x−1)/2σ²)): the loss at `x` when the mixture is the true distribution.
    private func logRatio(at x: Double, excess: Double) -> Double {
        let exponent = (2 * x - 1) / (2 * noiseMultiplier * noiseMultiplier)
        guard exponent < 600 else { return exponent + Elementary.log(samplingRate) }
        return NormalTail.logOnePlus(excess)
    }

    /// ln(1 − q + q e^((2x−1)/2σ²)).
    func loss(at x: Double) -> Double {
        let exponent = (2 * x - 1) / (2 * noiseMultiplier * noiseMultiplier)
        let excess = exponent < 600 ? samplingRate * NormalTail.expMinusOne(exponent) : 0
        return logRatio(at: x, excess: excess)
    }

    /// Where ``loss(at:)`` is `loss`; −infinity at and below its infimum ln(1 − q).
    func position(ofLoss loss: Double) -> Double {
        let variance = noiseMultiplier * noiseMultiplier
        let ratio = NormalTail.expMinusOne(loss) / samplingRate
        guard ratio > -1 else { return -.infinity }
        return 0.5 + variance * NormalTail.logOnePlus(ratio)
    }
}
