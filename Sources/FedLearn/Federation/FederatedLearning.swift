import Logging
import PeerKit

/// Trains a model together with the other members of a task, without a server.
///
/// ```swift
/// let learning = FederatedLearning(task: task)
/// let node = try await PeerNode(identity: identity, runtime: .live(home: home)) {
///     LANDiscovery()
///     learning
/// }
/// ```
///
/// The shell around ``FederationMachine``: it takes no decision. Messages go over PeerKit streams of
/// `/psic/fl/1.0.0/TASK`; promises and models are kept in the node's store, so that a member that
/// crashed goes on where it was.
///
/// A task whose model is ``FederationTask/ModelKind/custom`` needs a ``TrainingTask`` of the agent's own:
///
/// ```swift
/// let learning = FederatedLearning(task: task, training: MyTraining(data))
/// ```
public actor FederatedLearning: PeerService {
    /// `/psic/fl/1.0.0/` and the first 16 digits of the task's ID.
    public nonisolated let protocolID: ProtocolID
    /// For logs and errors.
    public nonisolated let name = "federated-learning"
    /// What is trained.
    public nonisolated let task: FederationTask
    private let storeName: String
    private let ownTraining: (any TrainingTask)?

    private var node: PeerNode?
    private var plan: TrainingPlan?
    private var machine: FederationMachine?
    private var store: (any KeyValueStore)?
    private var round: Round?
    private var links: [Int: MemberLink] = [:]
    private var nextLink: UInt64 = 0
    /// Actions that wait for those before them.
    private var actions: [FederationMachine.Action] = []
    private var isPerforming = false
    private var timer: (deadline: Instant, token: TimerToken)?
    private let tasks = TaskScope()
    private let reporter = StatusReporter()
    private var summaries: [FederationStatus.RoundSummary] = []
    /// The model before the first round.
    private var initialHash: ContentHash?
    private var accuracy: Double?
    private var loss: Double?
    private var roundStart: Instant?
    private var failure: (any Error)?
    /// The bytes of this member's last update.
    private var ownUpdate: (round: Int, bytes: Int)?
    /// Whose updates the last round left out.
    private var rejected: (round: Int, list: [Rejection])?

    /// A service for `task`.
    ///
    /// - Parameters:
    ///   - training: What the agent trains, instead of its share of the digits. Its state is not kept
    ///     over a restart of the node; the model is.
    ///   - storeName: The node's store for models and promises.
    public init(
        task: FederationTask, training: (any TrainingTask)? = nil, storeName: String = "fedlearn"
    ) {
        self.task = task
        ownTraining = training
        self.storeName = storeName
        protocolID = "/psic/fl/1.0.0/\(task.id.description.prefix(16))"
    }

    /// Where the member stands now.
    public var status: FederationStatus { makeStatus() }

    /// The model after the last round that this member knows of; `nil` until the node runs.
    public var model: ModelParameters? {
        guard let plan, let machine else { return nil }
        return ModelParameters(layout: plan.training.layout, values: machine.model.parameters)
    }

    /// The status at every change; a reader that lags gets the newest.
    public nonisolated func statusUpdates() -> AsyncStream<FederationStatus> {
        reporter.subscribe()
    }

    // MARK: Service

    /// Loads the data and serves the task's protocol.
    ///
    /// - Throws: ``FederationError/notAMember(_:task:)``, ``FederationError/needsTraining(task:)``.
    public func attach(to node: PeerNode) async throws {
        guard let me = task.members.firstIndex(of: node.peerID.description) else {
            throw FederationError.notAMember(node.peerID.description, task: task.name)
        }
        let plan = try await Self.plan(task, me, ownTraining, node)
        self.node = node
        self.plan = plan
        await node.handle(protocolID) { [weak self] stream in
            guard let self else { return }
            try await self.listen(to: stream)
        }
    }

    private static func plan(
        _ task: FederationTask, _ me: Int, _ own: (any TrainingTask)?, _ node: PeerNode
    ) async throws -> TrainingPlan {
        try await node.runtime.executors.compute {
            try TrainingPlan(task: task, member: me, own: own)
        }
    }

    /// Takes part until it is cancelled, also after the last round, for those who are behind.
    ///
    /// - Throws: ``FederationError/corruptState(task:)``, or what the storage throws.
    public func run(on node: PeerNode) async throws {
        try await restore(node)
        let events = node.events()
        let executor = node.runtime.executors.home
        tasks.start(on: executor) { [weak self] in
            for await event in events { await self?.noticed(event) }
        }
        handle { $0.start(at: node.runtime.clock.now) }
        for peer in await node.connectedPeers { connected(peer) }
        await withTaskCancellationHandler {
            await tasks.drained()
        } onCancel: {
            tasks.cancel()
        }
        timer?.token.cancel()
        round?.giveUp()
        await store?.close()
        reporter.finish()
        if let failure { throw failure }
    }

    /// Gives up: the node stops with the error.
    private func fail(_ error: any Error) {
        guard failure == nil else { return }
        failure = error
        report()
        tasks.cancel()
    }

    private func start(_ body: @escaping @Sendable () async -> Void) {
        guard let node else { return }
        tasks.start(on: node.runtime.executors.home, body)
    }
}

