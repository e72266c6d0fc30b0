/// How much of this node each peer may use: streams at once and requests per second.
struct ServingMachine: Sendable {
    private struct Share {
        var streams = 0
        var bucket: TokenBucket
        var lastUsed: Instant
    }

    private let limits: KademliaLimits
    private var shares: [PeerID: Share] = [:]
    private(set) var streams = 0

    init(limits: KademliaLimits) { self.limits = limits }

    /// Peers of which something is remembered.
    var peerCount: Int { shares.count }

    /// A peer opens a stream.
    ///
    /// - Returns: The name and value of the limit that forbids it, if one does.
    mutating func open(_ peer: PeerID, at now: Instant) -> (limit: String, value: Int)? {
        guard streams < limits.maximumStreams else {
            return ("kademlia.maximumStreams", limits.maximumStreams)
        }
        var share = shares[peer] ?? fresh(now)
        guard share.streams < limits.maximumStreamsPerPeer else {
            return ("kademlia.maximumStreamsPerPeer", limits.maximumStreamsPerPeer)
        }
        share.streams += 1
        share.lastUsed = now
        streams += 1
        shares[peer] = share
        return nil
    }

    /// A peer asks something on one of its streams.
    ///
    /// - Returns: Whether it may.
    mutating func request(_ peer: PeerID, at now: Instant) -> Bool {
        var share = shares[peer] ?? fresh(now)
        defer { shares[peer] = share }
        share.lastUsed = now
        return share.bucket.take(at: now)
    }

    /// A stream of a peer has ended.
    mutating func close(_ peer: PeerID, at now: Instant) {
        guard var share = shares[peer], share.streams > 0 else { return }
        share.streams -= 1
        streams -= 1
        shares[peer] = share
        guard share.streams == 0, shares.count > limits.maximumRememberedRates else { return }
        // The peer heard of longest ago has earned the most tokens meanwhile.
        let idle = shares.filter { $0.value.streams == 0 }
        let oldest = idle.min { ($0.value.lastUsed, $0.key) < ($1.value.lastUsed, $1.key) }
        if let oldest { shares[oldest.key] = nil }
    }

    private func fresh(_ now: Instant) -> Share {
        Share(
            bucket: TokenBucket(rate: limits.requestRate, burst: limits.requestBurst, now: now),
            lastUsed: now)
    }
}
