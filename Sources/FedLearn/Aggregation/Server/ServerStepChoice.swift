/// A server optimiser by its name, with the settings that did best on the digits; see
/// ``ServerOptimizer``.
public enum ServerStepChoice: String, Sendable, Hashable, Codable, CaseIterable {
    /// The aggregate is added as it is.
    case plain
    /// Server momentum 0.9.
    case fedAvgM
    /// Adaptive steps, sums of squares.
    case fedAdagrad
    /// Adaptive steps, moving averages.
    case fedAdam
    /// Adaptive steps, averages that shrink slowly.
    case fedYogi
    /// Reptile's outer step, which falls to zero over the task's rounds.
    case reptile

    /// The optimiser before its first round.
    public func optimizer(rounds: Int) -> any ServerOptimizer {
        switch self {
        case .plain: PlainStep()
        case .fedAvgM: FedAvgM()
        case .fedAdagrad: AdaptiveStep(.adagrad)
        case .fedAdam: AdaptiveStep(.adam)
        case .fedYogi: AdaptiveStep(.yogi)
        case .reptile: ReptileStep(initialRate: 1, roundCount: max(1, rounds))
        }
    }
}
