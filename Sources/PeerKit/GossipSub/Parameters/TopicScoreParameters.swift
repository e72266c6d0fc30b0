/// How peers are scored for what they do in one topic (gossipsub-v1.1, "Topic Parameter Calculation
/// and Decay").
///
/// A weight of 0 switches its component off. The components are P1, P2, P3, P3b and P4 of the
/// specification; their sum is multiplied by ``topicWeight``.
///
/// Counters decay by a factor at every ``PeerScoreParameters/decayInterval``; see
/// ``PeerScoreParameters/scoreParameterDecay(_:interval:toZero:)`` for factors.
public struct TopicScoreParameters: Sendable, Hashable, Codable {
    /// What the topic counts among others; at least 0.
    public var topicWeight = 1.0

    // MARK: P1, time in the mesh

    /// For each quantum in the mesh; at least 0.
    ///
    /// An hour earns 10: enough to prefer an old peer to a new one, too little to pay for two
    /// invalid messages.
    public var timeInMeshWeight = 10.0 / 3600
    /// What time in the mesh is counted in; whole quanta count.
    public var timeInMeshQuantum = Duration.seconds(1)
    /// The most quanta that count.
    public var timeInMeshCap = 3600.0

    // MARK: P2, first deliveries

    /// For each message that the peer was the first to deliver; at least 0.
    public var firstMessageDeliveriesWeight = 1.0
    /// Ten minutes to nothing. A peer that is first with one message in 20 s keeps a counter of
    /// about 6.
    public var firstMessageDeliveriesDecay = PeerScoreParameters.scoreParameterDecay(.seconds(600))
    /// The most that counts: with ten for time, 50 in all.
    public var firstMessageDeliveriesCap = 40.0

    // MARK: P3, deficit of deliveries in the mesh

    /// For the square of what is missing to the threshold; at most 0. Off by default, as its
    /// threshold depends on the rate of the topic: see ``delivering(messagesPerSecond:share:)``.
    public var meshMessageDeliveriesWeight = 0.0
    /// A minute to nothing.
    public var meshMessageDeliveriesDecay = PeerScoreParameters.scoreParameterDecay(.seconds(60))
    /// The most deliveries that are remembered; at least the threshold.
    public var meshMessageDeliveriesCap = 100.0
    /// How many deliveries are expected of a mesh peer.
    public var meshMessageDeliveriesThreshold = 1.0
    /// How long after validation a delivery still counts: less than a round trip, so that nobody
    /// earns by sending back what we sent.
    public var meshMessageDeliveriesWindow = Duration.milliseconds(10)
    /// How long a peer is in the mesh before anything is expected of it.
    public var meshMessageDeliveriesActivation = Duration.seconds(60)

    // MARK: P3b, failures to deliver

    /// For the sticky penalty of a peer that left the mesh with a deficit; at most 0. Off by
    /// default, as P3 is.
    public var meshFailurePenaltyWeight = 0.0
    /// Ten minutes to nothing.
    public var meshFailurePenaltyDecay = PeerScoreParameters.scoreParameterDecay(.seconds(600))

    // MARK: P4, invalid messages

    /// For the square of the number of invalid messages; at most 0.
    ///
    /// Two cost 40, more than the gossip threshold allows a new peer; three cost 90, a graylisting;
    /// with the best score that a topic can give, five do.
    public var invalidMessageDeliveriesWeight = -10.0
    /// An hour to nothing: half after nine minutes.
    public var invalidMessageDeliveriesDecay = PeerScoreParameters.scoreParameterDecay(
        .seconds(3600))

    /// A topic of which no rate is known: P3 and P3b are off.
    public init() {}

    /// A topic of a known, steady rate: P3 and P3b punish mesh peers that deliver next to nothing.
    ///
    /// In the balance of growth and decay a peer that delivers `r` messages a second has a counter
    /// of *r·f/(1−f)*, *f* the decay factor: about 12.5 for one a second. The threshold is the
    /// given share of it. A peer that delivers nothing pays 60 when it is expected to deliver, and
    /// 60 more, sticky, when it is pruned for that: below the publish threshold each time.
    ///
    /// - Parameters:
    ///   - messagesPerSecond: The rate of the topic in all; positive.
    ///   - share: The share of it that each mesh peer is to deliver in time. Far less than all: of
    ///     large messages only the first delivery is seen, as IDONTWANT holds back the others.
    public static func delivering(
        messagesPerSecond: Double, share: Double = 0.05
    ) -> TopicScoreParameters {
        var parameters = TopicScoreParameters()
        let decay = parameters.meshMessageDeliveriesDecay
        let threshold = share * messagesPerSecond * decay / (1 - decay)
        parameters.meshMessageDeliveriesThreshold = threshold
        parameters.meshMessageDeliveriesCap = 4 * threshold
        parameters.meshMessageDeliveriesWeight = -60 / (threshold * threshold)
        parameters.meshFailurePenaltyWeight = parameters.meshMessageDeliveriesWeight
        return parameters
    }

    /// The most that a peer can earn in a topic of these parameters.
    public var maximumScore: Double {
        topicWeight
            * (timeInMeshWeight * timeInMeshCap
                + firstMessageDeliveriesWeight * firstMessageDeliveriesCap)
    }
}
