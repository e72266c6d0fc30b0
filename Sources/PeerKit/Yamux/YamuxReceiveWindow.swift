/// The window that we give the remote on one stream: what it may still send, what the reader has
/// not taken yet, and how large the window should be (specification, "Flow control").
///
/// Invariant: `available + unread ≤ size`, all at least 0.
struct YamuxReceiveWindow: Sendable {
    /// What the remote may still send, in bytes.
    private(set) var available = YamuxLimits.initialWindow
    /// Received and not consumed, in bytes.
    private(set) var unread = 0
    /// What `available` is brought up to.
    private(set) var size = YamuxLimits.initialWindow
    /// When the window was last given.
    private var updated: Instant

    init(now: Instant) { updated = now }

    /// Bytes beyond the initial size.
    var growth: Int { size - YamuxLimits.initialWindow }

    /// Whether nothing was ever received.
    var isUntouched: Bool { available == YamuxLimits.initialWindow && growth == 0 }

    /// Takes a frame's length off the window; `false` if it does not fit.
    mutating func receive(_ count: UInt32) -> Bool {
        guard count <= available else { return false }
        available -= Int(count)
        unread += Int(count)
        return true
    }

    /// Bytes that the reader took. More than it was given counts as all of them.
    mutating func consume(_ count: Int) { unread -= max(0, min(count, unread)) }

    /// The increment to send, if at least half of the window can be given again.
    ///
    /// A window that is used up within four round trips limits the sender; it is doubled, as
    /// go-yamux does, as long as it stays within `maximum` and `growthLeft` bytes are to be had.
    mutating func update(
        at now: Instant, roundTrip: Duration?, maximum: Int, growthLeft: inout Int,
        lacksGrowth: inout Bool
    ) -> UInt32? {
        guard 2 * (size - available - unread) >= size else { return nil }
        if let roundTrip, updated.duration(to: now) < roundTrip * 4 {
            let wanted = min(size, maximum - size)
            let extra = min(wanted, growthLeft)
            if extra < wanted { lacksGrowth = true }
            if extra > 0 {
                size += extra
                growthLeft -= extra
            }
        }
        let increment = size - available - unread
        available += increment
        updated = now
        return UInt32(clamping: increment)
    }
}
