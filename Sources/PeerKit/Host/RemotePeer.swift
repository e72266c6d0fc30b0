/// One remote peer: its addresses, connections and what it has told of itself.
///
/// The shell around ``PeerMachine``. The host makes one for every peer it hears of.
public actor RemotePeer {
    /// Who it is.
    public nonisolated let id: PeerID
    private nonisolated let executor: any RuntimeExecutor
    /// The node's own executor.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    private var machine: PeerMachine
    private var connections: [UInt64: Connection] = [:]
    private var waiters: [UInt64: CheckedContinuation<Result<Connection, HostError>, Never>] = [:]
    private var nextWaiter: UInt64 = 0
    private(set) var identity: IdentifyInfo?
    private let dialer: Dialer
    private let tasks: TaskScope
    private let report: @Sendable (PeerFault, PeerID) -> Void
    /// Whether the latest connection was with a private address.
    private var wasReachedAtPrivateAddress = false

    init(
        machine: PeerMachine, dialer: Dialer, tasks: TaskScope,
        report: @escaping @Sendable (PeerFault, PeerID) -> Void
    ) {
        id = machine.peer
        self.machine = machine
        self.dialer = dialer
        self.tasks = tasks
        self.report = report
        executor = dialer.runtime.executors.home
    }

    /// What is known of the peer now.
    public var snapshot: PeerSnapshot {
        get async {
            var traffic = Traffic()
            var roundTrip: Duration?
            for (_, connection) in connections.sorted(by: { $0.key < $1.key }) {
                traffic = traffic + (await connection.traffic)
                if let time = await connection.roundTrip {
                    roundTrip = min(time, roundTrip ?? time)
                }
            }
            return PeerSnapshot(
                id: id, addresses: Array(machine.addresses.keys.reversed()),
                connections: Array(machine.connections.values), identity: identity,
                traffic: traffic, roundTrip: roundTrip, lastSeen: machine.lastSeen)
        }
    }

    var isConnected: Bool { machine.isConnected }
    var knownAddresses: [Multiaddr] { machine.addresses.keys.reversed() }
    var standingConnections: [ConnectionInfo] { Array(machine.connections.values) }
    var lastSeen: Instant { machine.lastSeen }
    /// Whether nothing would be lost with this actor but what is known of the peer.
    var isForgettable: Bool { !machine.isConnected && !machine.isDialling && waiters.isEmpty }

    func learn(_ addresses: [Multiaddr]) { machine.learn(addresses, at: executor.now) }

    // MARK: Connecting

    /// A connection with the peer, dialling if there is none.
    func connect(isInsistent: Bool) async throws(HostError) -> Connection {
        nextWaiter += 1
        let waiter = nextWaiter
        let result: Result<Connection, HostError> = await withTaskCancellationHandler {
            await withCheckedContinuation { want(waiter, $0, isInsistent: isInsistent) }
        } onCancel: {
            executor.execute {
                self.assumeIsolated {
                    $0.waiters.removeValue(forKey: waiter)?.resume(returning: .failure(.cancelled))
                }
            }
        }
        return try result.get()
    }

    /// Asks and begins to wait in one turn: the dial that is waited for may end in the next one.
    private func want(
        _ waiter: UInt64, _ continuation: CheckedContinuation<Result<Connection, HostError>, Never>,
        isInsistent: Bool
    ) {
        if let connection = preferredConnection() {
            return continuation.resume(returning: .success(connection))
        }
        // The turn of a cancellation may be over already.
        guard !Task.isCancelled else { return continuation.resume(returning: .failure(.cancelled)) }
        switch machine.want(at: executor.now, isInsistent: isInsistent) {
        case .connected(let id):
            continuation.resume(
                returning: connections[id].map(Result.success) ?? .failure(.notRunning))
        case .noAddress:
            continuation.resume(returning: .failure(.noAddress(id)))
        case .backingOff(let until):
            let pause = executor.now.duration(to: until)
            continuation.resume(returning: .failure(.backingOff(id, for: pause)))
        case .wait(let actions):
            // First, for a dial that cannot even begin ends at once.
            waiters[waiter] = continuation
            perform(actions)
        }
    }

    /// The connection for new streams, if one stands.
    func preferredConnection() -> Connection? {
        machine.preferred.flatMap { connections[$0] }
    }

    private func perform(_ actions: [PeerMachine.Action]) {
        for action in actions {
            switch action {
            case .dial(let addresses): startDial(addresses)
            case .scheduleDuplicateCheck(let deadline): scheduleDuplicateCheck(deadline)
            case .close(let id): closeConnection(id)
            }
        }
    }

    private func startDial(_ addresses: [Multiaddr]) {
        let isStarted = tasks.start(on: executor) { [id, dialer, weak self] in
            do throws(HostError) {
                // Admission reports the connection to this actor before the dial returns.
                try await dialer.dial(addresses, expecting: id) { [weak self] failure in
                    self?.noteFailure(failure)
                }
                await self?.dialSucceeded()
            } catch {
                await self?.dialFailed(error)
            }
        }
        if !isStarted { dialFailed(.notRunning) }
    }

    private func dialSucceeded() {
        machine.dialSucceeded()
        // Whoever waited for this dial has had its connection when that was added. Who waits still
        // came when it had ended again, and wants another.
        if let connection = preferredConnection() {
            resumeWaiters(.success(connection))
        } else if !waiters.isEmpty {
            dialAnew()
        }
    }

    private func dialAnew() {
        switch machine.want(at: executor.now) {
        case .connected(let id):
            resumeWaiters(connections[id].map(Result.success) ?? .failure(.notRunning))
        case .wait(let actions): perform(actions)
        case .noAddress: resumeWaiters(.failure(.noAddress(id)))
        case .backingOff(let until):
            resumeWaiters(.failure(.backingOff(id, for: executor.now.duration(to: until))))
        }
    }

    private func dialFailed(_ error: HostError) {
        switch error {
        case .limit, .notRunning, .cancelled:
            machine.dialRefused()
        default:
            let jitter = Double(dialer.runtime.random.next() >> 11) * 0x1p-53
            machine.dialFailed(at: executor.now, jitter: jitter)
        }
        resumeWaiters(preferredConnection().map(Result.success) ?? .failure(error))
    }

    /// The peer itself has named an address, over a connection, at which somebody else proves to be.
    ///
    /// That it is somebody's at all says little where addresses are private: it may be another
    /// network's. So those count only of a peer that was reached at a private address, too.
    private func reportFalseClaim(_ failure: HostError.DialFailure) {
        guard case .upgrade(.noise(.unexpectedPeer)) = failure.error,
            let claimed = identity?.dialableAddresses,
            claimed.contains(where: { $0.withoutPeerID == failure.address }),
            let ip = failure.address.ipEndpoint?.address, !ip.isLoopback,
            !ip.isPrivate || wasReachedAtPrivateAddress
        else { return }
        report(
            PeerFault(
                .falseClaim, in: IdentifyService.protocolID,
                "\(failure.address) is another peer's"), id)
    }

    /// An address did not yield a connection.
    private nonisolated func noteFailure(_ failure: HostError.DialFailure) {
        executor.execute { self.assumeIsolated { $0.reportFalseClaim(failure) } }
    }

    private func resumeWaiters(_ result: Result<Connection, HostError>) {
        let list = waiters.sorted { $0.key < $1.key }.map(\.value)
        waiters.removeAll()
        for waiter in list { waiter.resume(returning: result) }
    }

    // MARK: Connections

    /// A connection stands.
    ///
    /// - Returns: Whether it is the only one.
    func add(_ connection: Connection, _ info: ConnectionInfo) -> Bool {
        connections[info.id] = connection
        let isFirst = !machine.isConnected
        wasReachedAtPrivateAddress = info.remoteAddress.ipEndpoint?.address.isPrivate ?? false
        if info.direction == .outbound {
            machine.learn([info.remoteAddress], at: executor.now)
        }
        perform(machine.connected(info, at: executor.now))
        resumeWaiters(.success(connection))
        return isFirst
    }

    /// A connection has ended.
    ///
    /// - Returns: Whether it was the last one.
    func remove(_ info: ConnectionInfo) -> Bool {
        connections[info.id] = nil
        return machine.disconnected(info.id, at: executor.now)
    }

    var connectionList: [Connection] { connections.sorted { $0.key < $1.key }.map(\.value) }
    /// When the youngest connection began.
    var youngest: Instant? { machine.youngest }

    func setIdentity(_ info: IdentifyInfo) {
        identity = info
        machine.learn(info.dialableAddresses, at: executor.now)
    }

    private func scheduleDuplicateCheck(_ deadline: Instant) {
        tasks.start(on: executor) { [dialer, weak self] in
            try? await dialer.runtime.sleep(until: deadline)
            await self?.checkDuplicates()
        }
    }

    private func checkDuplicates() async {
        var spare: Set<UInt64> = []
        for (id, connection) in connections where await connection.streamCount == 0 {
            spare.insert(id)
        }
        perform(machine.checkDuplicates(at: executor.now) { spare.contains($0) })
    }

    private func closeConnection(_ id: UInt64) {
        guard let connection = connections[id] else { return }
        // Looks again, in the connection's own turn: a stream may have come meanwhile.
        tasks.start(on: connection.executor) { await connection.closeIfSpare() }
    }
}

/// What a node knows of a peer at one moment.
public struct PeerSnapshot: Sendable {
    /// Who it is.
    public let id: PeerID
    /// Where it was heard of, latest first.
    public let addresses: [Multiaddr]
    /// Connections that stand.
    public let connections: [ConnectionInfo]
    /// What it told of itself.
    public let identity: IdentifyInfo?
    /// Bytes over the connections that stand.
    public let traffic: Traffic
    /// The shortest round trip measured.
    public let roundTrip: Duration?
    /// When something was last heard of it.
    public let lastSeen: Instant
}
