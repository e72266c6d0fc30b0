import Collections

/// A node's part in a distributed hash table: finds any peer, stores small values, and knows who
/// has which content. Speaks `/ipfs/kad/1.0.0` of libp2p.
///
/// ```swift
/// let table = Kademlia()
/// let node = try await PeerNode(identity: identity) { table }
/// try await node.start()
/// try await node.connect(to: somebody)
/// let found = try await table.findPeer(id)
/// print(found.addresses, found.report.hops)
/// ```
///
/// The shell around ``LookupMachine``, the buckets of the ``RoutingTable``, ``RecordStore`` and
/// ``ProviderStore``; it takes none of their decisions. It lives on the node's home executor.
public actor Kademlia: PeerService {
    /// How a node takes part.
    public typealias Configuration = KademliaConfiguration

    /// For logs and errors.
    public nonisolated let name = "kademlia"
    /// How this node takes part.
    public nonisolated let configuration: Configuration

    nonisolated let home = KademliaHome()
    /// The node's home executor, from `attach` on.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        home.executor.asUnownedSerialExecutor()
    }

    /// What exists once the service is part of a node.
    struct Parts {
        var table: RoutingTable
        let client: KademliaClient
        let meters: KademliaMeters
        var holdings: Holdings
        var serving: ServingMachine
        var checks = CheckQueue()
    }

    weak var node: PeerNode?
    var parts: Parts?
    var agenda = Agenda()
    /// The timer for the agenda, and when it goes off.
    var alarm: (token: TimerToken, time: Instant)?
    /// Long chores that run, so that none runs twice.
    var underWay: Set<Agenda.Chore> = []
    /// Look-ups under way.
    var lookups = 0
    var counts = KademliaStatistics()
    /// Tasks that belong to the service: checks, chores, corrections.
    nonisolated let tasks = TaskScope()
    /// Wakes the loop that does the chores.
    nonisolated let wakeUps = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))
    var store: (any KeyValueStore)?
    /// How often the bootstrap peers have been dialled in vain.
    var contactFailures = 0

    /// A service with `configuration`.
    public init(_ configuration: Configuration = .init()) { self.configuration = configuration }

    /// Whether this node serves others.
    public nonisolated func isServer(on node: PeerNode) -> Bool {
        switch configuration.mode {
        case .server: true
        case .client: false
        case .automatic: !node.configuration.listenAddresses.isEmpty
        }
    }

    // MARK: Life

    /// Registers the protocol, in server mode.
    public nonisolated func attach(to node: PeerNode) async throws {
        home.move(to: node.runtime.executors.home)
        await prepare(for: node)
        guard isServer(on: node) else { return }
        await node.handle(configuration.protocolID) { [weak self] stream in
            guard let self else { return }
            try await self.serve(stream)
        }
    }

    private func prepare(for node: PeerNode) {
        precondition(parts == nil, "a Kademlia service belongs to one node")
        self.node = node
        counts.isServer = isServer(on: node)
        let meters = KademliaMeters(node.configuration.metrics)
        let table = RoutingTable(
            local: node.peerID, capacity: max(1, configuration.bucketSize),
            diversity: configuration.diversity, executor: node.runtime.executors.home)
        parts = Parts(
            table: table,
            client: KademliaClient(
                node: node, protocolID: configuration.protocolID, limits: configuration.limits,
                meters: meters),
            meters: meters,
            holdings: Holdings(
                local: table.local, limits: configuration.limits,
                validators: configuration.validators),
            serving: ServingMachine(limits: configuration.limits))
    }

    /// Keeps the table, answers, republishes, until it is cancelled.
    public func run(on node: PeerNode) async throws {
        // Before anything else, so that nobody who connects meanwhile is missed.
        let events = node.events()
        if configuration.persists { await restore(node) }
        for peer in node.view.connectedPeers {
            if let info = node.view.identity(of: peer) { identified(peer, info) }
        }
        let now = node.runtime.clock.now
        plan(.contact, at: now)
        plan(.refresh, at: now.advanced(by: configuration.refreshInterval))
        if let parts, parts.table.count > 0 { plan(.join, at: now) }
        if let due = parts?.holdings.publications.next { plan(.republish, at: due) }
        await withTaskGroup { group in
            group.addTask { await self.follow(events) }
            group.addTask { await self.work() }
            await group.next()
            group.cancelAll()
        }
        tasks.cancel()
        await tasks.drained()
        alarm?.token.cancel()
        await parts?.client.closeAll()
        journalTable()
        await flush()
        await store?.close()
        store = nil
    }

    private func follow(_ events: AsyncStream<PeerEvent>) async {
        for await event in events {
            switch event {
            case .identified(let peer, let info): identified(peer, info)
            case .disconnected(let peer, _): await parts?.client.forget(peer)
            default: continue
            }
        }
    }

    private func work() async {
        for await _ in wakeUps.stream {
            guard let node else { return }
            for chore in agenda.take(at: node.runtime.clock.now) { await perform(chore) }
            setAlarm()
        }
    }

    // MARK: The agenda

    /// Sets a chore to be done at a time.
    func plan(_ chore: Agenda.Chore, at time: Instant) {
        agenda.add(chore, at: time)
        setAlarm()
    }

    /// Sets a chore to be done after a while.
    func plan(_ chore: Agenda.Chore, in pause: Duration) {
        plan(chore, at: home.executor.now.advanced(by: pause))
    }

    private func setAlarm() {
        guard let next = agenda.next else { return }
        if let alarm {
            guard next < alarm.time else { return }
            alarm.token.cancel()
        }
        let token = home.executor.schedule(at: next) { [weak self] in
            self?.assumeIsolated { kademlia in
                kademlia.alarm = nil
                kademlia.wakeUps.continuation.yield()
            }
        }
        alarm = (token, next)
    }

    // MARK: Views

    /// The buckets that hold anything.
    public func table() -> [BucketSnapshot] {
        guard let parts, let node else { return [] }
        return parts.table.snapshot(at: node.runtime.clock.now)
    }

    /// Figures of the service.
    public var statistics: KademliaStatistics {
        var statistics = counts
        guard let parts else { return statistics }
        statistics.peers = parts.table.count
        statistics.records = parts.holdings.records.count
        statistics.recordBytes = parts.holdings.records.byteCount
        statistics.providers = parts.holdings.providers.count
        statistics.publications = parts.holdings.publications.items.count
        statistics.requests = parts.client.assumeIsolated { $0.requests }
        statistics.failedRequests = parts.client.assumeIsolated { $0.failures }
        statistics.idleStreams = parts.client.assumeIsolated { $0.idleCount }
        return statistics
    }
}
