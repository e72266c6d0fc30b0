import PeerKit

import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// The work of one round at one member: training and combining, off the event loops, given up when
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

    /// This member's update, and its plan after it.
    ///
    /// - Throws: what the training throws; ``TrainingError/cancelled`` when the round was given up.
    func train(from parameters: [Float]) async throws -> (update: RoundUpdate, plan: TrainingPlan) {
        let (plan, number, isOver) = (plan, number, isOver)
        return try await executors.compute {
            var plan = plan
            let update = try plan.train(round: number, from: parameters) {
                isOver.withLockedValue { $0 }
            }
            return (update, plan)
        }
    }

    /// The end of the round, from the updates that count.
    func complete(_ updates: [RoundUpdate], from model: SharedModel) async throws -> RoundOutcome {
        let (plan, number) = (plan, number)
        return try await executors.compute {
            try plan.complete(round: number, updates, from: model)
        }
    }

    /// Gives up the training that may be running.
    nonisolated func giveUp() { isOver.withLockedValue { $0 = true } }
}
