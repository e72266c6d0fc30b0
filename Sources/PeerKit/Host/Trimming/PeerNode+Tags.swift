/// What protocols say of the worth of a connection, for when some have to go.
extension PeerNode {
    /// Says how much a protocol would miss the connection with a peer; 0 takes it back. The
    /// connections of the peers with the lowest sums go first.
    ///
    /// - Parameters:
    ///   - name: One for each concern, such as `kad.bucket`; a second call replaces the first.
    ///   - halfLife: For a weight that fades.
    public nonisolated func tag(
        _ peer: PeerID, as name: String, weight: Int, halfLife: Duration? = nil
    ) {
        let now = runtime.clock.now
        tags.withLockedValue { $0.set(peer, name, weight: weight, halfLife: halfLife, at: now) }
    }

    /// Adds to what is left of a fading tag: for what a peer does time and again.
    public nonisolated func addTag(
        _ peer: PeerID, as name: String, weight: Int, halfLife: Duration
    ) {
        let now = runtime.clock.now
        tags.withLockedValue { $0.add(peer, name, weight: weight, halfLife: halfLife, at: now) }
    }

    /// Keeps the connections with a peer from being closed to make room, until every reason that
    /// was given has been taken back.
    public nonisolated func protect(_ peer: PeerID, because reason: String) {
        let now = runtime.clock.now
        tags.withLockedValue { $0.protect(peer, reason, at: now) }
    }

    /// Takes a reason back.
    public nonisolated func unprotect(_ peer: PeerID, because reason: String) {
        let now = runtime.clock.now
        tags.withLockedValue { $0.unprotect(peer, reason, at: now) }
    }

    /// The sum of what protocols have said of a peer.
    public nonisolated func weight(of peer: PeerID) -> Int {
        let now = runtime.clock.now
        return tags.withLockedValue { $0.weight(of: peer, at: now) }
    }

    /// What protocols have said of a peer, by name.
    public nonisolated func tags(of peer: PeerID) -> [String: Int] {
        let now = runtime.clock.now
        return tags.withLockedValue { $0.tags(of: peer, at: now) }
    }

    /// Why the connections with a peer are kept in any case.
    public nonisolated func protections(of peer: PeerID) -> [String] {
        tags.withLockedValue { $0.protections(of: peer) }
    }
}
