/// What is known of one peer.
struct ScoredPeer: Sendable {
    /// Whether the peer is there.
    enum Connection: Sendable {
        case connected
        /// Remembered for its faults until then.
        case gone(until: Instant)
    }

    /// What it did in one topic.
    struct InTopic: Sendable {
        let index: Int
        var standing: TopicStanding
    }

    var connection = Connection.connected
    /// By topic index, so that sums are the same in every run.
    var topics: [InTopic] = []
    var groups: [ColocationGroup] = []
    var applicationScore = 0.0
    var behaviourPenalty = 0.0
    /// All but P6, which changes by what other peers do.
    private(set) var score = 0.0

    var isConnected: Bool { if case .connected = connection { true } else { false } }

    /// Whether it did anything wrong that is not forgotten yet.
    var hasPenalty: Bool { behaviourPenalty > 0 || topics.contains { $0.standing.hasPenalty } }

    /// Changes the standing in a topic, if there is one.
    mutating func updateStanding(_ topic: Int, _ change: (inout TopicStanding) -> Void) {
        guard let position = topics.firstIndex(where: { $0.index == topic }) else { return }
        change(&topics[position].standing)
    }

    /// Changes the standing in a topic, which begins with this if there is none.
    mutating func makeStanding(_ topic: Int, _ change: (inout TopicStanding) -> Void) {
        let position = topics.firstIndex { $0.index >= topic } ?? topics.endIndex
        if position == topics.endIndex || topics[position].index != topic {
            topics.insert(InTopic(index: topic, standing: TopicStanding()), at: position)
        }
        change(&topics[position].standing)
    }

    mutating func decay(
        _ table: ScoredTopics, _ parameters: PeerScoreParameters, intervals: Int, at now: Instant
    ) {
        for position in topics.indices {
            topics[position].standing.decay(
                table.parameters(topics[position].index), intervals: intervals,
                toZero: parameters.decayToZero, at: now)
        }
        behaviourPenalty.decay(
            by: parameters.behaviourPenaltyDecay, intervals, parameters.decayToZero)
    }

    // MARK: Score

    /// Computes the score anew.
    mutating func rescore(_ table: ScoredTopics, _ parameters: PeerScoreParameters) {
        score =
            topicsPart(table, cap: parameters.topicScoreCap)
            + applicationScore * parameters.applicationWeight + behaviourPart(parameters)
    }

    /// The topics together. The cap bounds what they earn, not what they cost.
    func topicsPart(_ table: ScoredTopics, cap: Double) -> Double {
        var sum = 0.0
        for topic in topics { sum += topic.standing.score(table.parameters(topic.index)) }
        return cap > 0 ? min(sum, cap) : sum
    }

    /// P7, weighted.
    func behaviourPart(_ parameters: PeerScoreParameters) -> Double {
        let excess = behaviourPenalty - parameters.behaviourPenaltyThreshold
        return excess > 0 ? excess * excess * parameters.behaviourPenaltyWeight : 0
    }
}
