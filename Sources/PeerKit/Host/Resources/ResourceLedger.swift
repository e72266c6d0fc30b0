/// The account of what a node spends on its peers; see ``ResourceLimits``.
///
/// What is taken must be given back with the same arguments; nothing is kept of a scope in which
/// nothing is spent, so the account is bounded by what it counts.
struct ResourceLedger: Sendable {
    private struct PeerProtocol: Hashable, Sendable {
        var peer: PeerID
        var protocolID: ProtocolID
    }

    private let limits: ResourceLimits
    private(set) var system = ResourceUsage()
    private var peers: [PeerID: ResourceUsage] = [:]
    private var protocols: [ProtocolID: ResourceUsage] = [:]
    private var peerProtocols: [PeerProtocol: ResourceUsage] = [:]
    private var refusals: [String: Int] = [:]

    init(limits: ResourceLimits) { self.limits = limits }

    /// Whether nothing is spent, in any scope.
    var isEmpty: Bool {
        system.isNothing && peers.isEmpty && protocols.isEmpty && peerProtocols.isEmpty
    }

    /// Scopes with something spent in them, the node as a whole not counted.
    var scopeCount: Int { peers.count + protocols.count + peerProtocols.count }

    var snapshot: ResourceSnapshot {
        var snapshot = ResourceSnapshot()
        snapshot.system = system
        snapshot.peers = peers
        snapshot.protocols = protocols
        snapshot.refusals = refusals
        return snapshot
    }

    // MARK: Peers

    /// Takes something for a peer, in the scopes of the node and of the peer.
    mutating func take(_ usage: ResourceUsage, for peer: PeerID) throws(LimitRefusal) {
        var newSystem = system
        newSystem += usage
        var newPeer = peers[peer] ?? ResourceUsage()
        newPeer += usage
        // The narrower scope first: who exceeds it is to blame.
        try check(newPeer, limits.peer, "peer")
        try check(newSystem, limits.system, "system")
        system = newSystem
        peers[peer] = newPeer
    }

    /// Gives back what was taken for a peer.
    mutating func giveBack(_ usage: ResourceUsage, for peer: PeerID) {
        system -= usage
        peers[peer]? -= usage
        if peers[peer]?.isNothing == true { peers[peer] = nil }
    }

    // MARK: Protocols

    /// What was taken for a peer turns out to be for a protocol.
    mutating func assign(
        _ usage: ResourceUsage, of peer: PeerID, to protocolID: ProtocolID
    ) throws(LimitRefusal) {
        let key = PeerProtocol(peer: peer, protocolID: protocolID)
        var newPeerProtocol = peerProtocols[key] ?? ResourceUsage()
        newPeerProtocol += usage
        var newProtocol = protocols[protocolID] ?? ResourceUsage()
        newProtocol += usage
        if let own = limits.peerProtocols[protocolID] {
            try check(newPeerProtocol, own, "peerProtocols[\"\(protocolID)\"]")
        } else {
            try check(newPeerProtocol, limits.anyPeerProtocol, "anyPeerProtocol")
        }
        if let own = limits.protocols[protocolID] {
            try check(newProtocol, own, "protocols[\"\(protocolID)\"]")
        } else {
            try check(newProtocol, limits.anyProtocol, "anyProtocol")
        }
        peerProtocols[key] = newPeerProtocol
        protocols[protocolID] = newProtocol
    }

    /// Takes back ``assign(_:of:to:)``; what was taken for the peer stays taken.
    mutating func unassign(
        _ usage: ResourceUsage, of peer: PeerID, from protocolID: ProtocolID
    ) {
        let key = PeerProtocol(peer: peer, protocolID: protocolID)
        peerProtocols[key]? -= usage
        if peerProtocols[key]?.isNothing == true { peerProtocols[key] = nil }
        protocols[protocolID]? -= usage
        if protocols[protocolID]?.isNothing == true { protocols[protocolID] = nil }
    }

    private mutating func check(
        _ usage: ResourceUsage, _ scope: ResourceLimits.Scope, _ name: String
    ) throws(LimitRefusal) {
        guard let (resource, value) = usage.excess(over: scope) else { return }
        let refusal = LimitRefusal(
            limit: "\(name).\(resource)", value: value, setting: "resources.\(name).\(resource)")
        refusals[refusal.limit, default: 0] += 1
        throw refusal
    }
}
