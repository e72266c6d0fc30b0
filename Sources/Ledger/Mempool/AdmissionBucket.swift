import PeerKit

/// What one sender may still ask for, in gas.
struct AdmissionBucket: Sendable, Equatable {
    private var level: UInt64
    private var updated: Instant

    init(full limit: MempoolLimits.Admission, at now: Instant) {
        level = limit.burst
        updated = now
    }

    /// Takes gas; answers how long to wait where there is not enough, and takes nothing then.
    mutating func take(
        _ gas: UInt64, _ limit: MempoolLimits.Admission, at now: Instant
    ) -> Duration? {
        refill(limit, at: now)
        // A single one that asks for more than the bucket holds takes all of a full one.
        let gas = min(gas, limit.burst)
        if gas <= level {
            level -= gas
            return nil
        }
        return .seconds(Double(gas - level) / Double(max(1, limit.gasPerSecond)))
    }

    /// Whether it says no more than its absence would.
    mutating func isFull(_ limit: MempoolLimits.Admission, at now: Instant) -> Bool {
        refill(limit, at: now)
        return level == limit.burst
    }

    private mutating func refill(_ limit: MempoolLimits.Admission, at now: Instant) {
        guard now > updated else { return }
        let elapsed = UInt64(clamping: updated.duration(to: now).wholeNanoseconds)
        let (high, low) = elapsed.multipliedFullWidth(by: limit.gasPerSecond)
        let gained =
            high >= 1_000_000_000
            ? UInt64.max
            : UInt64(1_000_000_000).dividingFullWidth((high, low)).quotient
        // Less than one gas: the time counts the next time.
        guard gained > 0 else { return }
        updated = now
        let (sum, overflow) = level.addingReportingOverflow(gained)
        level = overflow ? limit.burst : min(sum, limit.burst)
    }
}
