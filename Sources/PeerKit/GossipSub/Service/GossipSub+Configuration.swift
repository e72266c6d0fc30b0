extension GossipSub {
    /// How a router behaves. Checked when the service is attached to a node: a combination that
    /// would silently break a mesh is refused with the reason.
    public struct Configuration: Sendable {
        /// Sizes of the mesh, times, gossip.
        public var parameters = GossipSubParameters()
        /// How peers are scored.
        public var scoring = PeerScoreParameters()
        /// What scores mean.
        public var thresholds = PeerScoreThresholds()
        /// Whether messages are signed; the same for every peer of a network.
        public var signing = SigningPolicy.strictSign
        /// Bounds on what others send.
        public var limits = GossipSubLimits()
        /// What to speak, the best first in effect.
        public var versions: [GossipSubVersion] = [.meshsub12, .meshsub11, .meshsub10, .floodsub]
        /// Peers to which messages always go, whatever their score, and that are in no mesh. They
        /// must have marked this node too, or they will prune it.
        public var explicitPeers: [PeerID] = []
        /// What differs in single topics.
        public var topics: [String: TopicConfiguration] = [:]
        /// Whether this node's own messages come to its own subscribers, as in go-libp2p.
        public var deliversOwnMessages = true
        /// How many peers of a mesh get a message of at least
        /// ``GossipSubParameters/iDontWantMessageThreshold`` bytes at once.
        public var eagerPeers = 2
        /// How much later the next peers of the mesh get it, unless they say by IDONTWANT that they
        /// have it, as many at a time, and then some more after half as long: two to three times
        /// the usual delay between peers. 0: everybody at once, as go-libp2p does.
        public var eagerDelay = Duration.milliseconds(100)
        /// Checks signatures.
        public var verifier: any MessageVerifier = SignatureVerifier()

        /// The defaults.
        public init() {}
    }

    /// What differs in one topic.
    public struct TopicConfiguration: Sendable {
        /// How peers are scored in the topic; `nil`: as the scoring parameters say for every topic.
        public var score: TopicScoreParameters?
        /// What tells messages apart; `nil`: the signing policy's way.
        public var messageID: MessageIDFunction?

        /// The defaults.
        public init(score: TopicScoreParameters? = nil, messageID: MessageIDFunction? = nil) {
            self.score = score
            self.messageID = messageID
        }
    }
}

extension GossipSub.Configuration {
    /// The scoring parameters with those of single topics.
    var allScoring: PeerScoreParameters {
        var all = scoring
        for (topic, settings) in topics {
            if let score = settings.score { all.topics[topic] = score }
        }
        return all
    }

    /// Refuses what would run and yet not work.
    func checked() throws {
        try parameters.validated()
        try thresholds.validated(with: allScoring)
        guard !versions.isEmpty, Set(versions).count == versions.count else {
            throw GossipSubError.unsoundParameters(
                "versions must name at least one protocol, and each once")
        }
        guard explicitPeers.count <= limits.maximumExplicitPeers else {
            throw GossipSubError.limit("maximumExplicitPeers", value: limits.maximumExplicitPeers)
        }
        guard eagerPeers >= 1, eagerDelay >= .zero, eagerDelay < parameters.heartbeatInterval else {
            throw GossipSubError.unsoundParameters(
                "eagerPeers must be at least 1, and eagerDelay less than a heartbeat: otherwise"
                    + " messages would come by gossip sooner than by the mesh")
        }
        let slowest = parameters.heartbeatInterval * 2
        guard limits.validationTimeout < parameters.seenTTL, limits.writeTimeout > slowest else {
            throw GossipSubError.unsoundParameters(
                "validationTimeout must be less than seenTTL, and writeTimeout more than two"
                    + " heartbeats")
        }
    }
}

extension GossipSubMachine {
    /// A router as configured.
    ///
    /// - Precondition: The configuration is ``GossipSub/Configuration/checked()``.
    init(
        _ configuration: GossipSub.Configuration, localPeer: PeerID, topics: Topics, at now: Instant
    ) {
        let parameters = configuration.parameters
        var settings = Settings(localPeer: localPeer)
        settings.parameters = parameters
        settings.thresholds = configuration.thresholds
        settings.limits = configuration.limits
        settings.messageID = configuration.signing.messageID
        settings.deliversOwn = configuration.deliversOwnMessages
        settings.eagerPeers = configuration.eagerPeers
        settings.eagerDelay = configuration.eagerDelay
        self.init(
            settings: settings, topics: topics,
            scoring: PeerScoring(configuration.allScoring, at: now), promises: GossipPromises(),
            cache: MessageCache(
                history: parameters.historyLength, gossip: parameters.historyGossip),
            seen: SeenCache(timeToLive: parameters.seenTTL))
        for peer in configuration.explicitPeers where peer != localPeer {
            explicitPeers.append(peer)
        }
    }
}
