/// How much of an RPC is decoded.
///
/// One RPC has at most a mebibyte, but a mebibyte of two-byte entries would decode to thirty times as
/// much; these bounds keep what is decoded near what came.
struct GossipSubCodecLimits: Sendable, Hashable {
    /// The whole RPC; go-libp2p resets streams that bring more, and splits what it sends.
    var maximumByteCount = 1 << 20
    /// Changes of subscriptions: a hello names all topics of a peer, of which our own limit of
    /// topics per peer keeps fewer.
    var maximumSubscriptions = 4096
    /// Messages. A signed one has at least 130 bytes, so that a mebibyte holds about 8,000.
    var maximumMessages = 8192
    /// Message IDs in all IHAVE, IWANT and IDONTWANT together. IDs of 16 bytes, shorter than any in
    /// use, fill a mebibyte with 58,000.
    var maximumMessageIDs = 65_536
    /// GRAFT and PRUNE together: two for each topic that a peer may be subscribed to.
    var maximumGraftsAndPrunes = 8192
    /// IHAVE entries: one for each topic.
    var maximumHaves = 4096
    /// Peers of one PRUNE; go-libp2p sends 16. More are skipped.
    var maximumExchangedPeers = 64
    /// A signed peer record; larger ones are skipped. The same bound as for any envelope.
    var maximumRecordByteCount = IdentityLimits.maximumEnvelopeByteCount
    /// The name of a topic in UTF-8. What is about longer ones is skipped.
    var maximumTopicByteCount = 1024
    /// A message ID: author and sequence number have 50 bytes, hashes up to 64. Longer are skipped.
    var maximumMessageIDByteCount = 128
    /// Fields of a message that we do not know, in all. Messages with more are skipped.
    var maximumOtherFieldsByteCount = 1024
    /// The longest back-off that is believed; whoever asks for more gets this.
    var maximumBackoff = Duration.seconds(86_400)

    init() {}
}
