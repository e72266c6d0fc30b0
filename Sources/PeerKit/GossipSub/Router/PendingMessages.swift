import Collections

/// A message between its arrival and the verdict on it.
struct PendingMessage: Sendable {
    /// Names it towards the shell.
    let ticket: UInt64
    let id: MessageID
    let message: PubSubMessage
    /// Who delivered it first.
    let from: PeerID
    /// Who delivered the same meanwhile.
    var others: OrderedSet<PeerID> = []
    /// Its signature holds, so that it now owns its ID.
    var isVerified = false
    let since: Instant
}

/// Messages that are being verified or validated.
///
/// Until a signature has been checked an ID proves nothing: a forger could send the ID of somebody
/// else's message with another content. So there may be several candidates for one ID, and the
/// first whose signature holds gets it.
struct PendingMessages: Sendable {
    private var entries: [UInt64: PendingMessage] = [:]
    private var tickets: [MessageID: [UInt64]] = [:]
    /// In the order of arrival; resolved ones are skipped when they come to the front.
    private var order: Deque<UInt64> = []
    private var nextTicket: UInt64 = 0
    private(set) var byteCount = 0

    var count: Int { entries.count }

    /// The candidate for `id` that is the same as `message`, or already verified.
    func ticket(of id: MessageID, matching message: PubSubMessage) -> UInt64? {
        tickets[id]?.first { ticket in
            entries[ticket].map { $0.isVerified || $0.message == message } ?? false
        }
    }

    /// Adds a candidate.
    mutating func add(
        _ message: PubSubMessage, _ id: MessageID, from peer: PeerID, at now: Instant
    ) -> UInt64 {
        nextTicket += 1
        entries[nextTicket] = PendingMessage(
            ticket: nextTicket, id: id, message: message, from: peer, since: now)
        tickets[id, default: []].append(nextTicket)
        order.append(nextTicket)
        byteCount += message.data.count
        return nextTicket
    }

    subscript(ticket: UInt64) -> PendingMessage? { entries[ticket] }

    /// Somebody else delivered the same.
    mutating func add(_ peer: PeerID, to ticket: UInt64) {
        guard entries[ticket]?.from != peer else { return }
        entries[ticket]?.others.append(peer)
    }

    mutating func setVerified(_ ticket: UInt64) { entries[ticket]?.isVerified = true }

    /// Takes a message out: its verdict has come.
    mutating func remove(_ ticket: UInt64) -> PendingMessage? {
        guard let entry = entries.removeValue(forKey: ticket) else { return nil }
        byteCount -= entry.message.data.count
        tickets[entry.id]?.removeAll { $0 == ticket }
        if tickets[entry.id]?.isEmpty ?? false { tickets[entry.id] = nil }
        while let first = order.first, entries[first] == nil { order.removeFirst() }
        return entry
    }

    /// The oldest message, if it came before `deadline`.
    func oldest(before deadline: Instant) -> PendingMessage? {
        guard let first = order.first, let entry = entries[first], entry.since < deadline else {
            return nil
        }
        return entry
    }
}
