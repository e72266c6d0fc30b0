import Collections

/// What a node knows of one remote peer and what it does about connecting to it.
///
/// Rules:
/// - Callers that want a connection share one dial.
/// - A failed dial starts a back-off that doubles, so that a dead peer costs little.
/// - When both sides dialled at once, or one dialled twice, both connections stand, as go-libp2p
///   keeps them too. New streams go over the *preferred* one, which both sides choose alike: the
///   one dialled by the peer with the smaller ID, then the older one. The others are closed by the
///   peer with the smaller ID once they are spare and older than ``duplicateGrace``.
struct PeerMachine: Sendable {
    /// What the shell must do.
    enum Action: Sendable, Equatable {
        case dial([Multiaddr])
        case scheduleDuplicateCheck(Instant)
        case close(connection: UInt64)
    }

    /// The answer to somebody who wants a connection.
    enum Wish: Sendable, Equatable {
        /// One stands.
        case connected(UInt64)
        /// Wait for the dial that runs (or that the action starts).
        case wait([Action])
        /// There is nothing to dial.
        case noAddress
        /// Too soon after a failure.
        case backingOff(until: Instant)
    }

    static let duplicateGrace = Duration.seconds(10)
    static let firstBackoff = Duration.seconds(1)
    static let maximumBackoff = Duration.seconds(300)

    let peer: PeerID
    private let localPeer: PeerID
    private let limits: HostLimits
    /// Addresses by when they were last heard of; the oldest go first when there are too many.
    private(set) var addresses: OrderedDictionary<Multiaddr, Instant> = [:]
    private(set) var connections: OrderedDictionary<UInt64, ConnectionInfo> = [:]
    private(set) var isDialling = false
    private(set) var failures = 0
    private(set) var backoffEnd: Instant?
    private(set) var lastSeen: Instant
    /// When each connection began.
    private var opened: [UInt64: Instant] = [:]
    /// One check at a time, however often the peer connects.
    private var isDuplicateCheckScheduled = false

    init(peer: PeerID, localPeer: PeerID, limits: HostLimits, now: Instant) {
        self.peer = peer
        self.localPeer = localPeer
        self.limits = limits
        lastSeen = now
    }

    var isConnected: Bool { !connections.isEmpty }

    /// When the youngest connection began.
    var youngest: Instant? { opened.values.max() }

    /// The connection for new streams.
    var preferred: UInt64? {
        connections.values.min { isBetter($0, than: $1) }?.id
    }

    // MARK: Addresses

    /// Remembers addresses (without `/p2p`), newest last.
    mutating func learn(_ found: some Sequence<Multiaddr>, at now: Instant) {
        lastSeen = max(lastSeen, now)
        for address in found.prefix(limits.maximumAddressesPerPeer) {
            let bare = address.withoutPeerID
            guard bare.tcpDialTarget != nil else { continue }
            addresses.removeValue(forKey: bare)
            addresses[bare] = now
        }
        while addresses.count > limits.maximumAddressesPerPeer { addresses.removeFirst() }
    }

    // MARK: Dialling

    /// Somebody wants a connection.
    ///
    /// - Parameter isInsistent: Dial in spite of a back-off: a person asked.
    mutating func want(at now: Instant, isInsistent: Bool = false) -> Wish {
        if let preferred { return .connected(preferred) }
        if isDialling { return .wait([]) }
        if !isInsistent, let backoffEnd, backoffEnd > now { return .backingOff(until: backoffEnd) }
        guard !addresses.isEmpty else { return .noAddress }
        isDialling = true
        return .wait([.dial(dialOrder)])
    }

    /// Newest first: it is the likeliest to be true.
    private var dialOrder: [Multiaddr] {
        Array(addresses.keys.reversed().prefix(limits.maximumAddressesPerDial))
    }

    /// The dial has ended without a connection.
    ///
    /// - Parameter jitter: 0 ..< 1, spreads the retries of many peers.
    mutating func dialFailed(at now: Instant, jitter: Double) {
        isDialling = false
        // The peer may have dialled this node meanwhile.
        guard !isConnected else { return }
        failures += 1
        let doublings = min(failures - 1, 16)
        let base = min(Self.firstBackoff * (1 << doublings), Self.maximumBackoff)
        backoffEnd = now.advanced(by: base * (0.75 + 0.5 * jitter))
    }

    /// A limit of this node kept the dial from being made, which says nothing of the peer.
    mutating func dialRefused() {
        isDialling = false
    }

    /// The dial has ended with a connection, which ``connected(_:at:)`` reports by itself.
    mutating func dialSucceeded() {
        isDialling = false
    }

    // MARK: Connections

    /// A connection stands, whoever dialled it.
    mutating func connected(_ info: ConnectionInfo, at now: Instant) -> [Action] {
        connections[info.id] = info
        opened[info.id] = now
        lastSeen = max(lastSeen, now)
        failures = 0
        backoffEnd = nil
        return scheduleDuplicateCheck(at: now)
    }

    private mutating func scheduleDuplicateCheck(at now: Instant) -> [Action] {
        guard connections.count > 1, !isDuplicateCheckScheduled else { return [] }
        isDuplicateCheckScheduled = true
        return [.scheduleDuplicateCheck(now.advanced(by: Self.duplicateGrace))]
    }

    /// A connection has ended.
    ///
    /// - Returns: Whether it was the last one.
    mutating func disconnected(_ id: UInt64, at now: Instant) -> Bool {
        guard connections.removeValue(forKey: id) != nil else { return false }
        opened[id] = nil
        lastSeen = max(lastSeen, now)
        return connections.isEmpty
    }

    /// The grace for duplicates has passed.
    ///
    /// - Parameter isSpare: Whether a connection carries no stream.
    mutating func checkDuplicates(at now: Instant, isSpare: (UInt64) -> Bool) -> [Action] {
        isDuplicateCheckScheduled = false
        guard localPeer < peer, connections.count > 1, let preferred else { return [] }
        let spare = connections.keys.filter { id in
            let age = (opened[id] ?? now).duration(to: now)
            return id != preferred && age >= Self.duplicateGrace && isSpare(id)
        }
        return spare.map { .close(connection: $0) } + scheduleDuplicateCheck(at: now)
    }

    private func isBetter(_ a: ConnectionInfo, than b: ConnectionInfo) -> Bool {
        let aFirst = isDialledBySmaller(a)
        let bFirst = isDialledBySmaller(b)
        return aFirst != bFirst ? aFirst : a.id < b.id
    }

    private func isDialledBySmaller(_ info: ConnectionInfo) -> Bool {
        (info.direction == .outbound) == (localPeer < peer)
    }
}
