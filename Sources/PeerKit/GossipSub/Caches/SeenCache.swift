import Collections

/// Which messages were seen lately.
///
/// A message is remembered from when it was *first* seen; seeing it again does not prolong that, so
/// that nobody keeps it in memory by sending it. All operations take constant time on average.
struct SeenCache: Sendable {
    private struct Entry {
        let id: MessageID
        let expiry: Instant
    }

    private let timeToLive: Duration
    private let limit: Int
    private var ids: Set<MessageID> = []
    private var order = Deque<Entry>()

    /// Messages forgotten before their time because there were too many.
    private(set) var forgottenEarly = 0

    /// How many are remembered.
    var count: Int { ids.count }

    init(timeToLive: Duration, limit: Int = GossipCacheLimits().maximumSeen) {
        self.timeToLive = timeToLive
        self.limit = max(1, limit)
    }

    /// Whether the message was seen within the time to live.
    mutating func contains(_ id: MessageID, at now: Instant) -> Bool {
        expire(at: now)
        return ids.contains(id)
    }

    /// Notes that the message was seen.
    ///
    /// - Returns: Whether it was new.
    mutating func insert(_ id: MessageID, at now: Instant) -> Bool {
        expire(at: now)
        guard ids.insert(id).inserted else { return false }
        if ids.count > limit {
            forgetOldest()
            forgottenEarly += 1
        }
        order.append(Entry(id: id, expiry: now.advanced(by: timeToLive)))
        return true
    }

    /// Forgets what has expired; called by the others, and for the sake of memory when idle.
    mutating func expire(at now: Instant) {
        while let first = order.first, first.expiry <= now { forgetOldest() }
    }

    private mutating func forgetOldest() {
        if let oldest = order.popFirst() { ids.remove(oldest.id) }
    }
}
