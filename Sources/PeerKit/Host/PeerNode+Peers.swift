/// What services ask about peers. The node's own executor is the home of service actors too, so that
/// these are calls within a turn for them (`node.assumeIsolated`).
extension PeerNode {
    /// Where a peer was heard of, latest first, without `/p2p`; empty for strangers.
    public func addresses(of peer: PeerID) -> [Multiaddr] {
        peers[peer]?.assumeIsolated { $0.knownAddresses } ?? []
    }

    /// What a connected peer has told of itself.
    public func identity(of peer: PeerID) -> IdentifyInfo? {
        peers[peer]?.assumeIsolated { $0.identity }
    }

    /// Whether a connection with a peer stands.
    public func isConnected(to peer: PeerID) -> Bool {
        peers[peer]?.assumeIsolated { $0.isConnected } ?? false
    }

    /// The connections with a peer that stand.
    public func connections(with peer: PeerID) -> [ConnectionInfo] {
        peers[peer]?.assumeIsolated { $0.standingConnections } ?? []
    }
}
