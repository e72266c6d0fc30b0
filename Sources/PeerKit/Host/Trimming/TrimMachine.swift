/// Decides which connections are closed to make room; see ``WaterMarks``.
struct TrimMachine: Sendable {
    /// A connected peer.
    struct Candidate: Sendable, Hashable {
        var peer: PeerID
        /// Connections with it.
        var connections: Int
        /// Streams on them.
        var streams: Int
        var weight: Int
        var isProtected: Bool
        /// When the youngest connection began.
        var opened: Instant
    }

    /// What to do now.
    enum Step: Sendable, Hashable {
        /// Few enough connections, or nothing that may be closed.
        case rest
        /// Look again then.
        case wait(until: Instant)
        /// Close every connection with these peers and look again after the pause.
        case close([PeerID])
    }

    private let marks: WaterMarks
    private var lastTrim: Instant?

    init(marks: WaterMarks) { self.marks = marks }

    /// Whether so many connections are too many.
    func isAbove(_ connections: Int) -> Bool { connections > marks.high }

    /// What is to be done about all connected peers.
    mutating func step(_ candidates: [Candidate], at now: Instant) -> Step {
        let total = candidates.reduce(0) { $0 + $1.connections }
        guard isAbove(total) else { return .rest }
        if let lastTrim, lastTrim.duration(to: now) < marks.silence {
            return .wait(until: lastTrim.advanced(by: marks.silence))
        }
        let victims = victims(of: candidates.filter { !$0.isProtected }, total: total)
        let (young, mature) = (
            victims.filter { $0.opened.duration(to: now) < marks.grace },
            victims.filter { $0.opened.duration(to: now) >= marks.grace }
        )
        if !mature.isEmpty {
            lastTrim = now
            return .close(mature.map(\.peer))
        }
        // Who is worth less than all others is new, and shows its worth in time.
        let end = young.map { $0.opened.advanced(by: marks.grace) }.min()
        return end.map { .wait(until: $0) } ?? .rest
    }

    /// Who is to go, without regard to age.
    private func victims(of movable: [Candidate], total: Int) -> [Candidate] {
        let ranked = movable.sorted { Self.isWorthLess($0, than: $1) }
        var left = total
        var victims: [Candidate] = []
        for candidate in ranked where candidate.streams == 0 && left > marks.low {
            victims.append(candidate)
            left -= candidate.connections
        }
        for candidate in ranked where candidate.streams > 0 && left > marks.high {
            victims.append(candidate)
            left -= candidate.connections
        }
        return victims
    }

    private static func isWorthLess(_ a: Candidate, than b: Candidate) -> Bool {
        if a.weight != b.weight { return a.weight < b.weight }
        if a.streams != b.streams { return a.streams < b.streams }
        if a.opened != b.opened { return a.opened > b.opened }
        return a.peer < b.peer
    }
}
