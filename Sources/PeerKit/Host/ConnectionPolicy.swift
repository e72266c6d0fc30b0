/// With whom a node has connections at all, by configuration.
///
/// A denial wins over an allowance. Addresses are judged before a connection costs anything, peers
/// once the handshake has proven who they are; both hold for connections in either direction. For
/// what is decided while the node runs there is ``PeerNode/ban(_:for:because:)``.
public struct ConnectionPolicy: Sendable, Hashable {
    /// Peers that are refused.
    public var deniedPeers: Set<PeerID> = []
    /// When set, all other peers are refused.
    public var allowedPeers: Set<PeerID>?
    /// Address ranges that are refused.
    public var deniedSubnets: [IPSubnet] = []
    /// When set, all other addresses are refused.
    public var allowedSubnets: [IPSubnet]?

    /// Lets everybody in.
    public init() {}

    /// Which rule refuses an address.
    func refusal(of address: IPAddress) -> ConnectionRefusal? {
        if let range = deniedSubnets.first(where: { $0.contains(address) }) {
            return .policy("policy.deniedSubnets, which has \(range)")
        }
        if let allowedSubnets, !allowedSubnets.contains(where: { $0.contains(address) }) {
            return .policy("policy.allowedSubnets, none of which has \(address)")
        }
        return nil
    }

    /// Which rule refuses a peer.
    func refusal(of peer: PeerID) -> ConnectionRefusal? {
        if deniedPeers.contains(peer) { return .policy("policy.deniedPeers") }
        if let allowedPeers, !allowedPeers.contains(peer) {
            return .policy("policy.allowedPeers, which has not \(peer)")
        }
        return nil
    }
}
