/// Moves parameters along gradients.
///
/// Pure arithmetic in a fixed order: equal gradients give equal bits on every machine.
public protocol Optimiser: Sendable {
    /// Takes one step.
    ///
    /// - Parameters:
    ///   - gradient: One value per parameter.
    ///   - parameters: Changed in place.
    /// - Precondition: equal lengths, the same at every step.
    mutating func step(_ gradient: [Float], on parameters: inout [Float])
}

/// Stochastic gradient descent, with momentum if wanted.
///
/// v ← μ v + g + λ w; w ← w − η v (or w − η (g + λ w + μ v) for Nesterov's form), as in PyTorch's `SGD`
/// without dampening.
public struct GradientDescent: Optimiser {
    /// η, the step size.
    public var learningRate: Float
    /// μ, in 0..<1; 0 for none.
    public let momentum: Float
    /// Whether the gradient is taken ahead (Nesterov).
    public let isNesterov: Bool
    /// λ, added to the gradient as λ w.
    public let weightDecay: Float
    private var velocity: [Float] = []

    /// Creates the optimiser.
    public init(
        learningRate: Float, momentum: Float = 0, isNesterov: Bool = false, weightDecay: Float = 0
    ) {
        self.learningRate = learningRate
        self.momentum = momentum
        self.isNesterov = isNesterov
        self.weightDecay = weightDecay
    }

    /// Takes one step; see ``Optimiser``.
    public mutating func step(_ gradient: [Float], on parameters: inout [Float]) {
        guard momentum != 0 || weightDecay != 0 else {
            VectorKernels.addScaled(gradient, by: -learningRate, to: &parameters)
            return
        }
        precondition(gradient.count == parameters.count, "\(gradient.count) values")
        let isFirst = velocity.isEmpty
        if isFirst { velocity = [Float](repeating: 0, count: gradient.count) }
        let (rate, momentum, decay, isNesterov) = (learningRate, momentum, weightDecay, isNesterov)
        velocity.withUnsafeMutableBufferPointer { v in
            parameters.withUnsafeMutableBufferPointer { w in
                gradient.withUnsafeBufferPointer { g in
                    var i = 0
                    while i < g.count {
                        let slope = g[i] + decay * w[i]
                        v[i] = momentum * v[i] + slope
                        let direction = isNesterov ? slope + momentum * v[i] : v[i]
                        w[i] = w[i] - rate * direction
                        i += 1
                    }
                }
            }
        }
    }
}

/// Adaptive moments (Kingma and Ba 2015, "Adam", algorithm 1), and with ``isDecoupled`` AdamW (Loshchilov
/// and Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2).
public struct Adam: Optimiser {
    /// η, the step size.
    public var learningRate: Float
    /// β₁, how long the mean of gradients remembers.
    public let beta1: Float
    /// β₂, how long the mean of their squares remembers.
    public let beta2: Float
    /// ε, added to the root.
    public let epsilon: Float
    /// λ.
    public let weightDecay: Float
    /// Whether parameters decay by themselves (AdamW) rather than through the gradient.
    public let isDecoupled: Bool
    private var mean: [Float] = []
    private var square: [Float] = []
    private var power1: Double = 1
    private var power2: Double = 1

    /// Creates the optimiser; the defaults are the paper's.
    public init(
        learningRate: Float = 0.001, beta1: Float = 0.9, beta2: Float = 0.999,
        epsilon: Float = 1e-8, weightDecay: Float = 0, isDecoupled: Bool = false
    ) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.isDecoupled = isDecoupled
    }

    /// AdamW with PyTorch's defaults.
    public static func decoupled(learningRate: Float = 0.001, weightDecay: Float = 0.01) -> Adam {
        Adam(learningRate: learningRate, weightDecay: weightDecay, isDecoupled: true)
    }

    /// Takes one step; see ``Optimiser``.
    public mutating func step(_ gradient: [Float], on parameters: inout [Float]) {
        precondition(gradient.count == parameters.count, "\(gradient.count) values")
        if mean.isEmpty {
            mean = [Float](repeating: 0, count: gradient.count)
            square = mean
        }
        power1 *= Double(beta1)
        power2 *= Double(beta2)
        let rate = Float(Double(learningRate) / (1 - power1))
        let rootCorrection = Float((1 - power2).squareRoot())
        let coupled = isDecoupled ? 0 : weightDecay
        let shrink = isDecoupled ? 1 - learningRate * weightDecay : 1
        let (beta1, beta2, epsilon) = (beta1, beta2, epsilon)
        mean.withUnsafeMutableBufferPointer { m in
            square.withUnsafeMutableBufferPointer { s in
                parameters.withUnsafeMutableBufferPointer { w in
                    gradient.withUnsafeBufferPointer { g in
                        var i = 0
                        while i < g.count {
                            let slope = g[i] + coupled * w[i]
                            m[i] = beta1 * m[i] + (1 - beta1) * slope
                            s[i] = beta2 * s[i] + (1 - beta2) * (slope * slope)
                            let root = s[i].squareRoot() / rootCorrection + epsilon
                            w[i] = shrink * w[i] - rate * (m[i] / root)
                            i += 1
                        }
                    }
                }
            }
        }
    }
}
