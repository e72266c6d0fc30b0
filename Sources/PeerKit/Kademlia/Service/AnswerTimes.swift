/// How long to wait for an answer, from how long others have taken (as TCP does, RFC 6298 §2).
struct AnswerTimes: Sendable {
    private let range: ClosedRange<Duration>
    private var mean: Duration?
    private var deviation = Duration.zero

    /// - Parameters:
    ///   - minimum: The shortest wait.
    ///   - maximum: The longest, and the first.
    init(minimum: Duration, maximum: Duration) { range = minimum...max(minimum, maximum) }

    /// Peers differ more among each other than packets to one host, so the margin is twice TCP's.
    var timeout: Duration {
        guard let mean else { return range.upperBound }
        return min(max(mean + deviation * 8, range.lowerBound), range.upperBound)
    }

    mutating func record(_ time: Duration) {
        guard let old = mean else {
            mean = time
            deviation = time / 2
            return
        }
        let difference = time > old ? time - old : old - time
        deviation = deviation * 3 / 4 + difference / 4
        mean = old * 7 / 8 + time / 8
    }

    /// An answer that did not come says that the wait was too short, or nothing.
    mutating func recordTimeout() { deviation = min(deviation * 3 / 2, range.upperBound) }
}
