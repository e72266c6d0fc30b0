/// Bounds how much useless work a remote can cause: a bucket of points that fills with time.
///
/// A glitch is a frame that an honest remote sends now and then and a hostile one can send without
/// end, because no flow control limits it. The idea is that of the "glitches monitor" of HTTP/2
/// implementations.
struct YamuxGlitchBudget: Sendable {
    private var points = YamuxLimits.glitchPoints
    private var filled: Instant

    init(now: Instant) { filled = now }

    /// Takes `cost` points.
    ///
    /// - Throws: ``YamuxError/tooManyGlitches`` when there are not as many.
    mutating func charge(_ cost: Int = 1, at now: Instant) throws(YamuxError) {
        let elapsed = filled.duration(to: now)
        if elapsed >= .seconds(1) {
            let seconds = Int(clamping: min(elapsed.components.seconds, 3600))
            points = min(
                YamuxLimits.glitchPoints, points + seconds * YamuxLimits.glitchPointsPerSecond)
            filled = now
        }
        guard points >= cost else { throw .tooManyGlitches }
        points -= cost
    }
}
