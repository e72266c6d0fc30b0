/// What a member computes: the model, its share of the data and the test rows of a task.
struct TrainingPlan: Sendable {
    let model: any Model
    let share: Dataset
    let test: Dataset
    let hyperparameters: Hyperparameters
    let seed: UInt64
    let member: Int
    let rule: any AggregationRule

    /// The plan of one member of `task`: the digits, shared out as the task says.
    init(task: FederationTask, member: Int) throws {
        let (training, test) = try Digits.load()
        let shares = try task.partition.shares(
            of: training.labels, memberCount: task.members.count, seed: task.seed)
        switch task.model {
        case .softmax:
            model = SoftmaxRegression(
                featureCount: training.features.columnCount, classCount: training.classCount)
        case .mlp:
            model = MLP(layerSizes: [training.features.columnCount, 64, training.classCount])
        }
        share = training.selecting(rows: shares[member])
        self.test = test
        hyperparameters = task.training
        seed = task.seed
        self.member = member
        rule = WeightedMean()
    }

    /// The parameters that every member begins with.
    var initialParameters: [Float] { model.initialParameters(seed: seed).values }

    /// One round's training. The same round and parameters give the same bits again, so that a
    /// member that was restarted repeats its own update.
    func train(
        round: Int, from parameters: [Float], isCancelled: @escaping @Sendable () -> Bool
    ) throws(TrainingError) -> RoundUpdate {
        var mixer = SeededGenerator(seed: seed)
        let roundSeed =
            mixer.next() &+ UInt64(round) &* 0x9e37_79b9_7f4a_7c15
            &+ UInt64(member) &* 0xbf58_476d_1ce4_e5b9
        let result = try Trainer.train(
            model, from: ModelParameters(layout: model.layout, values: parameters), on: share,
            with: hyperparameters, seed: roundSeed, isCancelled: isCancelled)
        return RoundUpdate(
            round: round, member: member, exampleCount: result.exampleCount,
            meanLoss: result.meanLoss, delta: result.delta)
    }

    /// The sum of a round's updates by the task's rule, and whose counted.
    ///
    /// Updates are in the order of the members at every member, so all get the same bits.
    func aggregate(_ updates: [RoundUpdate]) -> (counted: [Int], delta: [Float]?) {
        let contributions = updates.map {
            Contribution(member: $0.member, exampleCount: $0.exampleCount, values: $0.delta)
        }
        do throws(AggregationError) {
            let result = try rule.aggregate(contributions, dimension: model.parameterCount)
            return (result.included, result.values)
        } catch {
            // The same everywhere: the model stays as it was.
            return ([], nil)
        }
    }
}
