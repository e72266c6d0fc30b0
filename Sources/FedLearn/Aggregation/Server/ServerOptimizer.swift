/// Turns a round's aggregate into the model's next parameters.
///
/// The aggregate is treated as a negative gradient (Reddi et al. 2021, "Adaptive Federated
/// Optimization"), so that momentum and adaptive step sizes work across rounds. The state is replicated:
/// members who saw the same aggregates hold the same bits. Only operations that IEEE 754 rounds
/// correctly are used, in a fixed order.
public protocol ServerOptimizer: Sendable {
    /// A stable name for task definitions and reports.
    var name: String { get }

    /// Moves `parameters`.
    ///
    /// - Parameter aggregate: The combined update; as long as `parameters`, in every call alike.
    mutating func step(_ parameters: inout [Float], along aggregate: [Float])

    /// What goes on from round to round, in an order of the optimiser's own: part of the state that
    /// members share and hand to those who were away. Empty when there is nothing.
    var moments: [[Double]] { get }

    /// Goes on from the moments of another, which had the same settings.
    ///
    /// - Returns: False, and nothing is changed, for moments that no optimiser of the kind has.
    mutating func resume(_ moments: [[Double]], dimension: Int) -> Bool
}

extension ServerOptimizer {
    /// None.
    public var moments: [[Double]] { [] }
    /// Nothing to go on from.
    public mutating func resume(_ moments: [[Double]], dimension: Int) -> Bool { moments.isEmpty }
}

/// Adds the aggregate as it is, times a rate.
public struct PlainStep: ServerOptimizer {
    /// How much of the aggregate is added.
    public let rate: Float

    /// Creates the optimiser.
    public init(rate: Float = 1) { self.rate = rate }

    /// `plain`.
    public var name: String { "plain" }

    /// `x += rate · Δ`.
    public mutating func step(_ parameters: inout [Float], along aggregate: [Float]) {
        VectorKernels.addScaled(aggregate, by: rate, to: &parameters)
    }
}

/// Server momentum.
///
/// Source: Hsu, Qi and Brown 2019, "Measuring the Effects of Non-Identical Data Distribution", §4
/// (FedAvgM).
public struct FedAvgM: ServerOptimizer {
    /// The server's step size.
    public let rate: Double
    /// How much of the previous step goes on.
    public let momentum: Double
    private var velocity: [Double] = []

    /// Creates the optimiser.
    public init(rate: Double = 1, momentum: Double = 0.9) {
        self.rate = rate
        self.momentum = momentum
    }

    /// `fedAvgM`.
    public var name: String { "fedAvgM" }

    /// `v = momentum · v + Δ`, `x += rate · v`.
    public mutating func step(_ parameters: inout [Float], along aggregate: [Float]) {
        precondition(parameters.count == aggregate.count, "an aggregate of another length")
        if velocity.isEmpty { velocity = [Double](repeating: 0, count: aggregate.count) }
        for index in parameters.indices {
            velocity[index] = momentum * velocity[index] + Double(aggregate[index])
            parameters[index] = Float(Double(parameters[index]) + rate * velocity[index])
        }
    }

    /// The velocity.
    public var moments: [[Double]] { velocity.isEmpty ? [] : [velocity] }

    /// See ``ServerOptimizer``.
    public mutating func resume(_ moments: [[Double]], dimension: Int) -> Bool {
        guard moments.count <= 1, moments.allSatisfy({ $0.count == dimension }) else {
            return false
        }
        velocity = moments.first ?? []
        return true
    }
}

/// Reptile's outer step: part of the way to the mean of the members' results, less in each round.
///
/// Source: Nichol, Achiam and Schulman 2018, "On First-Order Meta-Learning Algorithms", §2.
public struct ReptileStep: ServerOptimizer {
    /// The part in the first round.
    public let initialRate: Double
    /// Rounds until the part has fallen to zero.
    public let roundCount: Int
    private var round = 0

    /// Creates the optimiser.
    ///
    /// - Precondition: `roundCount > 0`.
    public init(initialRate: Double, roundCount: Int) {
        precondition(roundCount > 0, "\(roundCount) rounds")
        self.initialRate = initialRate
        self.roundCount = roundCount
    }

    /// `reptile`.
    public var name: String { "reptile" }

    /// The part of the aggregate that the next step takes.
    public var rate: Double {
        max(0, initialRate * (1 - Double(round) / Double(roundCount)))
    }

    /// `x += rate · Δ`, and the rate falls.
    public mutating func step(_ parameters: inout [Float], along aggregate: [Float]) {
        precondition(parameters.count == aggregate.count, "an aggregate of another length")
        let rate = rate
        for index in parameters.indices {
            parameters[index] = Float(Double(parameters[index]) + rate * Double(aggregate[index]))
        }
        round += 1
    }

    /// The number of rounds so far.
    public var moments: [[Double]] { round == 0 ? [] : [[Double(round)]] }

    /// See ``ServerOptimizer``.
    public mutating func resume(_ moments: [[Double]], dimension: Int) -> Bool {
        guard moments.count <= 1 else { return false }
        guard let first = moments.first else {
            round = 0
            return true
        }
        guard first.count == 1, let count = Int(exactly: first[0]),
            (1...RoundLimits.maximumRounds).contains(count)
        else { return false }
        round = count
        return true
    }
}