// MARK: - Links

extension FederatedLearning {
    private func noticed(_ event: PeerEvent) {
        switch event {
        case .connected(let peer): connected(peer)
        case .disconnected(let peer, _): disconnected(peer)
        default: break
        }
    }

    private func connected(_ peer: PeerID) {
        guard let member = member(peer), links[member] == nil, let node else { return }
        nextLink += 1
        let link = MemberLink(id: nextLink)
        links[member] = link
        start { [weak self, protocolID] in
            guard let self else { return }
            do {
                try await link.run(to: peer, over: protocolID, from: node) {
                    await self.linkUp(member, link.id)
                }
            } catch {
                node.log.debug(
                    "link to a member ended", metadata: ["member": "\(peer)", "error": "\(error)"])
            }
            await self.linkDown(member, link.id, peer)
        }
    }

    private func disconnected(_ peer: PeerID) {
        guard let member = member(peer) else { return }
        links[member]?.queue.finish()
        lost(member)
    }

    private func linkUp(_ member: Int, _ id: UInt64) {
        guard links[member]?.id == id, let node else { return }
        handle { $0.reached(member, at: node.runtime.clock.now) }
    }

    private func linkDown(_ member: Int, _ id: UInt64, _ peer: PeerID) {
        guard links[member]?.id == id else { return }
        links[member] = nil
        lost(member)
        // The member may not serve the task yet, or have restarted it: try again while it is there.
        start { [weak self, node] in
            do { try await node?.runtime.sleep(for: .milliseconds(500)) } catch { return }
            guard let node, await node.connectedPeers.contains(peer) else { return }
            await self?.connected(peer)
        }
    }

    private func lost(_ member: Int) {
        guard let node else { return }
        handle { $0.lost(member, at: node.runtime.clock.now) }
    }

    private func member(_ peer: PeerID) -> Int? {
        guard peer != node?.peerID else { return nil }
        return task.members.firstIndex(of: peer.description)
    }

    /// Serves a member's stream: what it says goes to the machine.
    private func listen(to stream: PeerStream) async throws {
        guard let member = member(stream.remotePeer), let plan else {
            throw FederationError.notAMember(stream.remotePeer.description, task: task.name)
        }
        let limit = plan.maximumMessageBytes
        while let bytes = try await stream.readMessage(limit: limit) {
            let message = try RoundCodec.decode(Array(bytes.readableBytesView))
            guard let node else { return }
            if case .catchUp(let state) = message, !plan.server.accepts(state.shared) {
                let fault = "a model whose memory no rule of the task has"
                node.report(
                    PeerFault(.invalidContent, in: protocolID, fault), by: stream.remotePeer)
                continue
            }
            handle { $0.receive(message, from: member, at: node.runtime.clock.now) }
        }
    }
}

// MARK: - The machine

extension FederatedLearning {
    /// Tells the machine something and performs what it answers.
    private func handle(
        _ body: (inout FederationMachine) -> [FederationMachine.Action]
    ) {
        guard failure == nil, var machine else { return }
        self.machine = nil
        actions += body(&machine)
        self.machine = machine
        updateTimer()
        report()
        guard !isPerforming, !actions.isEmpty else { return }
        isPerforming = true
        start { [weak self] in await self?.performAll() }
    }

    /// Performs actions one after the other: what follows a `persist` waits until it is durable.
    private func performAll() async {
        while !actions.isEmpty {
            let batch = actions
            actions = []
            do {
                for action in batch { try await perform(action) }
            } catch {
                fail(error)
            }
        }
        isPerforming = false
    }

    private func perform(_ action: FederationMachine.Action) async throws {
        switch action {
        case .train(let number, let parameters): train(number, parameters)
        case .aggregate(_, let updates): complete(updates)
        case .persist(let state): try await put(RoundCodec.encode(state), "round")
        case .save(let model): try await save(model)
        case .send(let message, let member): links[member]?.send(RoundCodec.encode(message))
        case .completed(let record): try await completed(record)
        case .caughtUp(let member, let count):
            node?.log.info(
                "caught up", metadata: ["from": "\(task.members[member])", "rounds": "\(count)"])
            summaries = machine?.model.history.map { summary($0) } ?? []
            await measure()
        case .finished: await measure()
        }
    }

