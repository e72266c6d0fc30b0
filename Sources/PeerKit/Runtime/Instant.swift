/// A point on a runtime's monotonic clock.
///
/// The origin is arbitrary (process start in production, zero in a simulation), so instants of two
/// runtimes cannot be compared. Machines receive the current instant as an argument and never ask
/// for it.
public struct Instant: InstantProtocol, Hashable, Sendable, CustomStringConvertible {
    /// Nanoseconds since the runtime's origin.
    public var nanoseconds: UInt64

    /// Creates the instant `nanoseconds` after the runtime's origin.
    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// The runtime's origin.
    public static let zero = Instant(nanoseconds: 0)

    /// The instant `duration` later (earlier if negative), held within the clock's range.
    public func advanced(by duration: Duration) -> Instant {
        let delta = duration.wholeNanoseconds
        if delta >= 0 {
            let (sum, overflow) = nanoseconds.addingReportingOverflow(UInt64(delta))
            return Instant(nanoseconds: overflow ? .max : sum)
        }
        let magnitude = delta.magnitude
        return Instant(nanoseconds: nanoseconds > magnitude ? nanoseconds - magnitude : 0)
    }

    /// How long from this instant to `other`.
    public func duration(to other: Instant) -> Duration {
        other.nanoseconds >= nanoseconds
            ? .nanoseconds(Int64(clamping: other.nanoseconds - nanoseconds))
            : .nanoseconds(-Int64(clamping: nanoseconds - other.nanoseconds))
    }

    /// Whether `lhs` comes before `rhs`.
    public static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.nanoseconds < rhs.nanoseconds }

    /// The time since the clock's origin, such as `1.5 seconds`.
    public var description: String { "\(Duration.nanoseconds(Int64(clamping: nanoseconds)))" }
}

extension Duration {
    /// The duration in nanoseconds, held within the range of `Int64` (about 292 years).
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, overflow2) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow2 ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in seconds, rounded to the nearest representable value.
    public var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
