import FedLearn
import FedLearnAttacks
import PeerKit

/// All peers in one process: what each would send is computed, sent as bytes to nobody, and combined as
/// every member would.
struct LocalTraining {
    let settings: DigitsSettings
    private let model: any Model
    private let data: [Dataset]
    private let test: Dataset
    private var senders: [UpdateSender]
    private var shared: SharedModel
    private var previous: [Float] = []
    private var round = 0
    private var attackRandomness: SeededGenerator
    private var noise: NoisyMember?
    private var committee: SharedCommittee?

    init(_ settings: DigitsSettings) throws {
        self.settings = settings
        model = settings.makeModel()
        let (training, test) = try Digits.load()
        let shares = try settings.partition.shares(
            of: training.labels, memberCount: settings.peers, seed: settings.seed)
        let honestCount = settings.peers - settings.byzantine
        data = shares.enumerated().map { member, rows in
            let own = training.selecting(rows: rows)
            return member < honestCount ? own : settings.attack.poison(own)
        }
        self.test = test
        let layout = model.layout
        senders = (0..<settings.peers).map { _ in
            UpdateSender(compression: settings.compression, seed: settings.seed, layout: layout)
        }
        shared = SharedModel(parameters: model.initialParameters(seed: settings.seed).values)
        attackRandomness = SeededGenerator(seeds: settings.seed, 0xA77AC)
        if case .noise = settings.privacy { noise = try NoisyMember(settings) }
        if settings.privacy == .shared {
            committee = try SharedCommittee(settings, dimension: layout.count)
        }
    }

    /// Plays a round.
    mutating func playRound() throws -> RoundReport {
        var rejected: [Rejection] = []
        let sent = try forge(try (0..<settings.peers).map { try train($0) })
        var received: [Contribution] = []
        var bytes = 0
        for contribution in sent {
            let isHonest = contribution.member < settings.peers - settings.byzantine
            do {
                let (values, size) = try transmit(contribution, isHonest: isHonest)
                received.append(contribution.with(values: values))
                bytes = max(bytes, size)
            } catch {
                // Only attackers have what cannot be sent in the task's form.
                rejected.append(Rejection(member: contribution.member, reason: .nonFinite))
            }
        }
        let outcome = try combine(received, &bytes)
        rejected += outcome.rejected
        if let next = outcome.model {
            previous = VectorKernels.difference(next.parameters, shared.parameters)
            shared = next
        }
        for member in senders.indices {
            senders[member].conclude(round: round, counted: outcome.counted.contains(member))
        }
        round += 1
        return RoundReport(
            round: round, accuracy: model.accuracy(on: test, at: shared.parameters),
            bytesPerClient: bytes, counted: outcome.counted.count,
            rejected: rejected.map { .init(member: $0.member, reason: $0.reason.rawValue) },
            failure: outcome.failure.map { "\($0)" },
            epsilon: try noise?.epsilon(rounds: round, members: settings.peers),
            modelHash: shared.hash.description)
    }

    private func train(_ member: Int) throws -> Contribution {
        var mixer = SeededGenerator(seeds: settings.seed, UInt64(round), UInt64(member))
        let start = ModelParameters(layout: model.layout, values: shared.parameters)
        let result = try Trainer.train(
            model, from: start, on: data[member], with: Hyperparameters(), seed: mixer.next())
        return Contribution(
            member: member, exampleCount: result.exampleCount, values: result.delta)
    }

    private mutating func forge(_ trained: [Contribution]) throws -> [Contribution] {
        let honest = Array(trained.dropLast(settings.byzantine))
        guard settings.byzantine > 0 else { return honest }
        let scene = AttackScene(
            round: round, honest: honest, attackers: Array(trained.suffix(settings.byzantine)),
            previous: previous, toleratedFaults: settings.part.rule.maximumFaults)
        return honest + settings.attack.forge(in: scene, using: &attackRandomness)
    }

    /// What the others get of a contribution, and the bytes of its message.
    private mutating func transmit(
        _ contribution: Contribution, isHonest: Bool
    ) throws -> (values: [Float], bytes: Int) {
        var values = contribution.values
        if isHonest, noise != nil { values = try noise?.protect(values) ?? values }
        let compressed = try senders[contribution.member].compress(
            values, round: round, member: contribution.member)
        let update = RoundUpdate(
            round: round, member: contribution.member,
            exampleCount: min(contribution.exampleCount, RoundLimits.maximumExamples),
            meanLoss: 0, change: compressed.map { .compressed($0) } ?? .dense(values))
        let size = RoundCodec.encode(.update(update)).count
        return (try update.values(dimension: model.layout.count), size)
    }

    private mutating func combine(
        _ contributions: [Contribution], _ bytes: inout Int
    ) throws -> RoundOutcome {
        switch settings.privacy {
        case .none:
            return try settings.part.complete(round: round, contributions, from: shared)
        case .noise:
            // Weights would change how much of whose noise is in the sum.
            let alike = contributions.map {
                Contribution(member: $0.member, exampleCount: 1, values: $0.values)
            }
            return try settings.part.complete(round: round, alike, from: shared)
        case .groups(let size):
            return try SecretGroups(settings, size: size).combine(
                contributions, round: round, from: shared, bytes: &bytes)
        case .shared:
            guard committee != nil else { throw DigitsError("no committee") }
            return try committee?.combine(
                contributions, round: round, from: shared, bytes: &bytes)
                ?? RoundOutcome(counted: [], model: nil)
        }
    }
}
