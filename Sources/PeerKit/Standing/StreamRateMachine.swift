/// Token buckets of all peers; see ``RateLimits``.
struct StreamRateMachine: Sendable {
    private struct Buckets: Sendable {
        var all: TokenBucket
        var protocols: [ProtocolID: TokenBucket] = [:]
        var lastUsed: Instant
        var lastFault: Instant?
    }

    /// Protocols with a bucket of their own; far more than a node serves.
    static let maximumProtocols = 256
    /// How often refusals count against a peer at most.
    static let faultInterval = Duration.seconds(1)

    private let limits: RateLimits
    private var peers: [PeerID: Buckets] = [:]

    init(limits: RateLimits) { self.limits = limits }

    /// Peers that are remembered.
    var count: Int { peers.count }

    /// A peer opens a stream, to which protocol is not known yet.
    mutating func open(
        _ peer: PeerID, isThrottled: Bool, at now: Instant
    ) throws(LimitRefusal) {
        makeRoom(for: peer)
        let rate = limits.streamsPerPeer
        var buckets =
            peers.removeValue(forKey: peer)
            ?? Buckets(
                all: TokenBucket(rate: rate.perSecond, burst: rate.burst, now: now), lastUsed: now)
        buckets.lastUsed = now
        let isFree = buckets.all.take(cost(isThrottled), at: now)
        peers[peer] = buckets
        guard isFree else {
            throw LimitRefusal(
                limit: "streamsPerPeer", value: Int(rate.perSecond),
                setting: "rates.streamsPerPeer")
        }
    }

    /// The stream that ``open(_:isThrottled:at:)`` let through is for a protocol that is served.
    mutating func select(
        _ protocolID: ProtocolID, by peer: PeerID, isThrottled: Bool, at now: Instant
    ) throws(LimitRefusal) {
        // Forgotten meanwhile, or one protocol too many: the bucket for all streams has let it pass.
        guard var buckets = peers.removeValue(forKey: peer) else { return }
        let rate = limits.protocols[protocolID] ?? limits.streamsPerProtocol
        var isFree = true
        if buckets.protocols[protocolID] != nil || buckets.protocols.count < Self.maximumProtocols {
            var bucket =
                buckets.protocols.removeValue(forKey: protocolID)
                ?? TokenBucket(rate: rate.perSecond, burst: rate.burst, now: now)
            isFree = bucket.take(cost(isThrottled), at: now)
            buckets.protocols[protocolID] = bucket
        }
        peers[peer] = buckets
        guard isFree else {
            let isOverridden = limits.protocols[protocolID] != nil
            throw LimitRefusal(
                limit: "streamsPerProtocol", value: Int(rate.perSecond),
                setting: isOverridden
                    ? "rates.protocols[\"\(protocolID)\"]" : "rates.streamsPerProtocol")
        }
    }

    /// A throttled peer pays for one stream what others pay for several.
    private func cost(_ isThrottled: Bool) -> Double {
        guard isThrottled else { return 1 }
        return limits.throttledFraction > 0 ? 1 / limits.throttledFraction : .infinity
    }

    /// Whether one more refusal, of whatever kind, counts against a peer.
    mutating func isFaultDue(_ peer: PeerID, at now: Instant) -> Bool {
        guard var buckets = peers.removeValue(forKey: peer) else { return true }
        defer { peers[peer] = buckets }
        return note(&buckets, at: now)
    }

    private func note(_ buckets: inout Buckets, at now: Instant) -> Bool {
        if let last = buckets.lastFault, last.duration(to: now) < Self.faultInterval {
            return false
        }
        buckets.lastFault = now
        return true
    }

    /// Forgets the sixteenth part that was quiet longest when there are too many.
    private mutating func makeRoom(for peer: PeerID) {
        guard peers[peer] == nil, peers.count >= limits.maximumPeers else { return }
        let oldest = peers.sorted { ($0.value.lastUsed, $0.key) < ($1.value.lastUsed, $1.key) }
        for (old, _) in oldest.prefix(max(1, limits.maximumPeers / 16)) { peers[old] = nil }
    }
}
