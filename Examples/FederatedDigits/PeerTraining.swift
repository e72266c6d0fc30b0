import FedLearn
import FedLearnAttacks
import Logging
import PeerKit

/// Real peers on this machine's loopback: sockets, handshakes, agreement on every round.
///
/// An attacker sees its own update only: peers send side by side, so nobody has the others' before its
/// own is out.
struct PeerTraining {
    private let settings: DigitsSettings

    init(_ settings: DigitsSettings) { self.settings = settings }

    /// Trains until every peer has finished.
    ///
    /// - Returns: What the first peer saw of each round.
    /// - Throws: ``DigitsError`` when peers end on different models.
    func run() async throws -> [RoundReport] {
        let identities = (0..<settings.peers).map { _ in PeerIdentity.generate() }
            .sorted { $0.peerID.description < $1.peerID.description }
        let task = try FederationTask(
            name: "digits", members: identities.map(\.peerID.description),
            rounds: settings.rounds, model: settings.isSoftmax ? .softmax : .mlp,
            partition: settings.partition, seed: settings.seed, rule: settings.part.rule,
            compression: settings.compression, server: settings.part.step)
        var nodes: [(node: PeerNode, learning: FederatedLearning)] = []
        for (member, identity) in identities.enumerated() {
            let learning = FederatedLearning(task: task, training: try training(of: member))
            var configuration = PeerNodeConfiguration()
            configuration.log = Logger(label: "digits") { _ in SwiftLogNoOpLogHandler() }
            let node = try await PeerNode(
                identity: identity, runtime: .live,
                configuration: configuration
            ) { learning }
            try await node.start()
            nodes.append((node, learning))
        }
        for (index, one) in nodes.enumerated() {
            for other in nodes[..<index] {
                guard let address = await other.node.listenAddresses.first else { continue }
                _ = try await one.node.connect(to: address)
            }
        }
        var statuses: [FederationStatus] = []
        for peer in nodes {
            for await status in peer.learning.statusUpdates() {
                // The last round is measured after it has ended.
                let isOver =
                    status.phase == "finished" && status.history.last?.round == settings.rounds
                guard isOver || status.phase == "failed" else { continue }
                statuses.append(status)
                break
            }
        }
        for peer in nodes { await peer.node.stop() }
        guard Set(statuses.map(\.modelHash)).count == 1,
            statuses.allSatisfy({ $0.phase == "finished" })
        else { throw DigitsError("the peers ended on different models") }
        return statuses[0].history.map { report($0, task: task) }
    }

    private func report(
        _ summary: FederationStatus.RoundSummary, task: FederationTask
    ) -> RoundReport {
        RoundReport(
            round: summary.round, accuracy: summary.testAccuracy ?? 0,
            bytesPerClient: summary.updateBytes ?? 0, counted: summary.counted.count,
            rejected: (summary.rejected ?? []).compactMap { rejected in
                task.members.firstIndex(of: rejected.peerID).map {
                    .init(member: $0, reason: rejected.reason.rawValue)
                }
            },
            failure: summary.counted.isEmpty ? "nobody counted" : nil,
            epsilon: (try? NoisyMember(settings)).flatMap {
                try? $0.epsilon(rounds: summary.round, members: settings.peers)
            }, modelHash: summary.modelHash)
    }

    /// A member's own training: its share of the digits; the last ones attack, the others add noise if
    /// that was asked for.
    private func training(of member: Int) throws -> any TrainingTask {
        let (training, test) = try Digits.load()
        let rows = try settings.partition.shares(
            of: training.labels, memberCount: settings.peers, seed: settings.seed)[member]
        let isAttacker = member >= settings.peers - settings.byzantine
        let own = training.selecting(rows: rows)
        let data = isAttacker ? settings.attack.poison(own) : own
        let honest = Self.task(settings.makeModel(), data, test)
        if isAttacker {
            return PoisonedTask(
                base: honest, member: member, attack: settings.attack,
                faults: settings.part.rule.maximumFaults)
        }
        guard case .noise = settings.privacy else { return honest }
        return NoisyTask(base: honest, noise: try NoisyMember(settings))
    }

    private static func task(
        _ model: some Model, _ share: Dataset, _ test: Dataset
    ) -> any TrainingTask {
        SupervisedTask(
            name: "digits", model: model, training: share, test: test,
            optimiser: GradientDescent(learningRate: Hyperparameters().learningRate))
    }
}

/// Trains, and sends what an attack makes of it.
private struct PoisonedTask: TrainingTask {
    var base: any TrainingTask
    let member: Int
    let attack: any Attack
    let faults: Int
    var previous: [Float] = []

    var name: String { base.name }
    var layout: ParameterLayout { base.layout }

    init(base: any TrainingTask, member: Int, attack: any Attack, faults: Int) {
        self.base = base
        self.member = member
        self.attack = attack
        self.faults = faults
    }

    func initialParameters(seed: UInt64) -> ModelParameters { base.initialParameters(seed: seed) }
    func evaluate(_ parameters: ModelParameters) -> Evaluation { base.evaluate(parameters) }

    mutating func train(
        from parameters: ModelParameters, round: Int, seed: UInt64, isCancelled: () -> Bool
    ) throws(TrainingError) -> TrainingResult {
        let result = try base.train(
            from: parameters, round: round, seed: seed, isCancelled: isCancelled)
        let own = Contribution(
            member: member, exampleCount: result.exampleCount, values: result.delta)
        let moved =
            previous.isEmpty
            ? [] : VectorKernels.difference(parameters.values, previous)
        previous = parameters.values
        var generator = SeededGenerator(seed: seed)
        let scene = AttackScene(
            round: round, honest: [own], attackers: [own], previous: moved,
            toleratedFaults: faults)
        let forged = attack.forge(in: scene, using: &generator).first ?? own
        return TrainingResult(
            delta: forged.values,
            exampleCount: min(forged.exampleCount, RoundLimits.maximumExamples),
            meanLoss: result.meanLoss)
    }
}

/// Trains, clips, and adds this member's share of the noise.
private struct NoisyTask: TrainingTask {
    var base: any TrainingTask
    var noise: NoisyMember

    var name: String { base.name }
    var layout: ParameterLayout { base.layout }

    func initialParameters(seed: UInt64) -> ModelParameters { base.initialParameters(seed: seed) }
    func evaluate(_ parameters: ModelParameters) -> Evaluation { base.evaluate(parameters) }

    mutating func train(
        from parameters: ModelParameters, round: Int, seed: UInt64, isCancelled: () -> Bool
    ) throws(TrainingError) -> TrainingResult {
        let result = try base.train(
            from: parameters, round: round, seed: seed, isCancelled: isCancelled)
        guard let noisy = try? noise.protect(result.delta) else { throw .cancelled }
        // All count alike, or weights would change how much of whose noise is in the sum.
        return TrainingResult(delta: noisy, exampleCount: 1, meanLoss: result.meanLoss)
    }
}
