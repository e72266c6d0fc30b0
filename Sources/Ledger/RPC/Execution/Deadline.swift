import PeerKit

/// Ends what runs once its time is over. Looks at the clock only now and then, as that costs more than
/// an instruction.
struct Deadline: EVMTracer {
    static var isEnabled: Bool { false }
    static var isInterruptible: Bool { true }

    /// Instructions between two looks: some 50 µs.
    private static let stride = 16_384

    private let end: Instant
    private let now: @Sendable () -> Instant
    private var steps = Self.stride

    init(end: Instant, now: @escaping @Sendable () -> Instant) {
        self.end = end
        self.now = now
    }

    /// Whether the time is over.
    var isOver: Bool { now() >= end }

    mutating func willExecute(_ step: EVMStep) {}
    mutating func didLeave(gasLeft: Int64) {}

    @inline(__always)
    mutating func shouldStop() -> Bool {
        steps -= 1
        if steps > 0 { return false }
        steps = Self.stride
        return isOver
    }
}
