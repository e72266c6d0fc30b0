import Collections

/// The messages of the last heartbeats: what is advertised and given to those who ask
/// (gossipsub-v1.0, "Message Cache").
///
/// Messages stand in windows, one for each heartbeat. IDs of the newest `gossip` windows are
/// advertised; messages are given out from all `history` windows, so that what was advertised is
/// still there when it is asked for.
struct MessageCache: Sendable {
    private struct Entry {
        let message: PubSubMessage
        let byteCount: Int
        /// How often it was given, by peer.
        var transmissions: [PeerID: Int] = [:]
    }

    private struct Advertised {
        let id: MessageID
        let window: UInt64
    }

    private struct Ordered {
        let id: MessageID
        let topic: String
        let window: UInt64
    }

    private let history: UInt64
    private let gossip: UInt64
    private let limits: GossipCacheLimits
    private var entries: [MessageID: Entry] = [:]
    /// All, oldest first.
    private var order = Deque<Ordered>()
    /// The same by topic.
    private var topics: [String: Deque<Advertised>] = [:]
    /// The number of the newest window.
    private var window: UInt64 = 0

    /// Bytes of all messages kept.
    private(set) var byteCount = 0
    /// Messages forgotten before their time because there were too many.
    private(set) var forgottenEarly = 0

    /// How many messages are kept.
    var count: Int { entries.count }

    /// - Precondition: `1 <= gossip <= history`, as ``GossipSubParameters/validated()`` ensures.
    init(history: Int, gossip: Int, limits: GossipCacheLimits = .init()) {
        precondition(1 <= gossip && gossip <= history, "\(gossip) of \(history) windows")
        self.history = UInt64(history)
        self.gossip = UInt64(gossip)
        self.limits = limits
    }

    /// Keeps a message in the newest window. A message that is kept already stays where it is.
    mutating func put(_ message: PubSubMessage, id: MessageID) {
        guard entries[id] == nil else { return }
        let entry = Entry(message: message, byteCount: Self.byteCount(of: message))
        guard entry.byteCount <= limits.maximumCachedByteCount else { return }
        entries[id] = entry
        byteCount += entry.byteCount
        order.append(Ordered(id: id, topic: message.topic, window: window))
        topics[message.topic, default: []].append(Advertised(id: id, window: window))
        while byteCount > limits.maximumCachedByteCount
            || entries.count > limits.maximumCachedMessages
        {
            forgetOldest()
            forgottenEarly += 1
        }
    }

    /// The message, if it is kept.
    func message(_ id: MessageID) -> PubSubMessage? { entries[id]?.message }

    /// The message for a peer that asks for it by IWANT, and how often it has asked, this time
    /// included.
    mutating func message(
        _ id: MessageID, for peer: PeerID
    ) -> (message: PubSubMessage, transmissions: Int)? {
        guard let index = entries.index(forKey: id) else { return nil }
        let message = entries.values[index].message
        if let count = entries.values[index].transmissions[peer] {
            let (next, overflow) = count.addingReportingOverflow(1)
            entries.values[index].transmissions[peer] = overflow ? count : next
            return (message, overflow ? count : next)
        }
        guard entries.values[index].transmissions.count < limits.maximumRequestersPerMessage else {
            return nil
        }
        entries.values[index].transmissions[peer] = 1
        return (message, 1)
    }

    /// The IDs to advertise for a topic, newest first.
    func gossipIDs(in topic: String) -> [MessageID] {
        guard let advertised = topics[topic] else { return [] }
        var ids: [MessageID] = []
        for entry in advertised.reversed() {
            guard window - entry.window < gossip else { break }
            ids.append(entry.id)
        }
        return ids
    }

    /// Begins a new window and forgets the oldest; called at every heartbeat.
    mutating func shift() {
        window += 1
        while let first = order.first, window - first.window >= history { forgetOldest() }
    }

    private mutating func forgetOldest() {
        guard let oldest = order.popFirst() else { return }
        if let entry = entries.removeValue(forKey: oldest.id) { byteCount -= entry.byteCount }
        // In each topic, too, the oldest stands first.
        topics[oldest.topic]?.removeFirst()
        if topics[oldest.topic]?.isEmpty == true { topics[oldest.topic] = nil }
    }

    private static func byteCount(of message: PubSubMessage) -> Int {
        message.data.count + message.topic.utf8.count + (message.from?.count ?? 0)
            + (message.sequenceNumber?.count ?? 0) + (message.signature?.count ?? 0)
            + (message.key?.count ?? 0) + message.otherFields.count
    }
}
