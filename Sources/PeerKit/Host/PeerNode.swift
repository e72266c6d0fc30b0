import Logging
import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// A peer: a host with services on it.
///
/// ```swift
/// let node = try await PeerNode(identity: .generate()) {
///     LANDiscovery()
///     MyAgent()
/// }
/// await node.handle("/echo/1.0.0") { stream in
///     while let bytes = try await stream.read() { try await stream.write(bytes) }
/// }
/// try await node.run()    // until SIGTERM in a ServiceGroup, or until cancelled
/// ```
///
/// The node and its peers live on the runtime's home executor, each connection on the executor of
/// its socket. Handlers run on their connection's executor: give long computations to
/// `runtime.executors.compute`.
public actor PeerNode {
    enum State {
        case idle
        case starting
        case running
        case stopping
        case stopped
    }

    /// Who the node is.
    public nonisolated let identity: PeerIdentity
    /// What the node takes from the outside world.
    public nonisolated let runtime: Runtime
    /// How it behaves.
    public nonisolated let configuration: PeerNodeConfiguration
    /// Where it logs.
    public nonisolated let log: Logger

    private nonisolated let executor: any RuntimeExecutor
    /// The runtime's home executor.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    nonisolated let handlers = ProtocolHandlers()
    nonisolated let hub: EventHub
    /// The lock guards counters only.
    nonisolated let gate: NIOLockedValueBox<ConnectionGate>
    /// Handlers of inbound streams.
    nonisolated let handlerTasks = TaskScope()
    /// Dials, handshakes, supervision of connections.
    nonisolated let connectionTasks = TaskScope()
    /// The services' `run()`.
    nonisolated let serviceTasks = TaskScope()
    /// Tasks that stop the node: apart from whoever asked for it, so that a cancelled caller does
    /// not cut the drain short.
    nonisolated let stopTasks = TaskScope()
    /// What faults lead to, the writing of the standing book, trimming.
    nonisolated let standingTasks = TaskScope()
    nonisolated let standingBook: StandingBook
    nonisolated let archive: StandingArchive
    nonisolated let rates: StreamRates
    nonisolated let resources: ResourceBook
    nonisolated let meters: NodeMeters
    /// The lock guards one transition.
    nonisolated let tags: NIOLockedValueBox<PeerTags>
    /// The lock guards one counter.
    nonisolated let connectionIDs = NIOLockedValueBox<UInt64>(0)

    var state = State.idle
    let services: [any PeerService]
    var peers: [PeerID: RemotePeer] = [:]
    var listeners: [any NetworkListener] = []
    /// Bytes of the connections that have ended.
    var endedTraffic = Traffic()
    /// Addresses listened on, without `/p2p`.
    var boundAddresses: [Multiaddr] = []
    /// Set before the first connection. The lock guards the copy.
    nonisolated let noiseKey = NIOLockedValueBox<NoiseKey?>(nil)
    /// What the node says of itself, signed once for the same addresses. The lock guards the copy.
    nonisolated let signedOwnRecord = NIOLockedValueBox<OwnRecord?>(nil)
    var serviceFailure: (any Error)?
    var trimming: TrimMachine
    var isTrimming = false
    var observations: ObservedAddressMachine
    var isPushScheduled = false
    var stopWaiters: [CheckedContinuation<Void, Never>] = []
    /// ``stop()`` was called before ``start()`` was done.
    var isStopRequested = false

    /// The static key that this node's handshakes use, with its proof.
    struct NoiseKey: Sendable {
        var key: NoiseStaticKey
        var payload: NoiseSignedPayload
    }

    /// Composes a node; nothing happens before ``start()`` or ``run()``.
    public init(
        identity: PeerIdentity, runtime: Runtime = .live,
        configuration: PeerNodeConfiguration = .init(),
        @PeerServiceBuilder services: () -> [any PeerService] = { [] }
    ) async throws {
        self.identity = identity
        self.runtime = runtime
        self.configuration = configuration
        executor = runtime.executors.home
        var log = configuration.log
        log[metadataKey: "peer"] = "\(identity.peerID.shortDescription)"
        self.log = log
        hub = EventHub(queueLength: configuration.limits.eventQueueLength)
        gate = NIOLockedValueBox(
            ConnectionGate(limits: configuration.limits, policy: configuration.policy))
        meters = NodeMeters(configuration.metrics)
        standingBook = StandingBook(
            runtime: runtime, policy: configuration.standing,
            limits: configuration.standingLimits, metrics: configuration.metrics)
        archive = StandingArchive(
            runtime: runtime, book: standingBook, delay: configuration.standingLimits.writeDelay,
            tasks: standingTasks, log: log)
        rates = StreamRates(limits: configuration.rates, runtime: runtime, standing: standingBook)
        resources = ResourceBook(limits: configuration.resources, metrics: configuration.metrics)
        tags = NIOLockedValueBox(
            PeerTags(maximumPeers: configuration.limits.maximumTaggedPeers))
        trimming = TrimMachine(marks: configuration.waterMarks)
        observations = ObservedAddressMachine(rules: configuration.observation)
        self.services = [IdentifyService(), PingService()] + services()
        connectStanding()
        for service in self.services { try await service.attach(to: self) }
    }

    /// This node's ID.
    public nonisolated var peerID: PeerID { identity.peerID }

    // MARK: Protocols

    /// Serves `protocolID`; a second handler for one protocol replaces the first.
    ///
    /// The handler's return closes the stream in order, an error resets it.
    public func handle(_ protocolID: ProtocolID, _ handler: @escaping StreamHandler) {
        if handlers.set(handler, for: protocolID) { protocolsChanged() }
    }

    /// Serves `protocolID` no longer; streams that are open live on.
    public func removeHandler(for protocolID: ProtocolID) {
        if handlers.remove(protocolID) { protocolsChanged() }
    }

    private func protocolsChanged() { scheduleIdentifyPush() }

    // MARK: Events and views

    /// Everything that happens from now on. A subscriber that lags loses the oldest events.
    public nonisolated func events() -> AsyncStream<PeerEvent> { hub.subscribe() }

    /// Where others can dial this node, with its `/p2p` part.
    public var listenAddresses: [Multiaddr] {
        boundAddresses.map { $0.withPeerID(peerID) }
    }

    /// Peers with at least one connection, in the order of their IDs.
    public var connectedPeers: [PeerID] {
        peers.values.filter { $0.assumeIsolated { $0.isConnected } }.map(\.id).sorted()
    }

    /// What is known of every peer, in the order of their IDs.
    public func snapshots() async -> [PeerSnapshot] {
        var list: [PeerSnapshot] = []
        for (_, peer) in peers.sorted(by: { $0.key < $1.key }) { list.append(await peer.snapshot) }
        return list
    }

    /// What is known of one peer.
    public func snapshot(of peer: PeerID) async -> PeerSnapshot? { await peers[peer]?.snapshot }

    /// Bytes over all connections since the start, those that have ended included.
    public var traffic: Traffic {
        get async { await snapshots().reduce(endedTraffic) { $0 + $1.traffic } }
    }

    /// How often each limit has refused a connection, and ``ConnectionRefusal`` of other kinds.
    public nonisolated var refusals: [String: Int] { gate.withLockedValue { $0.refusals } }

    /// What is spent on peers now, and which limits have refused streams and memory.
    public nonisolated var resourceUsage: ResourceSnapshot { resources.snapshot }

    // MARK: Peers

    // The actors of the peers share this one's executor, so it may look into them within a turn
    // (`assumeIsolated`), and nothing changes between the look and the act.

    /// The actor of a peer, made at first need.
    func remotePeer(_ id: PeerID) -> RemotePeer {
        if let peer = peers[id] { return peer }
        if peers.count >= configuration.limits.maximumKnownPeers { forgetOldestPeer() }
        let machine = PeerMachine(
            peer: id, localPeer: peerID, limits: configuration.limits, now: runtime.clock.now)
        let peer = RemotePeer(
            machine: machine, dialer: dialer, tasks: connectionTasks,
            report: { [weak self] in self?.report($0, by: $1) })
        peers[id] = peer
        return peer
    }

    /// Makes room: of the peers without connection, the one heard of longest ago goes.
    private func forgetOldestPeer() {
        let oldest = peers.values.compactMap { peer -> (seen: Instant, id: PeerID)? in
            peer.assumeIsolated { $0.isForgettable ? ($0.lastSeen, $0.id) : nil }
        }.min { $0 < $1 }
        if let oldest { peers[oldest.id] = nil }
    }

    /// Remembers where a peer was heard of. Nothing is dialled.
    public func learn(_ peer: PeerID, at addresses: [Multiaddr], source: String) {
        guard peer != peerID else { return }
        let remote = remotePeer(peer)
        remote.assumeIsolated { $0.learn(addresses) }
        hub.publish(.discovered(peer, addresses, source: source))
    }
}
