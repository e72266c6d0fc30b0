/// Learns a start from which new tasks are learned in a few steps.
///
/// Source: Nichol, Achiam and Schulman 2018, "On First-Order Meta-Learning Algorithms", §2: train on
/// each task from θ to φ_i, then θ ← θ + ε (mean φ_i − θ). The outer step is a federated round whose
/// aggregation may be any rule: updates are φ_i − θ.
public struct Reptile: Hashable, Codable, Sendable {
    /// ε₀, the first outer step.
    public let firstStep: Double
    /// *T*, after so many outer steps ε is 0.
    public let stepCount: Int

    /// Creates a schedule.
    ///
    /// - Precondition: `stepCount > 0`.
    public init(firstStep: Double = 1, stepCount: Int) {
        precondition(stepCount > 0, "\(stepCount) outer steps")
        self.firstStep = firstStep
        self.stepCount = stepCount
    }

    /// ε_t = ε₀ (1 − t / T), for t from 0; 0 from *T* on.
    public func stepSize(at step: Int) -> Double {
        firstStep * max(0, 1 - Double(step) / Double(stepCount))
    }

    /// θ + ε_t · `update`, with `update` the aggregate of the tasks' φ_i − θ.
    ///
    /// - Precondition: equal lengths.
    public func apply(_ update: [Float], to parameters: inout [Float], at step: Int) {
        VectorKernels.addScaled(update, by: Float(stepSize(at: step)), to: &parameters)
    }
}
