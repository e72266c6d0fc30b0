/// The parameters of the mesh and of gossip (gossipsub-v1.0, "Parameters"; -v1.1, "Overlay
/// Parameters"; -v1.2). The defaults are go-libp2p's.
///
/// `D` of the specification is `d` here, `D_low` is `dLow`, and so on.
public struct GossipSubParameters: Sendable, Hashable {
    // MARK: Mesh

    /// How many peers a mesh is brought back to when it has too few or too many.
    public var d = 6
    /// With fewer peers than these, a mesh grafts more.
    public var dLow = 5
    /// With more peers than these, a mesh prunes; at as many it takes only peers that we dialled.
    public var dHigh = 12
    /// How many of the peers kept when pruning are kept for their score; the others are drawn.
    public var dScore = 4
    /// How many peers of a mesh we want to have dialled ourselves.
    public var dOut = 2
    /// Whether this peer keeps no mesh at all, as suits one that only introduces peers to each
    /// other: `d`, `dLow`, `dHigh` and `dOut` are 0, and `dScore` must be (gossipsub-v1.1,
    /// "Recommendations for Network Operators").
    public var isMeshless: Bool { d == 0 && dLow == 0 && dHigh == 0 && dOut == 0 }

    /// Time between heartbeats.
    public var heartbeatInterval = Duration.seconds(1)
    /// Time from the start to the first heartbeat.
    public var heartbeatInitialDelay = Duration.milliseconds(100)

    /// How long a pruned peer must not graft again.
    public var pruneBackoff = Duration.seconds(60)
    /// The same for peers pruned because we leave the topic.
    public var unsubscribeBackoff = Duration.seconds(10)
    /// A GRAFT that comes sooner than this after a PRUNE is penalised a second time.
    public var graftFloodThreshold = Duration.seconds(10)
    /// Heartbeats between attempts to replace poor mesh peers by better ones.
    public var opportunisticGraftTicks = 60
    /// Peers grafted in such an attempt.
    public var opportunisticGraftPeers = 2
    /// Heartbeats between attempts to reconnect explicit peers.
    public var directConnectTicks = 300

    // MARK: Publishing

    /// Whether own messages go to all peers of a topic with a sufficient score, not only to the
    /// mesh.
    public var floodPublish = true
    /// How long the peers for a topic that we only publish to are kept after the last message.
    public var fanoutTTL = Duration.seconds(60)
    /// How long a message is known to have been seen.
    public var seenTTL = Duration.seconds(120)

    // MARK: Gossip

    /// How many peers outside the mesh gossip goes to, at least.
    public var dLazy = 6
    /// The share of peers outside the mesh that gossip goes to, if that is more.
    public var gossipFactor = 0.25
    /// Heartbeats for which messages are kept.
    public var historyLength = 5
    /// Heartbeats for which messages are advertised.
    public var historyGossip = 3
    /// How often one peer is given one message that it asks for.
    public var gossipRetransmission = 3
    /// Message IDs in one IHAVE, and those asked for from one peer in one heartbeat.
    public var maximumIHaveLength = 5000
    /// IHAVEs that are heeded from one peer in one heartbeat.
    public var maximumIHaveMessages = 10
    /// Time for a peer to send what it advertised and we asked for.
    public var iWantFollowupTime = Duration.seconds(3)

    // MARK: IDONTWANT

    /// Messages of at least so many bytes are announced to mesh peers by IDONTWANT.
    public var iDontWantMessageThreshold = 1024
    /// Heartbeats for which an IDONTWANT is heeded.
    public var iDontWantMessageTTL = 3
    /// Message IDs of one IDONTWANT that are heeded.
    public var maximumIDontWantLength = 10
    /// IDONTWANTs that are heeded from one peer in one heartbeat.
    public var maximumIDontWantMessages = 1000

    // MARK: Peer exchange

    /// Whether a PRUNE names other peers to turn to.
    public var offersPeerExchange = false
    /// How many peers a PRUNE names.
    public var prunePeers = 16

    /// go-libp2p's defaults, but for flood publishing, which the specification recommends.
    public init() {}
}
