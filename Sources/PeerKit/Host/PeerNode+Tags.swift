/// What protocols say of the worth of a connection, for when some have to go.
extension PeerNode {
    /// Says how much a protocol would miss the connection with a peer; 0 takes it back. The
    /// connections of the peers with the lowest sums go first.
    public nonisolated func tag(_ peer: PeerID, as name: String, weight: Int) {}

    /// Keeps the connections with a peer from being closed to make room, until every reason that
    /// was given has been taken back.
    public nonisolated func protect(_ peer: PeerID, because reason: String) {}

    /// Takes a reason back.
    public nonisolated func unprotect(_ peer: PeerID, because reason: String) {}
}
