/// Peers that come, move and go.
extension PeerScoring {
    /// A peer has connected. What is remembered of it counts again.
    ///
    /// - Parameter addresses: Of its direct connections; relayed ones share the relay's address.
    mutating func addPeer(_ peer: PeerID, addresses: [IPAddress], at now: Instant) {
        if case .gone(let until)? = peers[peer]?.connection, until < now { forget(peer) }
        if let known = peers[peer] {
            if !known.isConnected { retainedCount -= 1 }
            peers[peer]?.connection = .connected
        } else {
            peers[peer] = ScoredPeer()
        }
        setAddresses(peer, addresses)
    }

    /// The addresses of a peer have changed.
    mutating func setAddresses(_ peer: PeerID, _ addresses: [IPAddress]) {
        guard let index = peers.index(forKey: peer) else { return }
        leaveGroups(of: peer)
        var groups: [ColocationGroup] = []
        for address in addresses.prefix(limits.maximumAddressesPerPeer) {
            let address = address.unmapped
            guard !address.isLoopback,
                !parameters.ipColocationAllowlist.contains(where: {
                    $0.contains(address)
                })
            else { continue }
            for group in ColocationGroup.all(of: address) where !groups.contains(group) {
                groups.append(group)
            }
        }
        for group in groups { colocated[group, default: 0] += 1 }
        peers.values[index].groups = groups
    }

    /// A peer has disconnected.
    ///
    /// Whoever has a positive score is forgotten with it, as go-libp2p does: remembering good
    /// scores would be worth attacking. Others are remembered for
    /// ``PeerScoreParameters/retainScore``, without what they earned, and do not decay meanwhile.
    mutating func removePeer(_ peer: PeerID, at now: Instant) {
        guard let known = peers[peer], known.isConnected else { return }
        guard score(of: peer) <= 0, parameters.retainScore > .zero else { return forget(peer) }
        let table = topics
        let until = now.advanced(by: parameters.retainScore)
        update(peer) { known in
            for position in known.topics.indices {
                let parameters = table.parameters(known.topics[position].index)
                known.topics[position].standing.disconnect(parameters)
            }
            known.topics.removeAll { !$0.standing.hasPenalty }
            known.connection = .gone(until: until)
        }
        retainedCount += 1
        // Nothing is held against the peer itself: others at its address are not its doing.
        guard let gone = peers[peer], gone.hasPenalty || gone.applicationScore < 0 else {
            return forget(peer)
        }
        if retainedCount > limits.maximumRetainedPeers { forgetLeastGuilty() }
    }

    /// Forgets a peer and everything about it.
    mutating func forget(_ peer: PeerID) {
        leaveGroups(of: peer)
        if let known = peers.removeValue(forKey: peer), !known.isConnected { retainedCount -= 1 }
    }

    private mutating func leaveGroups(of peer: PeerID) {
        for group in peers[peer]?.groups ?? [] {
            guard let count = colocated[group] else { continue }
            colocated[group] = count > 1 ? count - 1 : nil
        }
    }

    /// Makes room among the peers that are gone: fresh identities must not wash out old faults.
    private mutating func forgetLeastGuilty() {
        let gone = peers.lazy.filter { !$0.value.isConnected }
        // The ID decides between equals, so that the order of the dictionary does not show.
        let least = gone.min { lhs, rhs in
            (-lhs.value.score, lhs.key) < (-rhs.value.score, rhs.key)
        }
        if let least { forget(least.key) }
    }
}
