/// Decides which connections may be: by configured policy, and by counting them by state, peer,
/// address and subnet.
///
/// A connection takes a place when it starts (before its handshake costs anything) and another
/// when its peer is known; it gives both back when it ends.
struct ConnectionGate: Sendable {
    private let limits: HostLimits
    private let policy: ConnectionPolicy
    private(set) var inboundHandshakes = 0
    private(set) var outboundDials = 0
    private var total = 0
    /// By ``IPAddress/host`` and ``IPAddress/group``, which never are of one length.
    private var byRange: [IPSubnet: Int] = [:]
    private var byPeer: [PeerID: Int] = [:]

    /// Keys that nobody shall believe; bounded by whoever sets them
    /// (``RotationLimits/maximumRevoked``).
    var revokedPeers: Set<PeerID> = []

    /// Refusals by the limit's name, for metrics.
    private(set) var refusals: [String: Int] = [:]

    init(limits: HostLimits, policy: ConnectionPolicy = ConnectionPolicy()) {
        self.limits = limits
        self.policy = policy
    }

    /// Connections that are counted now.
    var count: Int { total }

    /// Whether nothing is counted, under any head.
    var isEmpty: Bool {
        total == 0 && inboundHandshakes == 0 && outboundDials == 0 && byRange.isEmpty
            && byPeer.isEmpty
    }

    /// A place for a connection that begins.
    mutating func begin(
        _ direction: Direction, _ address: IPAddress
    ) throws(ConnectionRefusal) {
        if let refusal = policy.refusal(of: address) { throw note(refusal) }
        try require(
            total < limits.maximumConnections, "maximumConnections", limits.maximumConnections)
        switch direction {
        case .inbound:
            try require(
                inboundHandshakes < limits.maximumInboundHandshakes, "maximumInboundHandshakes",
                limits.maximumInboundHandshakes)
        case .outbound:
            try require(
                outboundDials < limits.maximumOutboundDials, "maximumOutboundDials",
                limits.maximumOutboundDials)
        }
        if let (host, group) = counted(address) {
            try require(
                byRange[host, default: 0] < limits.maximumConnectionsPerAddress,
                "maximumConnectionsPerAddress", limits.maximumConnectionsPerAddress)
            try require(
                byRange[group, default: 0] < limits.maximumConnectionsPerSubnet,
                "maximumConnectionsPerSubnet", limits.maximumConnectionsPerSubnet)
            byRange[host, default: 0] += 1
            byRange[group, default: 0] += 1
        }
        total += 1
        if direction == .inbound { inboundHandshakes += 1 } else { outboundDials += 1 }
    }

    /// The handshake of a connection is over, well or not.
    mutating func handshakeEnded(_ direction: Direction) {
        if direction == .inbound { inboundHandshakes -= 1 } else { outboundDials -= 1 }
    }

    /// A place for a connection whose peer is known.
    mutating func admit(_ peer: PeerID) throws(ConnectionRefusal) {
        if revokedPeers.contains(peer) { throw note(.revoked(peer)) }
        if let refusal = policy.refusal(of: peer) { throw note(refusal) }
        try require(
            byPeer[peer, default: 0] < limits.maximumConnectionsPerPeer,
            "maximumConnectionsPerPeer", limits.maximumConnectionsPerPeer)
        byPeer[peer, default: 0] += 1
    }

    /// Gives back the place by peer.
    mutating func release(_ peer: PeerID) {
        guard let count = byPeer[peer] else { return }
        byPeer[peer] = count > 1 ? count - 1 : nil
    }

    /// Gives back the place that ``begin(_:_:)`` took for the same address.
    mutating func end(_ address: IPAddress) {
        total -= 1
        guard let (host, group) = counted(address) else { return }
        for range in [host, group] {
            guard let count = byRange[range] else { continue }
            byRange[range] = count > 1 ? count - 1 : nil
        }
    }

    /// Counts a refusal that was decided elsewhere or here, and returns it.
    @discardableResult
    mutating func note(_ refusal: ConnectionRefusal) -> ConnectionRefusal {
        refusals[refusal.label, default: 0] += 1
        return refusal
    }

    /// Under which ranges a connection counts, if under any.
    private func counted(_ address: IPAddress) -> (host: IPSubnet, group: IPSubnet)? {
        limits.exemptsLoopback && address.isLoopback ? nil : (address.host, address.group)
    }

    private mutating func require(
        _ condition: Bool, _ limit: String, _ value: Int
    ) throws(ConnectionRefusal) {
        guard !condition else { return }
        throw note(
            .limit(LimitRefusal(limit: limit, value: value, setting: "limits.\(limit)")))
    }
}

extension ConnectionRefusal {
    /// The error that a closure has thrown, as a value: locks hand on no typed errors.
    static func of(_ body: () throws(ConnectionRefusal) -> Void) -> ConnectionRefusal? {
        do throws(ConnectionRefusal) {
            try body()
            return nil
        } catch {
            return error
        }
    }
}
