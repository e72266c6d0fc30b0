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

    /// Takes `cost` tokens, if they are there. What costs more than the bucket holds needs it full.
    public mutating func take(_ cost: Double = 1, at now: Instant) -> Bool {
        tokens = min(capacity, tokens + rate * max(0, updated.duration(to: now).seconds))
        updated = max(updated, now)
        guard tokens >= min(cost, max(1, capacity)) else { return false }
        tokens -= cost
        return true
    }
}
