import Collections

/// The score of every peer: what it did in the topics, what the application thinks of it, how many
/// share its address, and what the router has against it (gossipsub-v1.1, "Peer Scoring").
///
/// A value without I/O: it is told what happened and when. Call ``refresh(at:)`` at every heartbeat;
/// counters decay there. Scores are computed where something changes, so asking for one is cheap.
///
/// Of a message the router says, in this order: ``validating(_:from:in:at:)`` when it has passed the
/// signature check and goes to the validator; then one of ``delivered(_:from:in:at:)``,
/// ``rejected(_:from:in:at:)`` and ``ignored(_:)``. Every further arrival of the same message is
/// ``duplicate(_:from:in:at:)``. A message that fails the signature check is
/// ``countInvalidMessage(from:in:)`` and none of these: its ID is not to be believed, and by it
/// anyone could have the senders of the true message punished.
///
/// Deviations from go-libp2p-pubsub, which the specification was written from:
/// - P3 holds in the mesh only; go goes on applying it to pruned peers, beside P3b.
/// - Whoever is first with a message gains nothing by sending it again.
/// - Duplicates that arrive after the window are not tracked.
/// - A topic without parameters of its own may have those of ``PeerScoreParameters/otherTopics``.
struct PeerScoring: Sendable {
    private(set) var parameters: PeerScoreParameters
    let limits: PeerScoringLimits
    var topics: ScoredTopics
    var peers: [PeerID: ScoredPeer] = [:]
    /// Peers that are gone and remembered. Their number is bounded.
    var retainedCount = 0
    /// How many peers have an address in common.
    var colocated: [ColocationGroup: Int] = [:]
    var deliveries: DeliveryRecords
    private var lastDecay: Instant

    /// - Parameter parameters: Checked ones, see ``PeerScoreParameters/validated()``.
    init(
        _ parameters: PeerScoreParameters = .init(), limits: PeerScoringLimits = .init(),
        at now: Instant = .zero
    ) {
        self.parameters = parameters
        self.limits = limits
        topics = ScoredTopics(parameters, limit: limits.maximumTopics)
        deliveries = DeliveryRecords(timeToLive: parameters.deliveryRecordTTL, limits: limits)
        lastDecay = now
    }

    // MARK: Scores

    /// The peer's score; 0 for one that nothing is known of.
    func score(of peer: PeerID) -> Double {
        guard let known = peers[peer] else { return 0 }
        return known.score + ipColocationPart(of: known)
    }

    /// The score and what it is made of.
    func explain(_ peer: PeerID) -> PeerScoreSnapshot {
        var snapshot = PeerScoreSnapshot(peer: peer)
        guard let known = peers[peer] else { return snapshot }
        snapshot.score = score(of: peer)
        snapshot.isConnected = known.isConnected
        snapshot.topics = known.topics
            .map { $0.standing.snapshot(topics.parameters($0.index), topic: topics.name($0.index)) }
            .sorted { $0.topic < $1.topic }
        snapshot.topicsPart = known.topicsPart(topics, cap: parameters.topicScoreCap)
        snapshot.applicationPart = known.applicationScore * parameters.applicationWeight
        snapshot.ipColocationPart = ipColocationPart(of: known)
        snapshot.behaviourPart = known.behaviourPart(parameters)
        snapshot.behaviourPenalty = known.behaviourPenalty
        return snapshot
    }

    /// All peers, those remembered included, in the order of their IDs.
    func snapshots() -> [PeerScoreSnapshot] { peers.keys.sorted().map(explain) }

    // MARK: What the router and the application say

    /// Counts misbehaviour (P7).
    mutating func addBehaviourPenalty(_ peer: PeerID, _ count: Double) {
        guard count > 0, count.isFinite else { return }
        update(peer) { $0.behaviourPenalty = min($0.behaviourPenalty + count, 1e6) }
    }

    /// Sets what the application thinks of a peer (P5).
    mutating func setApplicationScore(_ peer: PeerID, _ score: Double) {
        update(peer) { $0.applicationScore = score.isFinite ? score : 0 }
    }

    /// Changes the parameters of one topic. Counters are held to caps that are lower now.
    ///
    /// - Parameter new: Checked ones, see ``TopicScoreParameters/validated()``.
    mutating func setParameters(_ new: TopicScoreParameters, of topic: String) {
        parameters.topics[topic] = new
        guard let index = topics.set(new, of: topic) else { return }
        for peer in peers.keys {
            update(peer) { known in
                known.updateStanding(index) { $0.applyCaps(new) }
            }
        }
    }

    // MARK: Time

    /// Decays what has to decay, and forgets what is over. Call it at every heartbeat.
    mutating func refresh(at now: Instant) {
        deliveries.expire(at: now, window: topics.longestWindow)
        let interval = parameters.decayInterval.wholeNanoseconds
        let elapsed = lastDecay.duration(to: now).wholeNanoseconds
        guard interval > 0, elapsed >= interval else { return }
        let intervals = Int(elapsed / interval)
        lastDecay = lastDecay.advanced(by: .nanoseconds(Int64(intervals) * interval))
        var expired: [PeerID] = []
        for index in peers.indices {
            switch peers.values[index].connection {
            case .gone(let until):
                if until < now { expired.append(peers.keys[index]) }
            case .connected:
                peers.values[index].decay(topics, parameters, intervals: intervals, at: now)
                peers.values[index].rescore(topics, parameters)
            }
        }
        for peer in expired { forget(peer) }
    }

    // MARK: Inside

    /// Changes what is known of a peer, if it is known, and its score accordingly.
    mutating func update(_ peer: PeerID, _ change: (inout ScoredPeer) -> Void) {
        guard let index = peers.index(forKey: peer) else { return }
        change(&peers.values[index])
        peers.values[index].rescore(topics, parameters)
    }

    /// Changes what is known of a connected peer in a topic that is scored.
    mutating func update(
        _ peer: PeerID, in topic: String,
        _ change: (inout TopicStanding, TopicScoreParameters) -> Void
    ) {
        guard let index = peers.index(forKey: peer), peers.values[index].isConnected,
            let topic = topics.index(of: topic)
        else { return }
        let parameters = topics.parameters(topic)
        peers.values[index].makeStanding(topic) { change(&$0, parameters) }
        peers.values[index].rescore(topics, self.parameters)
    }

    /// P6, weighted.
    private func ipColocationPart(of peer: ScoredPeer) -> Double {
        guard parameters.ipColocationWeight != 0 else { return 0 }
        var sum = 0.0
        for group in peer.groups {
            let surplus = Double((colocated[group] ?? 0) - parameters.ipColocationThreshold)
            if surplus > 0 { sum += surplus * surplus }
        }
        return sum * parameters.ipColocationWeight
    }
}
