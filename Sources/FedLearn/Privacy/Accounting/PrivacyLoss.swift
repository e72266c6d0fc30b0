/// The distribution of a mechanism's privacy loss, on a grid of multiples of ``interval``.
///
/// Each bucket between two grid points is replaced by masses on both of them such that the bucket
/// keeps its probability under the true and under the neighbouring input ("connect the dots":
/// Doroshenko, Ghazi, Kamath, Kumar and Manurangsi 2022). The discrete loss dominates the true one, so
/// no ε is too small, and its error shrinks with the square of the interval.
public struct PrivacyLoss: Sendable {
    /// Which of two neighbours is the true one.
    public enum Direction: Sendable, CaseIterable {
        /// The true input has one client more.
        case removing
        /// The true input has one client less.
        case adding
    }

    /// The step of the grid.
    public let interval: Double
    /// The loss of ``masses``' first element, in steps.
    let lowest: Int
    /// Probabilities of `lowest * interval`, `(lowest + 1) * interval`, …
    let masses: [Double]
    /// The probability of an infinite loss: what was cut off.
    let infiniteMass: Double

    init(interval: Double, lowest: Int, masses: [Double], infiniteMass: Double) {
        self.interval = interval
        self.lowest = lowest
        self.masses = masses
        self.infiniteMass = infiniteMass
    }

    /// The least δ at which the loss permits `epsilon`.
    public func delta(epsilon: Double) -> Double {
        var total = infiniteMass
        for (index, mass) in masses.enumerated() where mass > 0 {
            let loss = Double(lowest + index) * interval
            guard loss > epsilon else { continue }
            total -= mass * NormalTail.expMinusOne(epsilon - loss)
        }
        return min(total, 1)
    }

    /// The least ε >= 0 with ``delta(epsilon:)`` at most `delta`; infinity where too much was cut off.
    public func epsilon(delta: Double) -> Double {
        guard infiniteMass <= delta else { return .infinity }
        // From the top: δ(ε) = above − e^ε · discounted between two grid points.
        var above = infiniteMass
        var discounted = 0.0
        var index = masses.count - 1
        while index >= 0 {
            let loss = Double(lowest + index) * interval
            guard loss > 0 else { break }
            if above - Elementary.exp(loss) * discounted > delta { break }
            above += masses[index]
            discounted += masses[index] * Elementary.exp(-loss)
            index -= 1
        }
        guard above > delta, discounted > 0 else { return 0 }
        return max(Elementary.log((above - delta) / discounted), 0)
    }
}
