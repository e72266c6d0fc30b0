/// What a member does with its share of the data in one round.
public struct Hyperparameters: Hashable, Codable, Sendable {
    /// Step size of stochastic gradient descent.
    public var learningRate: Float
    /// Examples per step; the last step of an epoch may have fewer.
    public var batchSize: Int
    /// Passes over the member's share per round.
    public var localEpochs: Int

    /// Creates hyper-parameters; the defaults suit the 64-64-10 perceptron on the digits.
    public init(learningRate: Float = 0.1, batchSize: Int = 16, localEpochs: Int = 2) {
        self.learningRate = learningRate
        self.batchSize = batchSize
        self.localEpochs = localEpochs
    }
}

/// What local training gives: the change of the parameters, never the data.
public struct TrainingResult: Equatable, Sendable {
    /// New parameters minus old, one value per parameter.
    public let delta: [Float]
    /// The number of distinct examples trained on: the update's weight in the mean.
    public let exampleCount: Int
    /// The mean loss per example over the last epoch, in nats, measured while training.
    public let meanLoss: Float

    /// Creates a result.
    public init(delta: [Float], exampleCount: Int, meanLoss: Float) {
        self.delta = delta
        self.exampleCount = exampleCount
        self.meanLoss = meanLoss
    }
}

/// Why training ended early.
public enum TrainingError: Error, Equatable, Sendable {
    /// The surrounding task was cancelled between two batches.
    case cancelled
    /// There is nothing to train on.
    case emptyDataset
}

/// Stochastic gradient descent as a pure function.
public enum Trainer {
    /// Trains on `dataset` from `parameters`; equal arguments give equal bits on every machine.
    ///
    /// - Parameters:
    ///   - proximalTerm: How strongly the parameters are drawn back to where they were: FedProx's μ (Li et
    ///     al. 2020, "Federated Optimization in Heterogeneous Networks", §3.2). 0 is plain FedAvg.
    ///   - seed: Decides the order of the examples, anew in each epoch.
    ///   - isCancelled: Asked before every batch; by default whether the current task is cancelled.
    /// - Throws: ``TrainingError``.
    /// - Precondition: batch size and epochs are positive, shapes of model and data agree.
    public static func train(
        _ model: some Model, from parameters: ModelParameters, on dataset: Dataset,
        with hyperparameters: Hyperparameters, proximalTerm: Float = 0, seed: UInt64,
        isCancelled: () -> Bool = { Task.isCancelled }
    ) throws(TrainingError) -> TrainingResult {
        var optimiser = GradientDescent(learningRate: hyperparameters.learningRate)
        return try train(
            model, from: parameters, on: dataset, with: hyperparameters,
            proximalTerm: proximalTerm, optimiser: &optimiser, seed: seed,
            isCancelled: isCancelled)
    }

    /// As ``train(_:from:on:with:proximalTerm:seed:isCancelled:)``, with an optimiser of the caller's,
    /// whose state goes on from one call to the next. The hyper-parameters' learning rate does not
    /// count.
    public static func train(
        _ model: some Model, from parameters: ModelParameters, on dataset: Dataset,
        with hyperparameters: Hyperparameters, proximalTerm: Float = 0,
        optimiser: inout some Optimiser, seed: UInt64,
        isCancelled: () -> Bool = { Task.isCancelled }
    ) throws(TrainingError) -> TrainingResult {
        guard dataset.count > 0 else { throw .emptyDataset }
        precondition(
            hyperparameters.batchSize > 0 && hyperparameters.localEpochs > 0,
            "batch size \(hyperparameters.batchSize), epochs \(hyperparameters.localEpochs)")
        var generator = SeededGenerator(seed: seed)
        var values = parameters.values
        var gradient = [Float](repeating: 0, count: values.count)
        var workspace = ModelWorkspace()
        var batch = Batch()
        var order = Array(0..<dataset.count)
        var meanLoss: Float = 0
        for _ in 0..<hyperparameters.localEpochs {
            generator.shuffle(&order)
            var loss: Float = 0
            var start = 0
            while start < order.count {
                if isCancelled() { throw .cancelled }
                let end = min(order.count, start + hyperparameters.batchSize)
                batch.fill(from: dataset, rows: order[start..<end])
                let batchLoss = model.lossAndGradient(
                    of: batch, at: values, into: &gradient, using: &workspace)
                loss = loss + batchLoss * Float(batch.count)
                if proximalTerm != 0 {
                    VectorKernels.addScaled(values, by: proximalTerm, to: &gradient)
                    VectorKernels.addScaled(parameters.values, by: -proximalTerm, to: &gradient)
                }
                optimiser.step(gradient, on: &values)
                start = end
            }
            meanLoss = loss / Float(dataset.count)
        }
        return TrainingResult(
            delta: VectorKernels.difference(values, parameters.values),
            exampleCount: dataset.count, meanLoss: meanLoss)
    }
}
