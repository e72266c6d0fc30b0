/// The way from one machine to another: a queue before a wire.
final class LinkModel {
    var conditions: LinkConditions
    /// Whether nothing passes, whatever the partition.
    var isCut = false
    /// When the wire is free again.
    private var busyUntil: UInt64 = 0

    init(_ conditions: LinkConditions) { self.conditions = conditions }

    /// How long a packet that is sent now waits for the wire.
    func queueing(at now: UInt64) -> UInt64 { busyUntil > now ? busyUntil - now : 0 }

    /// Occupies the wire with `bytes` and returns when the last of them has left.
    func transmit(_ bytes: Int, at now: UInt64) -> UInt64 {
        let start = max(now, busyUntil)
        guard let bandwidth = conditions.bandwidth, bandwidth > 0 else { return start }
        let product = UInt64(bytes).multipliedFullWidth(by: 1_000_000_000)
        let time =
            product.high < bandwidth ? bandwidth.dividingFullWidth(product).quotient : UInt64.max
        let (end, overflow) = start.addingReportingOverflow(time)
        busyUntil = overflow ? .max : end
        return busyUntil
    }
}
