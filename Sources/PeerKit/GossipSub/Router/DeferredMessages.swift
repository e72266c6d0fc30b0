import Collections

/// Large messages that have gone to a part of the mesh only, and when the next part gets them.
///
/// Two lanes, as all messages wait equally long for their first part and equally long, though less,
/// for each that follows: within a lane the oldest is always the first that is due.
struct DeferredMessages: Sendable {
    private struct Entry: Sendable {
        let message: PubSubMessage
        let due: Instant
        /// Who may not have it yet.
        var peers: OrderedSet<PeerID>
    }

    /// A part of a message's peers whose turn has come.
    struct Part: Sendable {
        let id: MessageID
        let message: PubSubMessage
        let peers: OrderedSet<PeerID>
    }

    private var waiting: OrderedDictionary<MessageID, Entry> = [:]
    private var begun: OrderedDictionary<MessageID, Entry> = [:]

    /// How many messages wait.
    var count: Int { waiting.count + begun.count }

    /// When ``removeDue(at:partCount:pause:)`` has something to do; `nil`: nothing waits.
    var nextDeadline: Instant? {
        switch (waiting.elements.first?.value.due, begun.elements.first?.value.due) {
        case (let first?, let second?): min(first, second)
        case (let first, let second): first ?? second
        }
    }

    /// Keeps a message for those who may not have it.
    mutating func insert(
        _ message: PubSubMessage, _ id: MessageID, for peers: OrderedSet<PeerID>, due: Instant
    ) {
        waiting[id] = Entry(message: message, due: due, peers: peers)
    }

    /// A peer has a message. Answers whether it would have got it from here.
    mutating func remove(_ peer: PeerID, from id: MessageID) -> Bool {
        // One that nobody wants any more goes when it is due: sooner would cost a search.
        waiting[id]?.peers.remove(peer) != nil || begun[id]?.peers.remove(peer) != nil
    }

    /// Takes what is due: of each message the next part of its peers.
    ///
    /// - Parameters:
    ///   - partCount: Most peers of a part, at least one.
    ///   - pause: What the next part waits.
    mutating func removeDue(
        at now: Instant, partCount: Int, pause: Duration
    ) -> [Part] {
        var parts: [Part] = []
        // What goes back into a lane is due after `now`, as a pause is positive.
        while let (id, entry) = removeFirstDue(at: now) {
            guard !entry.peers.isEmpty else { continue }
            let peers = OrderedSet(entry.peers.prefix(max(1, partCount)))
            parts.append(Part(id: id, message: entry.message, peers: peers))
            let rest = entry.peers.subtracting(peers)
            guard !rest.isEmpty else { continue }
            begun[id] = Entry(message: entry.message, due: now.advanced(by: pause), peers: rest)
        }
        return parts
    }

    private mutating func removeFirstDue(at now: Instant) -> (MessageID, Entry)? {
        if let first = begun.elements.first, first.value.due <= now {
            begun.removeFirst()
            return (first.key, first.value)
        }
        if let first = waiting.elements.first, first.value.due <= now {
            waiting.removeFirst()
            return (first.key, first.value)
        }
        return nil
    }
}
