import Collections

/// Messages that peers advertised, that we asked for, and that have not come (gossipsub-v1.1,
/// "P7": broken promises).
///
/// Bounded: beyond the limits new promises are not tracked, so a peer that makes many is still
/// held to the first of them.
struct GossipPromises: Sendable {
    private struct Promise {
        let peer: PeerID
        let id: MessageID
        let expiry: Instant
    }

    private let limits: PeerScoringLimits
    /// The peers that promised a message, and until when.
    private var promises: [MessageID: [PeerID: Instant]] = [:]
    private var counts: [PeerID: Int] = [:]
    /// In the order of expiry; may name promises that have been kept.
    private var order = Deque<Promise>()

    /// Promises that are being waited for.
    private(set) var count = 0

    init(limits: PeerScoringLimits = .init()) { self.limits = limits }

    /// Notes that `peer` was asked for messages that it advertised.
    ///
    /// The expiry must not be before that of earlier calls. Track one ID of each IWANT, drawn at
    /// random: that is enough to catch a liar, and an honest peer that is slow with a long list
    /// breaks one promise and not hundreds.
    mutating func track(_ peer: PeerID, _ ids: some Sequence<MessageID>, until expiry: Instant) {
        for id in ids {
            guard count < limits.maximumPromises, promises[id]?[peer] == nil,
                counts[peer, default: 0] < limits.maximumPromisesPerPeer,
                order.count < 4 * limits.maximumPromises
            else { continue }
            promises[id, default: [:]][peer] = expiry
            counts[peer, default: 0] += 1
            count += 1
            order.append(Promise(peer: peer, id: id, expiry: expiry))
        }
    }

    /// A message has come, from whomever: nobody can keep a promise of it any more.
    ///
    /// Not to be called for messages whose signature does not hold; anyone could free others by
    /// them.
    mutating func fulfilled(_ id: MessageID) {
        guard let peers = promises.removeValue(forKey: id) else { return }
        for peer in peers.keys { release(peer) }
    }

    /// Forgets what a peer promised: it is gone, or we did not read what it sent.
    mutating func forget(_ peer: PeerID) {
        guard counts[peer] != nil else { return }
        for promise in order where promise.peer == peer { remove(promise) }
    }

    /// How many promises each peer has broken since the last call, in the order of breaking.
    mutating func broken(at now: Instant) -> OrderedDictionary<PeerID, Int> {
        var broken: OrderedDictionary<PeerID, Int> = [:]
        while let first = order.first, first.expiry < now {
            order.removeFirst()
            if remove(first) { broken[first.peer, default: 0] += 1 }
        }
        return broken
    }

    @discardableResult
    private mutating func remove(_ promise: Promise) -> Bool {
        // A promise that was kept may have been made again since.
        guard promises[promise.id]?[promise.peer] == promise.expiry else { return false }
        promises[promise.id]?[promise.peer] = nil
        if promises[promise.id]?.isEmpty == true { promises[promise.id] = nil }
        release(promise.peer)
        return true
    }

    private mutating func release(_ peer: PeerID) {
        count -= 1
        guard let left = counts[peer] else { return }
        counts[peer] = left > 1 ? left - 1 : nil
    }
}