    private func train(_ number: Int, _ parameters: [Float]) {
        guard let plan, let node else { return }
        round?.giveUp()
        let round = Round(number: number, plan: plan, executors: node.runtime.executors)
        self.round = round
        roundStart = node.runtime.clock.now
        let pause = Duration.milliseconds(task.pauseMilliseconds)
        start { [weak self] in
            if pause > .zero { try? await node.runtime.sleep(for: pause) }
            do {
                let (update, plan) = try await round.train(from: parameters)
                await self?.trained(update, plan, in: round)
            } catch TrainingError.cancelled {
                // The round was decided without this member.
            } catch {
                // It may well go better next round; meanwhile the others go on without this member.
                node.log.warning(
                    "no update", metadata: ["round": "\(number + 1)", "error": "\(error)"])
            }
        }
    }

    private func trained(_ update: RoundUpdate, _ plan: TrainingPlan, in trained: Round) {
        guard let node, round === trained else { return }
        self.plan = plan
        loss = Double(update.meanLoss)
        ownUpdate = (update.round, RoundCodec.encode(.update(update)).count)
        handle { $0.trained(update, at: node.runtime.clock.now) }
    }

    private func complete(_ updates: [RoundUpdate]) {
        guard let round, let model = machine?.model.shared else { return }
        round.giveUp()
        start { [weak self] in
            do {
                let outcome = try await round.complete(updates, from: model)
                await self?.completed(outcome, of: round)
            } catch {
                await self?.fail(error)
            }
        }
    }

    private func completed(_ outcome: RoundOutcome, of round: Round) {
        guard let node else { return }
        rejected = (round.number, outcome.rejected)
        for rejection in outcome.rejected where rejection.reason.isProof {
            guard task.members.indices.contains(rejection.member),
                let peer = try? PeerID(task.members[rejection.member]), peer != node.peerID
            else { continue }
            let detail = "an update that no training gives: \(rejection.reason.rawValue)"
            node.report(PeerFault(.invalidContent, in: protocolID, detail), by: peer)
        }
        if let failure = outcome.failure {
            node.log.warning(
                "a round without result",
                metadata: ["round": "\(round.number + 1)", "reason": "\(failure)"])
        }
        handle { $0.aggregated(outcome, round: round.number, at: node.runtime.clock.now) }
    }

    private func completed(_ record: RoundRecord) async throws {
        guard let node else { return }
        let seconds = roundStart?.duration(to: node.runtime.clock.now).seconds
        await measure()
        var entry = summary(record)
        entry.seconds = seconds
        entry.testAccuracy = accuracy
        if let ownUpdate, ownUpdate.round == record.round { entry.updateBytes = ownUpdate.bytes }
        if let rejected, rejected.round == record.round {
            entry.rejected = rejected.list.filter { task.members.indices.contains($0.member) }
                .map { .init(peerID: task.members[$0.member], reason: $0.reason) }
        }
        summaries.append(entry)
        if summaries.count > RoundLimits.maximumHistory { summaries.removeFirst() }
        node.log.info(
            "round completed",
            metadata: [
                "round": "\(record.round + 1)/\(task.rounds)",
                "counted": "\(record.counted.count)/\(task.members.count)",
                "model": "\(record.modelHash.shortDescription)",
                "accuracy": "\(accuracy ?? 0)",
            ])
        report()
    }

    /// Measures the model on the test rows.
    private func measure() async {
        guard let plan, let node, let parameters = machine?.model.parameters else { return }
        accuracy = try? await node.runtime.executors.compute {
            plan.training.evaluate(
                ModelParameters(layout: plan.training.layout, values: parameters)
            ).score
        }
        report()
    }

    private func updateTimer() {
        guard let node, timer?.deadline != machine?.nextDeadline else { return }
        timer?.token.cancel()
        timer = nil
        guard let deadline = machine?.nextDeadline else { return }
        let executor = node.runtime.executors.home
        let token = executor.schedule(at: deadline) { [weak self, tasks] in
            tasks.start(on: executor) { [weak self] in await self?.tick() }
        }
        timer = (deadline, token)
    }

    private func tick() {
        guard let node else { return }
        timer = nil
        handle { $0.tick(at: node.runtime.clock.now) }
    }
}

// MARK: - Storage

extension FederatedLearning {
    private static let table: StoreTable = "fedlearn"

    private func key(_ name: String) -> [UInt8] { task.id.bytes + Array(name.utf8) }

    private func put(_ value: [UInt8], _ name: String) async throws {
        var batch = WriteBatch()
        batch.put(value, for: key(name), in: Self.table)
        try await store?.commit(batch)
    }

