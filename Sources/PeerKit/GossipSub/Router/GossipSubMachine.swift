import Collections

/// The rules of GossipSub 1.1 with IDONTWANT of 1.2 and floodsub as fallback.
///
/// Told what happened and when, it collects what to do; the shell takes that with
/// ``takeActions()`` after each call. No I/O, no clock, no randomness of its own.
///
/// Sources: libp2p specs, "pubsub", "gossipsub v1.0", "v1.1", "v1.2".
///
/// The rules are split by concern: `+Peers`, `+Topics`, `+Receiving`, `+Publish`, `+Mesh`,
/// `+Gossip`, `+IDontWant`, `+Deferring`, `+PeerExchange`, `+Heartbeat`.
///
/// Deviations, all towards caution:
/// - A message ID counts as seen, and IDONTWANT is sent, only once the signature has been checked.
///   go-libp2p does both before, so that a forged copy can keep the true message away.
/// - A message is not sent to peers that have delivered it themselves while it was validated.
/// - A large message goes to a part of the mesh at once and to the others a little later, if they
///   have not said IDONTWANT by then (`+Deferring`).
/// - GRAFT for a topic by a floodsub peer is ignored.
/// - A message of this node's own that comes back after it has been forgotten is ignored without
///   blame: it may stem from before a restart.
struct GossipSubMachine<Topics: TopicTable>: Sendable {
    /// What does not change while a router runs.
    struct Settings: Sendable {
        var localPeer: PeerID
        var parameters = GossipSubParameters()
        var thresholds = PeerScoreThresholds()
        var limits = GossipSubLimits()
        /// How messages get their IDs, where a topic has no way of its own.
        var messageID = MessageIDFunction.authorAndSequenceNumber
        /// Whether this node's messages go to its own subscribers.
        var deliversOwn = true
        /// How many peers of the mesh get a large message at once.
        var eagerPeers = 2
        /// How much later the others get it, unless they have it by then.
        var eagerDelay = Duration.milliseconds(100)
    }

    let settings: Settings
    var topics: Topics
    /// How IDs are made in topics that this node has joined.
    var joined: [String: MessageIDFunction] = [:]
    var peers: OrderedDictionary<PeerID, RouterPeer> = [:]
    /// Peers whose messages are always exchanged and that are in no mesh.
    var explicitPeers: OrderedSet<PeerID> = []
    var scoring: PeerScoring
    var promises: GossipPromises
    var cache: MessageCache
    var seen: SeenCache
    var pending = PendingMessages()
    /// Large messages that wait for word from those who may have them already.
    var deferred = DeferredMessages()
    /// Heartbeats so far.
    var tick: UInt64 = 0
    var statistics = GossipSubStatistics()

    private var actions: [GossipSubAction] = []
    /// Control that this transition sends, one RPC for each peer.
    private var control: OrderedDictionary<PeerID, GossipRPC> = [:]

    init(
        settings: Settings, topics: Topics, scoring: PeerScoring, promises: GossipPromises,
        cache: MessageCache, seen: SeenCache
    ) {
        self.settings = settings
        self.topics = topics
        self.scoring = scoring
        self.promises = promises
        self.cache = cache
        self.seen = seen
    }

    var parameters: GossipSubParameters { settings.parameters }
    var limits: GossipSubLimits { settings.limits }

    /// What to do since the last call, in order.
    mutating func takeActions() -> [GossipSubAction] {
        for (peer, rpc) in control { actions.append(.sendControl(rpc, to: peer)) }
        control.removeAll(keepingCapacity: true)
        defer { actions.removeAll() }
        return actions
    }

    /// Adds something to do.
    mutating func act(_ action: GossipSubAction) { actions.append(action) }

    /// Adds to the control messages for a peer.
    mutating func tell(_ peer: PeerID, _ change: (inout GossipRPC) -> Void) {
        guard peers[peer]?.isReachable ?? false else { return }
        change(&control[peer, default: GossipRPC()])
    }

    /// Lends a topic's machine out.
    mutating func with<R>(
        _ topic: String, _ body: (inout TopicMachine, inout Self) -> R
    ) -> R? {
        guard var machine = topics.take(topic) else { return nil }
        let result = body(&machine, &self)
        topics.put(machine)
        return result
    }

    // MARK: Views

    func score(of peer: PeerID) -> Double { scoring.score(of: peer) }

    /// Whether a peer can be grafted or gossiped with.
    func hasMesh(_ peer: PeerID) -> Bool {
        guard let known = peers[peer] else { return false }
        return known.isReachable && known.version.hasMesh && !explicitPeers.contains(peer)
    }

    /// Up to `count` peers of `topic` that satisfy `condition`, drawn at random.
    func draw(
        _ count: Int, from topic: TopicMachine, using generator: inout some RandomNumberGenerator,
        where condition: (PeerID) -> Bool
    ) -> [PeerID] {
        guard count > 0 else { return [] }
        var fitting = topic.subscribers.filter { hasMesh($0) && condition($0) }
        fitting.shuffle(using: &generator)
        return Array(fitting.prefix(count))
    }

    /// Who published a message, in bytes, so that nobody is sent his own.
    static func isAuthor(_ peer: PeerID, of message: PubSubMessage) -> Bool {
        message.from == peer.bytes
    }
}
