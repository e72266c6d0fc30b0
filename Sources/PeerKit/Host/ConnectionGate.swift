/// Decides which connections may be: counts them by state, peer and address.
///
/// A connection takes a place when it starts (before its handshake costs anything) and another
/// when its peer is known; it gives both back when it ends.
struct ConnectionGate: Sendable {
    /// Why a connection may not be.
    struct Refusal: Error, Hashable, Sendable {
        var limit: String
        var value: Int
    }

    private let limits: HostLimits
    private var inboundHandshakes = 0
    private var outboundDials = 0
    private var total = 0
    private var byAddress: [IPAddress: Int] = [:]
    private var byPeer: [PeerID: Int] = [:]

    /// Refusals by the limit's name, for metrics.
    private(set) var refusals: [String: Int] = [:]

    init(limits: HostLimits) { self.limits = limits }

    /// Connections that are counted now.
    var count: Int { total }

    /// Whether nothing is counted, under any head.
    var isEmpty: Bool {
        total == 0 && inboundHandshakes == 0 && outboundDials == 0 && byAddress.isEmpty
            && byPeer.isEmpty
    }

    /// A place for a connection that begins.
    mutating func begin(_ direction: Direction, _ address: IPAddress) throws(Refusal) {
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
        if let address = counted(address) {
            try require(
                byAddress[address, default: 0] < limits.maximumConnectionsPerAddress,
                "maximumConnectionsPerAddress", limits.maximumConnectionsPerAddress)
            byAddress[address, default: 0] += 1
        }
        total += 1
        if direction == .inbound { inboundHandshakes += 1 } else { outboundDials += 1 }
    }

    /// The handshake of a connection is over, well or not.
    mutating func handshakeEnded(_ direction: Direction) {
        if direction == .inbound { inboundHandshakes -= 1 } else { outboundDials -= 1 }
    }

    /// A place for a connection whose peer is known.
    mutating func admit(_ peer: PeerID) throws(Refusal) {
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
        guard let address = counted(address), let count = byAddress[address] else { return }
        byAddress[address] = count > 1 ? count - 1 : nil
    }

    /// Under which address a connection counts, if under any.
    private func counted(_ address: IPAddress) -> IPAddress? {
        let address = address.unmapped
        return limits.exemptsLoopback && address.isLoopback ? nil : address
    }

    private mutating func require(
        _ condition: Bool, _ limit: String, _ value: Int
    ) throws(Refusal) {
        guard !condition else { return }
        refusals[limit, default: 0] += 1
        throw Refusal(limit: limit, value: value)
    }
}
