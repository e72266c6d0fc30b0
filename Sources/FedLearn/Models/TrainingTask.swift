/// What an agent trains: its own model, data and way of learning.
///
/// A federation needs nothing else of an agent than changes of a vector of parameters. Equal arguments
/// should give equal bits, or the agent's updates cannot be recomputed by anybody.
public protocol TrainingTask: Sendable {
    /// A stable name for reports.
    var name: String { get }
    /// What the parameters mean; all members of a federation must have the same.
    var layout: ParameterLayout { get }

    /// The parameters before training.
    func initialParameters(seed: UInt64) -> ModelParameters

    /// Learns from the agent's own data.
    ///
    /// - Parameters:
    ///   - parameters: The federation's model at the beginning of the round.
    ///   - round: From 0.
    ///   - seed: For everything random in this round.
    ///   - isCancelled: To be asked now and then.
    /// - Throws: ``TrainingError``.
    mutating func train(
        from parameters: ModelParameters, round: Int, seed: UInt64, isCancelled: () -> Bool
    ) throws(TrainingError) -> TrainingResult

    /// How good parameters are, by the agent's own measure.
    func evaluate(_ parameters: ModelParameters) -> Evaluation
}

/// How good a model is.
public struct Evaluation: Hashable, Codable, Sendable {
    /// The share of examples that are classified correctly, or any score where more is better.
    public let score: Double
    /// The number of examples behind it.
    public let exampleCount: Int

    /// Creates an evaluation.
    public init(score: Double, exampleCount: Int) {
        self.score = score
        self.exampleCount = exampleCount
    }
}

/// Supervised learning of any ``Model`` with any ``Optimiser``.
public struct SupervisedTask<Network: Model, Rule: Optimiser>: TrainingTask {
    /// A stable name for reports.
    public let name: String
    /// The model.
    public let model: Network
    /// What is trained on.
    public let training: Dataset
    /// What the model is judged by.
    public let test: Dataset
    /// Batch size and epochs.
    public let hyperparameters: Hyperparameters
    /// Goes on from round to round.
    public private(set) var optimiser: Rule

    /// Creates a task.
    ///
    /// - Precondition: shapes of model and data agree.
    public init(
        name: String, model: Network, training: Dataset, test: Dataset,
        hyperparameters: Hyperparameters = Hyperparameters(), optimiser: Rule
    ) {
        self.name = name
        self.model = model
        self.training = training
        self.test = test
        self.hyperparameters = hyperparameters
        self.optimiser = optimiser
    }

    /// The model's.
    public var layout: ParameterLayout { model.layout }
    /// The model's.
    public func initialParameters(seed: UInt64) -> ModelParameters {
        model.initialParameters(seed: seed)
    }

    /// Trains on the whole data set; see ``TrainingTask``.
    public mutating func train(
        from parameters: ModelParameters, round: Int, seed: UInt64, isCancelled: () -> Bool
    ) throws(TrainingError) -> TrainingResult {
        try Trainer.train(
            model, from: parameters, on: training, with: hyperparameters, optimiser: &optimiser,
            seed: seed, isCancelled: isCancelled)
    }

    /// The accuracy on the test data.
    public func evaluate(_ parameters: ModelParameters) -> Evaluation {
        Evaluation(
            score: model.accuracy(on: test, at: parameters.values), exampleCount: test.count)
    }
}
