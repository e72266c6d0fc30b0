/// Every bound on what a remote router can make this one hold or do, with its reason.
///
/// The bounds of one RPC's encoding are ``GossipSubCodecLimits``, those of the mesh
/// ``GossipSubParameters``.
public struct GossipSubLimits: Sendable, Hashable {
    /// Bytes of one RPC: go-libp2p resets the stream above 1 MiB, so more would never arrive.
    public var maximumRPCBytes = 1 << 20
    /// Bytes of a topic's name.
    public var maximumTopicBytes = 256
    /// Topics this node takes part in or publishes to at once. Each has a mesh of its own.
    public var maximumTopics = 256
    /// Topics remembered of one peer. With 1,024 peers and 100 bytes each: 26 MB at the worst.
    public var maximumTopicsPerPeer = 256
    /// Message IDs that one peer does not want, remembered for three heartbeats. go-libp2p keeps 10
    /// for each of up to 1,000 IDONTWANTs; what is forgotten costs one duplicate.
    public var maximumUnwantedPerPeer = 512
    /// Back-offs remembered in a topic: more than peers that can be connected, as they outlive
    /// their connections. The one that ends first goes first.
    public var maximumBackoffsPerTopic = 4096
    /// The longest back-off that a PRUNE may ask for. It only binds this side, so one hour is
    /// no threat, but a number of 64 bits must not shut a peer out for ever.
    public var maximumBackoff = Duration.seconds(3600)
    /// Messages being verified and validated at once, over all topics and peers.
    public var maximumPendingMessages = 2048
    /// Bytes of these.
    public var maximumPendingBytes = 32 << 20
    /// Messages of one peer among these, so that a flooder leaves room for others.
    public var maximumPendingPerPeer = 256
    /// Large messages held back for some peers at once; above it they go out without delay.
    public var maximumDeferredMessages = 512
    /// Messages per second of one peer in the long run, duplicates among them. A peer in all our
    /// meshes sends each message at most once; 1,000 is far above what a node can validate.
    public var messagesPerSecond = 1000.0
    /// Messages of one peer at once after a pause: an answer to a full IWANT.
    public var messageBurst = 5000.0
    /// Bytes of messages and gossip that wait to be sent to one peer. The frames are shared among
    /// the peers they go to. Above it the oldest go: others have likely delivered them by then.
    public var maximumQueuedDataBytes = 4 << 20
    /// Frames of messages and gossip that wait to be sent to one peer.
    public var maximumQueuedDataFrames = 4096
    /// Bytes of control that wait to be sent to one peer. Control is never dropped alone, as the two
    /// sides would then disagree for good: the stream is opened anew instead.
    public var maximumQueuedControlBytes = 512 << 10
    /// How long one write may take before the stream is given up: a peer that never reads.
    public var writeTimeout = Duration.seconds(30)
    /// Validations by the application that run at once in one topic.
    public var maximumValidations = 32
    /// Messages that wait for one in one topic; above it new ones are dropped without blame.
    public var maximumWaitingValidations = 1024
    /// How long a validation may take; then the message is ignored.
    public var validationTimeout = Duration.seconds(10)
    /// Messages that wait for a subscriber who lags; the oldest go first.
    public var maximumQueuedDeliveries = 1024
    /// Bytes of these.
    public var maximumQueuedDeliveryBytes = 8 << 20
    /// Subscriptions of this process to one topic.
    public var maximumSubscribers = 256
    /// Peers from peer exchange that are dialled at once.
    public var maximumExchangeDials = 8
    /// Peers from peer exchange that wait to be dialled.
    public var maximumWaitingExchanges = 64
    /// Peers that are always kept, whatever their score.
    public var maximumExplicitPeers = 128

    /// The defaults.
    public init() {}
}
