import FedLearn

/// Federated training on the digits with some Byzantine members, in one process and without a network.
///
/// The last members of the roster are the attackers. Members train side by side on their shares, the
/// attackers answer with everything in view, the rule combines, the model moves.
public struct PoisoningTrial: Sendable {
    /// The setting of the published comparison: 10 members, 3 of them Byzantine, 30 rounds.
    public struct Setting: Hashable, Sendable {
        /// The number of members.
        public var memberCount = 10
        /// How many of them attack.
        public var byzantineCount = 3
        /// The number of rounds.
        public var roundCount = 30
        /// How the training data are shared out.
        public var partition = Partition.iid
        /// What members do in a round.
        public var training = Hyperparameters()
        /// The width of the hidden layer; `nil` for softmax regression.
        public var hiddenWidth: Int? = 64
        /// Decides the shares, the initial model, the order of examples and the attack.
        public var seed: UInt64 = 1

        /// The published setting.
        public init() {}
    }

    private let setting: Setting
    private let model: any Model
    private let shares: [Dataset]
    private let test: Dataset

    /// Prepares data and model.
    ///
    /// - Throws: ``DatasetError``, ``PartitionError``.
    /// - Precondition: fewer attackers than members.
    public init(_ setting: Setting) throws {
        precondition(
            setting.byzantineCount >= 0 && setting.byzantineCount < setting.memberCount,
            "\(setting.byzantineCount) attackers among \(setting.memberCount)")
        self.setting = setting
        let (training, test) = try Digits.load()
        let rows = try setting.partition.shares(
            of: training.labels, memberCount: setting.memberCount, seed: setting.seed)
        shares = rows.map { training.selecting(rows: $0) }
        self.test = test
        let inputs = training.features.columnCount
        if let width = setting.hiddenWidth {
            model = MLP(layerSizes: [inputs, width, training.classCount])
        } else {
            model = SoftmaxRegression(featureCount: inputs, classCount: training.classCount)
        }
    }

    /// Trains with `rule` under `attack`.
    ///
    /// A round in which the rule has no result leaves the model as it is.
    ///
    /// - Parameter observe: Told what happened in each round that had a result.
    /// - Returns: The share of test examples classified correctly after each round, in 0...1.
    /// - Throws: ``TrainingError`` when the surrounding task is cancelled.
    public func run(
        _ rule: any AggregationRule, against attack: any Attack,
        observe: (TrialRound) -> Void = { _ in }
    ) throws -> [Double] {
        var rule = rule
        var generator = SeededGenerator(seeds: setting.seed, 0xA77AC)
        var parameters = model.initialParameters(seed: setting.seed).values
        var previous: [Float] = []
        let honestCount = setting.memberCount - setting.byzantineCount
        let poisoned = shares[honestCount...].map { attack.poison($0) }
        let poisonedData = Array(shares[..<honestCount]) + poisoned
        var accuracies: [Double] = []
        for round in 0..<setting.roundCount {
            let data = attack.poisons(inRound: round) ? poisonedData : shares
            let trained = try data.indices.map { member in
                try train(member, on: data[member], in: round, from: parameters)
            }
            let honest = Array(trained[..<honestCount])
            let forged =
                setting.byzantineCount == 0
                ? []
                : attack.forge(
                    in: AttackScene(
                        round: round, honest: honest, attackers: Array(trained[honestCount...]),
                        previous: previous, toleratedFaults: setting.byzantineCount),
                    using: &generator)
            if let aggregate = try? rule.aggregate(honest + forged, dimension: parameters.count) {
                observe(
                    TrialRound(
                        number: round, sent: honest + forged, previous: previous,
                        aggregate: aggregate))
                rule.remember(aggregate)
                previous = aggregate.values
                VectorKernels.addScaled(aggregate.values, by: 1, to: &parameters)
            }
            accuracies.append(model.accuracy(on: test, at: parameters))
        }
        return accuracies
    }

    private func train(
        _ member: Int, on share: Dataset, in round: Int, from parameters: [Float]
    ) throws -> Contribution {
        var mixer = SeededGenerator(seeds: setting.seed, UInt64(round), UInt64(member))
        let result = try Trainer.train(
            model, from: ModelParameters(layout: model.layout, values: parameters), on: share,
            with: setting.training, seed: mixer.next())
        return Contribution(
            member: member, exampleCount: result.exampleCount, values: result.delta)
    }
}

/// What an onlooker of a ``PoisoningTrial`` sees of a round.
public struct TrialRound: Sendable {
    /// Counted from 0.
    public let number: Int
    /// What all members sent, the attackers last.
    public let sent: [Contribution]
    /// The previous round's result; empty in the first.
    public let previous: [Float]
    /// This round's result.
    public let aggregate: Aggregate
}
