import FoundationEssentials

/// What members train together: the definition that all of them share.
///
/// Members are named by their peer IDs; where they are is found out by discovery. Two members that
/// differ in any field have different task IDs and do not hear each other.
public struct FederationTask: Sendable, Hashable, Codable {
    /// Which model is trained.
    public enum ModelKind: String, Sendable, Hashable, Codable, CaseIterable {
        /// 64-10 softmax regression.
        case softmax
        /// 64-64-10 multilayer perceptron.
        case mlp
        /// A model of the members' own, which each brings as ``TrainingTask``.
        case custom
    }

    /// For people.
    public var name: String
    /// The members' peer IDs, in ascending order of their text.
    public var members: [String]
    /// Rounds to train.
    public var rounds: Int
    /// What is trained.
    public var model: ModelKind
    /// How the training rows are shared out: `iid` or `dirichlet:A`.
    public var partition: Partition
    /// Seed of the initial model, the partition and every shuffle.
    public var seed: UInt64
    /// How each member trains.
    public var training: Hyperparameters
    /// How the members' updates are combined; see ``RuleChoice``.
    public var rule: String
    /// How many members may send whatever they like; what ``rule`` is to tolerate.
    public var maximumFaults: Int
    /// How updates are compressed.
    public var compression: UpdateCompression
    /// How the combined update moves the model.
    public var server: ServerStepChoice
    /// Milliseconds: see ``RoundTimeouts/collect``.
    public var collectMilliseconds: Int
    /// Milliseconds: see ``RoundTimeouts/grace``.
    public var graceMilliseconds: Int
    /// Milliseconds: see ``RoundTimeouts/formation``.
    public var formationMilliseconds: Int
    /// Milliseconds: see ``RoundTimeouts/suspicion``.
    public var suspicionMilliseconds: Int
    /// Milliseconds to wait before each round, so that a person can follow.
    public var pauseMilliseconds: Int

    /// A task.
    public init(
        name: String, members: [String], rounds: Int, model: ModelKind = .mlp,
        partition: Partition = .iid, seed: UInt64 = 1,
        training: Hyperparameters = Hyperparameters(), timeouts: RoundTimeouts = RoundTimeouts(),
        pauseMilliseconds: Int = 0, rule: RuleChoice = .weightedMean,
        compression: UpdateCompression = .none, server: ServerStepChoice = .plain
    ) throws(FederationTaskError) {
        self.name = name
        self.members = members.sorted()
        self.rounds = rounds
        self.model = model
        self.partition = partition
        self.seed = seed
        self.training = training
        collectMilliseconds = timeouts.collect.wholeMilliseconds
        graceMilliseconds = timeouts.grace.wholeMilliseconds
        formationMilliseconds = timeouts.formation.wholeMilliseconds
        suspicionMilliseconds = timeouts.suspicion.wholeMilliseconds
        self.pauseMilliseconds = pauseMilliseconds
        self.rule = rule.name
        maximumFaults = rule.maximumFaults
        self.compression = compression
        self.server = server
        try validate()
    }

    /// Reads and checks a definition in JSON.
    public init(json: [UInt8]) throws(FederationTaskError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(json))
        } catch {
            throw .malformed("\(error)")
        }
        members.sort()
        try validate()
    }

    /// The definition in JSON, with sorted keys: the same text for the same task.
    public var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        // Every field is a number, a text or a list of texts: this cannot fail.
        return (try? encoder.encode(self)).map(Array.init) ?? []
    }

    /// The timeouts as durations.
    public var timeouts: RoundTimeouts {
        RoundTimeouts(
            collect: .milliseconds(collectMilliseconds), grace: .milliseconds(graceMilliseconds),
            formation: .milliseconds(formationMilliseconds),
            suspicion: .milliseconds(suspicionMilliseconds))
    }

    /// What the members do with each round's updates.
    ///
    /// - Throws: ``FederationTaskError/invalid(_:)`` for a rule that does not exist, or that has no
    ///   result even when every member sends an update.
    public var serverPart: ServerPart {
        get throws(FederationTaskError) {
            let choice: RuleChoice
            do throws(RuleChoiceError) {
                choice = try RuleChoice(rule, maximumFaults: maximumFaults)
            } catch {
                throw .invalid("rule: \(error)")
            }
            do throws(AggregationError) {
                try choice.check(memberCount: members.count)
            } catch {
                throw .invalid("rule \(rule) tolerating \(maximumFaults): \(error)")
            }
            return ServerPart(rule: choice, step: server, rounds: rounds, seed: seed)
        }
    }

    private func validate() throws(FederationTaskError) {
        func require(_ condition: Bool, _ what: String) throws(FederationTaskError) {
            if !condition { throw .invalid(what) }
        }
        let limits = RoundLimits.self
        try require((1...64).contains(name.utf8.count), "name must have 1 to 64 bytes")
        try require(
            (1...limits.maximumMembers).contains(members.count),
            "members must be 1 to \(limits.maximumMembers)")
        try require(
            members.allSatisfy { (1...128).contains($0.utf8.count) },
            "each member must have 1 to 128 bytes")
        try require(Set(members).count == members.count, "a member stands twice")
        try require(
            (1...limits.maximumRounds).contains(rounds),
            "rounds must be 1 to \(limits.maximumRounds)")
        let rate = training.learningRate
        try require(rate.isFinite && rate > 0, "learningRate must be above 0")
        try require((1...100_000).contains(training.batchSize), "batchSize must be 1 to 100000")
        try require((1...1000).contains(training.localEpochs), "localEpochs must be 1 to 1000")
        for (field, value) in [
            ("collectMilliseconds", collectMilliseconds), ("graceMilliseconds", graceMilliseconds),
            ("formationMilliseconds", formationMilliseconds),
            ("suspicionMilliseconds", suspicionMilliseconds),
        ] { try require((1...86_400_000).contains(value), "\(field) must be 1 to 86400000") }
        try require(
            (0...3_600_000).contains(pauseMilliseconds), "pauseMilliseconds must be 0 to 3600000")
        _ = try serverPart
    }
}

/// Why a task's definition is not accepted.
public enum FederationTaskError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not the JSON of a task.
    case malformed(String)
    /// A field has an impossible value.
    case invalid(String)

    /// What is wrong with the definition.
    public var description: String {
        switch self {
        case .malformed(let reason): "not a task definition: \(reason)"
        case .invalid(let reason): "impossible task: \(reason)"
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    fileprivate var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}
