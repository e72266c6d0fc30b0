/// Adaptive server steps: every coordinate's step is divided by the size its changes have had.
///
/// Source: Reddi et al. 2021, "Adaptive Federated Optimization", algorithm 2 (FedAdagrad, FedYogi,
/// FedAdam). There is no bias correction in the paper; Flower's FedAdam has one, see ``Variant``.
public struct AdaptiveStep: ServerOptimizer {
    /// How the size of past changes is kept.
    public enum Method: String, Sendable {
        /// The sum of squares.
        case adagrad
        /// A moving average of squares.
        case adam
        /// A moving average that shrinks slowly.
        case yogi
    }

    /// Whose formula.
    public enum Variant: String, Sendable {
        /// The paper's.
        case paper
        /// Flower's: FedAdam's rate times √(1 − β₂ʳ⁺¹) / (1 − β₁ʳ⁺¹) in round r = 1, 2, …
        case flower
    }

    /// How the size of past changes is kept.
    public let method: Method
    /// Whose formula.
    public let variant: Variant
    /// The server's step size.
    public let rate: Double
    /// How much of the previous direction goes on; FedAdagrad has none.
    public let momentum: Double
    /// How much of the previous size goes on.
    public let decay: Double
    /// Added to the size, so that unchanged coordinates do not leap.
    public let adaptivity: Double
    private var direction: [Double] = []
    private var size: [Double] = []
    private var momentumPower: Double
    private var decayPower: Double

    /// Creates the optimiser with the paper's defaults.
    public init(
        _ method: Method, variant: Variant = .paper, rate: Double = 0.1, momentum: Double = 0.9,
        decay: Double = 0.99, adaptivity: Double = 1e-3
    ) {
        self.method = method
        self.variant = variant
        self.rate = rate
        self.momentum = method == .adagrad ? 0 : momentum
        self.decay = decay
        self.adaptivity = adaptivity
        momentumPower = momentum
        decayPower = decay
    }

    /// `fedAdagrad`, `fedAdam` or `fedYogi`.
    public var name: String {
        switch method {
        case .adagrad: "fedAdagrad"
        case .adam: "fedAdam"
        case .yogi: "fedYogi"
        }
    }

    /// `x += rate · m / (√v + τ)`.
    public mutating func step(_ parameters: inout [Float], along aggregate: [Float]) {
        precondition(parameters.count == aggregate.count, "an aggregate of another length")
        if direction.isEmpty {
            direction = [Double](repeating: 0, count: aggregate.count)
            size = direction
        }
        let rate = correctedRate()
        for index in parameters.indices {
            let change = Double(aggregate[index])
            let square = change * change
            direction[index] = momentum * direction[index] + (1 - momentum) * change
            switch method {
            case .adagrad: size[index] = size[index] + square
            case .adam: size[index] = decay * size[index] + (1 - decay) * square
            case .yogi:
                let sign: Double = size[index] > square ? 1 : size[index] < square ? -1 : 0
                size[index] = size[index] - (1 - decay) * square * sign
            }
            let divisor = size[index].squareRoot() + adaptivity
            parameters[index] = Float(
                Double(parameters[index]) + rate * direction[index] / divisor)
        }
    }

    /// Direction, size, and the two powers.
    public var moments: [[Double]] {
        direction.isEmpty ? [] : [direction, size, [momentumPower, decayPower]]
    }

    /// See ``ServerOptimizer``.
    public mutating func resume(_ moments: [[Double]], dimension: Int) -> Bool {
        guard !moments.isEmpty else {
            self = AdaptiveStep(
                method, variant: variant, rate: rate, momentum: momentum, decay: decay,
                adaptivity: adaptivity)
            return true
        }
        guard moments.count == 3, moments[0].count == dimension, moments[1].count == dimension,
            moments[2].count == 2, moments[1].allSatisfy({ $0 >= 0 }),
            moments[2].allSatisfy({ $0 >= 0 && $0 < 1 })
        else { return false }
        (direction, size) = (moments[0], moments[1])
        (momentumPower, decayPower) = (moments[2][0], moments[2][1])
        return true
    }

    /// The powers are kept as products, as no library's `pow` is the same everywhere.
    private mutating func correctedRate() -> Double {
        guard method == .adam, variant == .flower else { return rate }
        momentumPower *= momentum
        decayPower *= decay
        return rate * (1 - decayPower).squareRoot() / (1 - momentumPower)
    }
}
