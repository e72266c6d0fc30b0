import PeerKit

/// What members hold alike between two rounds: the parameters, and what rule and server optimiser
/// remember of the rounds before.
public struct SharedModel: Sendable, Equatable {
    /// The model's parameters.
    public var parameters: [Float]
    /// The encoded ``ServerMemory``; empty when nothing is remembered.
    public var memory: [UInt8]

    /// A model.
    public init(parameters: [Float], memory: [UInt8] = []) {
        self.parameters = parameters
        self.memory = memory
    }

    /// SHA-256 of the parameters; with a memory, of that hash and the memory's.
    ///
    /// So members whose hashes are equal will also go on alike.
    public var hash: ContentHash {
        let first = ModelParameters.hash(of: parameters)
        guard !memory.isEmpty else { return first }
        return ContentHash(
            hashing: Array("psic shared model 1".utf8) + first.bytes
                + ContentHash(hashing: memory).bytes)
    }
}

/// How one round ended.
public struct RoundOutcome: Sendable, Equatable {
    /// Whose updates went in.
    public var counted: [Int]
    /// Whose did not for what they are, and why.
    public var rejected: [Rejection]
    /// The next model; `nil` when the rule had no result, and the model stays as it is.
    public var model: SharedModel?
    /// Why the rule had no result.
    public var failure: AggregationError?

    /// An outcome.
    public init(
        counted: [Int], rejected: [Rejection] = [], model: SharedModel?,
        failure: AggregationError? = nil
    ) {
        self.counted = counted
        self.rejected = rejected
        self.model = model
        self.failure = failure
    }
}

/// What a server would do, done alike by every member: combine a round's updates by a rule, and move
/// the model by an optimiser.
///
/// A pure function of the model, its memory and the updates: members that put in the same bits get the
/// same bits out, in whatever order the updates came.
public struct ServerPart: Sendable, Hashable {
    /// How updates are combined.
    public let rule: RuleChoice
    /// How the model moves.
    public let step: ServerStepChoice
    /// The task's rounds.
    public let rounds: Int
    /// For rules that draw lots.
    public let seed: UInt64

    /// A server's part.
    public init(
        rule: RuleChoice = .weightedMean, step: ServerStepChoice = .plain, rounds: Int,
        seed: UInt64
    ) {
        self.rule = rule
        self.step = step
        self.rounds = rounds
        self.seed = seed
    }

    /// Ends a round.
    ///
    /// - Throws: ``WireError`` when the model's memory is none that this part has written.
    public func complete(
        round: Int, _ contributions: [Contribution], from model: SharedModel
    ) throws(WireError) -> RoundOutcome {
        let dimension = model.parameters.count
        let memory = try ServerMemory(decoding: model.memory, dimension: dimension)
        var lots = SeededGenerator(seeds: seed, 0x72_756c_65, UInt64(clamping: round))
        var rule: any AggregationRule = rule.rule(seed: lots.next())
        var optimizer = step.optimizer(rounds: rounds)
        guard memory.isTakenUp(by: &rule), optimizer.resume(memory.moments, dimension: dimension)
        else { throw .outOfRange }
        do throws(AggregationError) {
            let result = try rule.aggregate(contributions, dimension: dimension)
            rule.remember(result)
            var parameters = model.parameters
            optimizer.step(&parameters, along: result.values)
            let next = ServerMemory(rule: .init(of: rule), moments: optimizer.moments)
            return RoundOutcome(
                counted: result.included, rejected: result.rejected,
                model: SharedModel(parameters: parameters, memory: next.encoded))
        } catch {
            var rejected: [Rejection] = []
            if case .noContributions(let all) = error { rejected = all }
            return RoundOutcome(counted: [], rejected: rejected, model: nil, failure: error)
        }
    }

    /// Whether ``complete(round:_:from:)`` can go on from a model that came from somebody else.
    public func accepts(_ model: SharedModel) -> Bool {
        let dimension = model.parameters.count
        guard let memory = try? ServerMemory(decoding: model.memory, dimension: dimension) else {
            return false
        }
        var rule: any AggregationRule = rule.rule(seed: 0)
        var optimizer = step.optimizer(rounds: rounds)
        return memory.isTakenUp(by: &rule)
            && optimizer.resume(memory.moments, dimension: dimension)
    }
}
