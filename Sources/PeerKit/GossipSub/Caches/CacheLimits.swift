/// Bounds on what a router remembers of messages.
struct GossipCacheLimits: Sendable, Hashable {
    /// Bytes of the messages kept for those who ask: sixteen RPCs of the largest size. The oldest
    /// are forgotten first, and are then no longer advertised.
    var maximumCachedByteCount = 16 << 20
    /// Messages kept: 1,600 a second over five heartbeats, the rate at which 5,000 IDs per IHAVE
    /// no longer suffice.
    var maximumCachedMessages = 8192
    /// Peers whose requests for one message are counted; more are refused it. Connections are
    /// bounded well below.
    var maximumRequestersPerMessage = 1024
    /// Messages known to have been seen: a thousand a second for two minutes, about 20 MB. Beyond,
    /// the oldest are forgotten early, and would be taken for new if they came again.
    var maximumSeen = 131_072

    init() {}
}
