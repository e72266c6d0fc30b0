import Collections

/// Who sent which message, and what became of it, for as long as that still counts for someone.
///
/// Records of valid messages are dropped after the window of P3; those of invalid ones are kept, as
/// everyone who sends one is penalised; those of ignored ones never stand.
struct DeliveryRecords: Sendable {
    enum State: Sendable, Equatable {
        /// Being validated. The peers that have sent it, the first of them first.
        case pending(senders: [PeerID])
        /// Valid since then. The peers whose delivery has been counted.
        case valid(since: Instant, counted: [PeerID])
        case invalid
    }

    private struct Record {
        var state: State
        let created: Instant
    }

    private let timeToLive: Duration
    private let limits: PeerScoringLimits
    private var records: [MessageID: Record] = [:]
    /// In the order of creation; may name records that are gone.
    private var order = Deque<(id: MessageID, created: Instant)>()
    /// Valid ones, in the order of validation.
    private var valid = Deque<(id: MessageID, since: Instant)>()

    var count: Int { records.count }

    init(timeToLive: Duration, limits: PeerScoringLimits) {
        self.timeToLive = timeToLive
        self.limits = limits
    }

    subscript(id: MessageID) -> State? { records[id]?.state }

    /// Begins or changes a record.
    mutating func set(_ id: MessageID, to state: State, at now: Instant) {
        if let index = records.index(forKey: id) {
            records.values[index].state = state
        } else {
            let limit = limits.maximumDeliveryRecords
            while records.count >= limit || order.count >= 4 * limit { dropOldest() }
            records[id] = Record(state: state, created: now)
            order.append((id, now))
        }
        guard case .valid(let since, _) = state else { return }
        if valid.count >= limits.maximumDeliveryRecords { dropOldestValid() }
        valid.append((id, since))
    }

    mutating func remove(_ id: MessageID) { records[id] = nil }

    /// Adds a peer to those that have sent a message.
    ///
    /// - Returns: Whether it was not there before and there is room for it.
    mutating func add(_ peer: PeerID, to id: MessageID) -> Bool {
        guard let index = records.index(forKey: id) else { return false }
        switch records.values[index].state {
        case .pending(var senders):
            guard senders.count < limits.maximumPeersPerDelivery, !senders.contains(peer) else {
                return false
            }
            // Lets go of the array, so that it is not copied.
            records.values[index].state = .invalid
            senders.append(peer)
            records.values[index].state = .pending(senders: senders)
            return true
        case .valid(let since, var counted):
            guard counted.count < limits.maximumPeersPerDelivery, !counted.contains(peer) else {
                return false
            }
            records.values[index].state = .invalid
            counted.append(peer)
            records.values[index].state = .valid(since: since, counted: counted)
            return true
        case .invalid: return false
        }
    }

    /// Drops what is over: everything after the time to live, valid messages after `window`.
    mutating func expire(at now: Instant, window: Duration) {
        while let first = valid.first, first.since.advanced(by: window) < now {
            dropOldestValid()
        }
        while let first = order.first, first.created.advanced(by: timeToLive) < now {
            dropOldest()
        }
    }

    private mutating func dropOldestValid() {
        guard let oldest = valid.popFirst(), case .valid(let since, _)? = self[oldest.id],
            since == oldest.since
        else { return }
        records[oldest.id] = nil
    }

    private mutating func dropOldest() {
        guard let oldest = order.popFirst() else {
            records.removeAll()
            return
        }
        if records[oldest.id]?.created == oldest.created { records[oldest.id] = nil }
    }
}
