import Logging

/// What a node's GossipSub has over all topics: the peers, their scores, the caches.
///
/// The shell around ``GossipSubMachine``: it performs what the machine answers and takes no
/// decision. It lives on the node's home executor, as the node and the ``TopicChannel``s do, so
/// that they look into each other within a turn; no transition is divided by an `await`.
actor GossipRouter {
    nonisolated let configuration: GossipSub.Configuration
    nonisolated let runtime: Runtime
    nonisolated let identity: PeerIdentity
    nonisolated let log: Logger
    nonisolated let executor: any RuntimeExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    /// Sends, validations, dials.
    nonisolated let tasks = TaskScope()

    var machine: GossipSubMachine<TopicChannels>
    var generator: RuntimeGenerator
    /// While the service runs: the node holds its services.
    var node: PeerNode?
    var isStopped = false
    var links: [PeerID: PeerLink] = [:]
    /// Who is sent to at the end of this turn, over which generation of the link.
    var unsent: [(peer: PeerID, generation: UInt64)] = []
    var exchanges = ExchangeQueue()
    private var timer: TimerToken?
    /// Numbers for links, streams and subscribers.
    private var lastNumber: UInt64 = 0
    private var lastSequence: UInt64 = 0
    /// Frames dropped by links that have ended.
    var endedLinksDropped = 0
    var endedDeliveriesDropped = 0
    var meters: GossipSubMeters

    init(_ configuration: GossipSub.Configuration, of node: PeerNode) throws {
        try configuration.checked()
        self.configuration = configuration
        runtime = node.runtime
        identity = node.identity
        log = node.log
        executor = node.runtime.executors.home
        generator = RuntimeGenerator(node.runtime.random)
        meters = GossipSubMeters(node.configuration.metrics)
        machine = GossipSubMachine(
            configuration, localPeer: node.peerID,
            topics: TopicChannels(executor: executor, limits: configuration.limits),
            at: runtime.clock.now)
    }

    nonisolated var limits: GossipSubLimits { configuration.limits }
    var now: Instant { executor.now }

    func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    // MARK: Running

    nonisolated func run(on node: PeerNode) async throws {
        // Before the look at who is connected, so that nobody falls between the two.
        let events = node.events()
        await start(on: node)
        await withDiscardingTaskGroup { group in
            group.addTask { await self.beat() }
            group.addTask { await self.listen(to: events) }
        }
        await stop()
        tasks.cancel()
        await tasks.drained()
    }

    private func start(on node: PeerNode) {
        self.node = node
        for peer in machine.explicitPeers { node.protect(peer, because: "gossipsub") }
        reconcile()
    }

    private func stop() async {
        for stream in dismantle() { await stream.close() }
    }

    /// Ends every topic and link; the streams that are open.
    private func dismantle() -> [PeerStream] {
        isStopped = true
        timer?.cancel()
        timer = nil
        let streams = links.sorted { $0.key < $1.key }.compactMap { $0.value.outbound }
        links.removeAll()
        unsent.removeAll()
        for channel in machine.topics.channels.values { channel.assumeIsolated { $0.finish() } }
        node = nil
        return streams
    }

    private func beat() async {
        var pause = configuration.parameters.heartbeatInitialDelay
        while true {
            do { try await runtime.sleep(for: pause) } catch { return }
            heartbeat()
            pause = configuration.parameters.heartbeatInterval
        }
    }

    private func heartbeat() {
        let now = now
        expireValidations(at: now)
        if machine.tick % 5 == 0 { readStanding() }
        // Events may have been lost if this loop lagged.
        if machine.tick % 15 == 14 { reconcile() }
        reviveLinks(at: now)
        machine.heartbeat(at: now, using: &generator)
        perform()
        meters.record(currentStatistics, machine, peers: links.count)
    }

    /// P5 of the score is what the whole node thinks of a peer.
    private func readStanding() {
        guard let node else { return }
        for peer in machine.peers.keys {
            let score = machine.scoring.parameters.applicationScore(
                standing: node.standing(of: peer))
            machine.scoring.setApplicationScore(peer, score)
        }
    }

    // MARK: Performing

    /// Does what the machine has answered.
    ///
    /// - Returns: Messages whose signature is to be checked, which is done elsewhere.
    @discardableResult
    func perform() -> [Inspection] {
        var inspections: [Inspection] = []
        while case let actions = machine.takeActions(), !actions.isEmpty {
            for action in actions {
                switch action {
                case .sendControl(let rpc, let peer): sendControl(rpc, to: peer)
                case .sendGossip(let rpc, let peer): sendGossip(rpc, to: peer)
                case .sendMessage(let message, let id, let peers):
                    send(message, id, to: peers)
                case .withdraw(let id, let peer):
                    if links[peer]?.queue.withdraw(id) ?? false { machine.statistics.spared += 1 }
                case .verify(let ticket, let message):
                    inspections.append(Inspection(ticket: ticket, message: message))
                case .validate(let ticket, let message): validate(ticket, message)
                case .deliver(let message):
                    machine.topics[message.topic]?.assumeIsolated { $0.deliver(message) }
                case .exchange(let offer): exchange(offer)
                case .connectExplicit(let peer): connectExplicit(peer)
                case .meshChanged(let topic, let peer, let isMember):
                    node?.tag(peer, as: "gossipsub:\(topic)", weight: isMember ? 20 : 0)
                case .report(let kind, let detail, let peer):
                    let version = machine.peers[peer]?.version ?? .meshsub11
                    node?.report(PeerFault(kind, in: version.protocolID, detail), by: peer)
                }
            }
        }
        keepDeadline()
        return inspections
    }

    /// One timer for all that is deferred, while something is.
    private func keepDeadline() {
        guard timer == nil, !isStopped, let deadline = machine.nextDeadline else { return }
        timer = executor.schedule(at: deadline) { [weak self] in
            self?.assumeIsolated { router in
                router.timer = nil
                router.machine.sendDeferred(at: router.now)
                router.perform()
            }
        }
    }

    /// The next sequence number of this node: nanoseconds of the clock, and always growing.
    func nextSequenceNumber() -> UInt64 {
        lastSequence = max(lastSequence &+ 1, runtime.clock.unixNanoseconds)
        return lastSequence
    }
}

/// A message whose signature is to be checked.
struct Inspection: Sendable {
    let ticket: UInt64
    let message: PubSubMessage
}
