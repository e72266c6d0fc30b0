/// Lets through `rate` events per second on average and short bursts above it.
public struct TokenBucket: Sendable, Hashable {
    private let rate: Double
    private let capacity: Double
    private var tokens: Double
    private var updated: Instant

    /// A full bucket.
    ///
    /// - Parameters:
    ///   - rate: Events per second in the long run.
    ///   - burst: Events at once after a pause.
    public init(rate: Double, burst: Double, now: Instant) {
        self.rate = rate
        capacity = burst
        tokens = burst
        updated = now
    }

    /// Takes a token, if one is there.
    public mutating func take(at now: Instant) -> Bool {
        tokens = min(capacity, tokens + rate * max(0, updated.duration(to: now).seconds))
        updated = max(updated, now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
