/// The training of those tasks that bring their data along: the digits, shared out as the task says.
enum DigitsTraining {
    static func make(_ task: FederationTask, member: Int) throws -> any TrainingTask {
        let (training, test) = try Digits.load()
        let shares = try task.partition.shares(
            of: training.labels, memberCount: task.members.count, seed: task.seed)
        let inputs = training.features.columnCount
        let model: any Model =
            task.model == .softmax
            ? SoftmaxRegression(featureCount: inputs, classCount: training.classCount)
            : MLP(layerSizes: [inputs, 64, training.classCount])
        return make(model, training.selecting(rows: shares[member]), test, task.training)
    }

    private static func make(
        _ model: some Model, _ share: Dataset, _ test: Dataset, _ hyperparameters: Hyperparameters
    ) -> any TrainingTask {
        SupervisedTask(
            name: "digits", model: model, training: share, test: test,
            hyperparameters: hyperparameters,
            optimiser: GradientDescent(learningRate: hyperparameters.learningRate))
    }
}
