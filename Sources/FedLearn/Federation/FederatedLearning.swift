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
    let storeName: String
    private let ownTraining: (any TrainingTask)?

    var node: PeerNode?
    var plan: TrainingPlan?
    var machine: FederationMachine?
    var store: (any KeyValueStore)?
    var round: Round?
    var links: [Int: MemberLink] = [:]
    var nextLink: UInt64 = 0
    /// Actions that wait for those before them.
    var actions: [FederationMachine.Action] = []
    var isPerforming = false
    var timer: (deadline: Instant, token: TimerToken)?
    let tasks = TaskScope()
    let reporter = StatusReporter()
    var summaries: [FederationStatus.RoundSummary] = []
    /// The model before the first round.
    var initialHash: ContentHash?
    var accuracy: Double?
    var loss: Double?
    var roundStart: Instant?
    var failure: (any Error)?
    /// The bytes of this member's last update.
    var ownUpdate: (round: Int, bytes: Int)?
    /// Whose updates the last round left out.
    var rejected: (round: Int, list: [Rejection])?

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

    static func plan(
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
    func fail(_ error: any Error) {
        guard failure == nil else { return }
        failure = error
        report()
        tasks.cancel()
    }

    func start(_ body: @escaping @Sendable () async -> Void) {
        guard let node else { return }
        tasks.start(on: node.runtime.executors.home, body)
    }
}