    /// Keeps a model, and what this member owes of its updates, in one transaction.
    private func save(_ model: ModelState) async throws {
        var batch = WriteBatch()
        batch.put(RoundCodec.encode(model), for: key("model"), in: Self.table)
        if var plan, task.compression.hasErrorFeedback, let last = model.history.last {
            plan.sender.conclude(round: last.round, counted: last.counted.contains(plan.member))
            self.plan = plan
            batch.put(
                OwedUpdate(completed: model.completed, residual: plan.sender.owed.residual).encoded,
                for: key("owed"), in: Self.table)
        }
        try await store?.commit(batch)
    }

    private func restore(_ node: PeerNode) async throws {
        guard var plan, let me = task.members.firstIndex(of: node.peerID.description) else {
            throw FederationError.notAMember(node.peerID.description, task: task.name)
        }
        let store = try await node.runtime.storage.openStore(storeName)
        self.store = store
        var model = ModelState(completed: 0, parameters: plan.initialParameters, history: [])
        if let saved = try await store.value(for: key("model"), in: Self.table) {
            guard let state = try? RoundCodec.decodeModel(saved),
                state.parameters.count == model.parameters.count, state.completed <= task.rounds,
                plan.server.accepts(state.shared)
            else { throw FederationError.corruptState(task: task.name) }
            model = state
        }
        if let saved = try await store.value(for: key("owed"), in: Self.table) {
            guard let owed = try? OwedUpdate(decoding: saved, dimension: plan.parameterCount),
                owed.completed != model.completed || plan.sender.resume(owing: owed.residual)
            else { throw FederationError.corruptState(task: task.name) }
            self.plan = plan
        }
        initialHash = ModelParameters.hash(of: plan.initialParameters)
        var promised: RoundState?
        if let saved = try await store.value(for: key("round"), in: Self.table) {
            guard let state = try? RoundCodec.decodeState(saved) else {
                throw FederationError.corruptState(task: task.name)
            }
            promised = state
        }
        machine = FederationMachine(
            memberCount: task.members.count, me: me, rounds: task.rounds, timeouts: task.timeouts,
            model: model, restored: promised, compression: task.compression, seed: task.seed)
        summaries = model.history.map { summary($0) }
    }
}

// MARK: - Status

extension FederatedLearning {
    private func report() { reporter.publish(makeStatus()) }

    private func summary(_ record: RoundRecord) -> FederationStatus.RoundSummary {
        .init(
            round: record.round + 1,
            counted: record.counted.filter(task.members.indices.contains)
                .map { task.members[$0] },
            modelHash: record.modelHash.description, testAccuracy: nil, seconds: nil)
    }

    private func makeStatus() -> FederationStatus {
        let reachable = Set(machine?.reachable ?? [])
        let history = machine?.model.history ?? []
        let members = task.members.indices.map { index in
            FederationStatus.MemberStatus(
                peerID: task.members[index], isReachable: reachable.contains(index),
                lastRoundCounted: history.last { $0.counted.contains(index) }.map { $0.round + 1 })
        }
        return FederationStatus(
            taskID: task.id.description, taskName: task.name, phase: phaseName(reachable.count),
            round: machine?.model.completed ?? 0, rounds: task.rounds,
            modelHash: (history.last?.modelHash ?? initialHash)?.description ?? "",
            testAccuracy: accuracy, trainLoss: loss, members: members,
            missing: members.filter { !$0.isReachable }.map(\.peerID), history: summaries)
    }

    private func phaseName(_ reachable: Int) -> String {
        if failure != nil { return "failed" }
        guard let machine else { return "waiting" }
        switch machine.phase {
        case .finished: return "finished"
        case .catchingUp: return "catching-up"
        case .aggregating: return "aggregating"
        case .idle, .training, .collecting:
            if reachable <= task.members.count / 2 { return "waiting" }
            return machine.phase == .collecting ? "collecting" : "training"
        }
    }
}

/// Why a member cannot take part in a task.
public enum FederationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The peer is not in the task's list.
    case notAMember(String, task: String)
    /// What the node has stored of the task cannot be read.
    case corruptState(task: String)
    /// The task's model is the members' own, and this member brought none.
    case needsTraining(task: String)
    /// A model of more parameters than rounds can send.
    case tooManyParameters(Int, limit: Int)
    /// The member's training gave an update of another length than the model's.
    case wrongUpdate(found: Int, expected: Int)

    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .notAMember(let peer, let task): "peer \(peer) is not a member of task \(task)"
        case .corruptState(let task): "the stored state of task \(task) is corrupt"
        case .needsTraining(let task):
            "task \(task) trains a model of the members' own: give FederatedLearning a TrainingTask"
        case .tooManyParameters(let count, let limit):
            "a model of \(count) parameters; RoundLimits.maximumParameters is \(limit)"
        case .wrongUpdate(let found, let expected):
            "the training gave an update of \(found) values, not \(expected)"
        }
    }
}
