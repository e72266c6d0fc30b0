import Collections

/// What a router knows of one topic: who subscribes to it, the mesh, the fan-out and the back-offs.
///
/// Decisions that need more than the topic (scores, versions, the message cache) are taken by
/// ``GossipSubMachine``, which borrows this machine for the length of a transition.
struct TopicMachine: Sendable {
    let topic: String
    /// Whether this node has joined; if not, it only publishes here.
    var isJoined = false
    /// Connected peers that have announced the topic.
    var subscribers: OrderedSet<PeerID> = []
    /// Those of ``subscribers`` that speak floodsub only.
    var floodsubPeers: OrderedSet<PeerID> = []
    /// Peers that messages are exchanged with in full; empty unless joined.
    var mesh: OrderedSet<PeerID> = []
    /// Peers that messages are published to while the topic is not joined.
    var fanout: OrderedSet<PeerID> = []
    /// When something was published without having joined.
    var lastFanout: Instant?
    /// Peers that must not be grafted yet.
    var backoffs: BackoffTable

    init(topic: String, limits: GossipSubLimits) {
        self.topic = topic
        backoffs = BackoffTable(limit: limits.maximumBackoffsPerTopic)
    }

    /// Takes a peer out of everything but the back-offs, which outlive a connection.
    ///
    /// - Returns: Whether it was in the mesh.
    mutating func remove(_ peer: PeerID) -> Bool {
        subscribers.remove(peer)
        floodsubPeers.remove(peer)
        return leave(peer)
    }

    /// Takes a peer out of mesh and fan-out.
    mutating func leave(_ peer: PeerID) -> Bool {
        fanout.remove(peer)
        return mesh.remove(peer) != nil
    }
}

/// Until when which peers must not be grafted (gossipsub v1.1, "Adding a backoff").
struct BackoffTable: Sendable {
    private var ends: [PeerID: Instant] = [:]
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    var count: Int { ends.count }

    /// When the back-off of a peer ends; `nil` without one.
    func end(of peer: PeerID) -> Instant? { ends[peer] }

    /// Whether a peer may not be grafted at `now`.
    func holds(_ peer: PeerID, at now: Instant, slack: Duration = .zero) -> Bool {
        guard let end = ends[peer] else { return false }
        return now < end.advanced(by: slack)
    }

    /// Begins a back-off, or lengthens one.
    mutating func begin(_ peer: PeerID, until end: Instant) {
        if let known = ends[peer] {
            ends[peer] = max(known, end)
            return
        }
        // Ties are broken by the ID, so that the order of the table is not seen.
        if ends.count >= limit,
            let first = ends.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }
            )
        {
            ends[first.key] = nil
        }
        ends[peer] = end
    }

    /// Forgets back-offs that ended longer than `slack` ago.
    mutating func expire(at now: Instant, slack: Duration) {
        ends = ends.filter { now < $0.value.advanced(by: slack) }
    }
}

/// Where the machines of the topics live: in a table of values, or in one actor each.
///
/// A transition takes a machine out, changes it and puts it back; nothing else runs in between.
protocol TopicTable: Sendable {
    /// The topics, in the order in which they were opened.
    var names: [String] { get }
    /// How many there are.
    var count: Int { get }
    /// Takes a topic's machine out, to be put back in the same turn.
    mutating func take(_ topic: String) -> TopicMachine?
    /// Puts a machine back, or adds a new one.
    mutating func put(_ machine: TopicMachine)
    /// Forgets a topic.
    mutating func remove(_ topic: String)
}

/// Topics as plain values.
struct LocalTopics: TopicTable {
    private var machines: OrderedDictionary<String, TopicMachine> = [:]

    var names: [String] { Array(machines.keys) }
    var count: Int { machines.count }

    subscript(topic: String) -> TopicMachine? { machines[topic] }

    mutating func take(_ topic: String) -> TopicMachine? {
        guard let index = machines.index(forKey: topic) else { return nil }
        // Leaves a small stand-in, so that the sets inside have one owner and are changed in place.
        let standIn = TopicMachine(topic: topic, limits: GossipSubLimits())
        return exchange(&machines.values[index], with: standIn)
    }

    mutating func put(_ machine: TopicMachine) { machines[machine.topic] = machine }

    mutating func remove(_ topic: String) { machines[topic] = nil }
}

/// Replaces a value and returns the one before.
func exchange<T>(_ place: inout T, with value: T) -> T {
    let old = place
    place = value
    return old
}
