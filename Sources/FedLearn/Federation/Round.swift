import PeerKit

import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// The work of one round at one member: training and summing, off the event loops, given up when
/// the round is over.
///
/// What the round decides is ``RoundMachine``'s business; this actor owns what it costs.
actor Round {
    let number: Int
    private let plan: TrainingPlan
    private let executors: any ExecutorProvider
    /// Read by the computation on its own thread. The lock guards one flag.
    private nonisolated let isOver = NIOLockedValueBox(false)

    init(number: Int, plan: TrainingPlan, executors: any ExecutorProvider) {
        self.number = number
        self.plan = plan
        self.executors = executors
    }

    /// This member's update; `nil` when the round was given up meanwhile.
    func train(from parameters: [Float]) async -> RoundUpdate? {
        let (plan, number, isOver) = (plan, number, isOver)
        return try? await executors.compute {
            try plan.train(round: number, from: parameters) { isOver.withLockedValue { $0 } }
        }
    }

    /// The sum of the updates that count.
    func aggregate(_ updates: [RoundUpdate]) async -> (counted: [Int], delta: [Float]?)? {
        let plan = plan
        return try? await executors.compute { plan.aggregate(updates) }
    }

    /// Gives up the training that may be running.
    nonisolated func giveUp() { isOver.withLockedValue { $0 = true } }
}
