/// The scores at which a peer is treated differently (gossipsub-v1.1, "Score Thresholds").
public struct PeerScoreThresholds: Sendable, Hashable, Codable {
    /// Below it no gossip is sent to a peer or heeded from it. A new peer falls below with its
    /// second invalid message.
    public var gossip = -10.0
    /// Below it own messages are not sent to a peer by flood publishing or fan-out.
    public var publish = -50.0
    /// Below it nothing that a peer sends is read. A new peer falls below with its third invalid
    /// message.
    public var graylist = -80.0
    /// From here on peers named in a PRUNE are believed. Only who has delivered for a while, or has
    /// the application's trust, gets so far.
    public var acceptPeerExchange = 20.0
    /// With a median score in the mesh below this, better peers are grafted.
    public var opportunisticGraft = 2.0

    /// Thresholds that fit ``PeerScoreParameters/init()``.
    public init() {}

    /// Refuses thresholds in the wrong order or of the wrong sign.
    ///
    /// - Returns: The same thresholds.
    @discardableResult
    public func validated() throws(GossipSubParameterError) -> PeerScoreThresholds {
        for (name, value) in [
            ("gossip", gossip), ("publish", publish), ("graylist", graylist),
            ("acceptPeerExchange", acceptPeerExchange), ("opportunisticGraft", opportunisticGraft),
        ] {
            try require(
                value.isFinite, name, "= \(value) must be a number",
                otherwise: "no score could be compared with it")
        }
        try require(
            gossip <= 0, "gossip", "= \(gossip) must be at most 0",
            otherwise: "new peers, which have a score of 0, would hear no gossip")
        try require(
            publish <= gossip, "publish", "= \(publish) must be at most gossip = \(gossip)",
            otherwise: "a peer would be sent advertisements of messages, but not the messages")
        try require(
            graylist <= publish, "graylist", "= \(graylist) must be at most publish = \(publish)",
            otherwise: "messages would be sent to peers whose answers are not read")
        try require(
            acceptPeerExchange >= 0, "acceptPeerExchange",
            "= \(acceptPeerExchange) must be at least 0",
            otherwise: "peers in bad standing could choose whom we connect to")
        try require(
            opportunisticGraft >= 0, "opportunisticGraft",
            "= \(opportunisticGraft) must be at least 0",
            otherwise: "a mesh full of peers that deliver nothing would be thought good")
        return self
    }

    /// Refuses thresholds that no score of these parameters reaches.
    ///
    /// - Returns: The same thresholds.
    @discardableResult
    public func validated(
        with parameters: PeerScoreParameters
    ) throws(GossipSubParameterError) -> PeerScoreThresholds {
        try validated()
        try parameters.validated()
        var best = parameters.otherTopics?.maximumScore ?? 0
        for topic in parameters.topics.values { best = max(best, topic.maximumScore) }
        if parameters.topicScoreCap > 0 { best = min(best, parameters.topicScoreCap) }
        try require(
            opportunisticGraft <= best || best == 0, "opportunisticGraft",
            "= \(opportunisticGraft) must be at most \(best), the most that a topic can earn",
            otherwise: "even the best mesh would be replaced for ever")
        return self
    }
}
