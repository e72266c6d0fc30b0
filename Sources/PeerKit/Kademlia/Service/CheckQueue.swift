import Collections

/// Peers that are to be asked whether they answer, before they enter the table or keep their place.
struct CheckQueue: Sendable {
    /// Peers that answered before identify said what they speak.
    static let maximumProofs = 256

    private(set) var running: Set<PeerID> = []
    private(set) var waiting: OrderedSet<PeerID> = []
    private var proofs: OrderedSet<PeerID> = []

    /// Wants a peer to be checked; when too many wait, it is not.
    mutating func add(_ peer: PeerID, limit: Int) {
        guard !running.contains(peer), waiting.count < limit else { return }
        waiting.append(peer)
    }

    /// The next to be checked, if no more than `limit` are under way.
    mutating func next(limit: Int) -> PeerID? {
        guard running.count < max(1, limit), !waiting.isEmpty else { return nil }
        let peer = waiting.removeFirst()
        running.insert(peer)
        return peer
    }

    /// A check has ended.
    mutating func end(_ peer: PeerID) { running.remove(peer) }

    /// A peer has answered a request.
    mutating func prove(_ peer: PeerID) {
        if proofs.count >= Self.maximumProofs { proofs.removeFirst() }
        proofs.append(peer)
    }

    /// Whether a peer has answered before; asked once.
    mutating func takeProof(of peer: PeerID) -> Bool { proofs.remove(peer) != nil }
}
