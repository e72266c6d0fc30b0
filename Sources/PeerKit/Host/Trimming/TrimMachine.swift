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
        let movable = candidates.filter { !$0.isProtected }
        let mature = movable.filter { $0.opened.duration(to: now) >= marks.grace }
            .sorted { Self.isWorthLess($0, than: $1) }
        var left = total
        var closed: [PeerID] = []
        for candidate in mature where candidate.streams == 0 && left > marks.low {
            closed.append(candidate.peer)
            left -= candidate.connections
        }
        for candidate in mature where candidate.streams > 0 && left > marks.high {
            closed.append(candidate.peer)
            left -= candidate.connections
        }
        if !closed.isEmpty {
            lastTrim = now
            return .close(closed)
        }
        // Only time makes others closable.
        let young = movable.filter { $0.opened.duration(to: now) < marks.grace }.map(\.opened).min()
        return young.map { .wait(until: $0.advanced(by: marks.grace)) } ?? .rest
    }

    private static func isWorthLess(_ a: Candidate, than b: Candidate) -> Bool {
        if a.weight != b.weight { return a.weight < b.weight }
        if a.streams != b.streams { return a.streams < b.streams }
        if a.opened != b.opened { return a.opened > b.opened }
        return a.peer < b.peer
    }
}
