/// What a GossipSub router has done so far, in numbers.
public struct GossipSubStatistics: Sendable, Hashable, Codable {
    /// RPCs received.
    public var received = 0
    /// RPCs of peers with a score below the graylist threshold, ignored.
    public var graylisted = 0
    /// Messages received, every copy counted.
    public var messages = 0
    /// Messages received that were known already.
    public var duplicates = 0
    /// Messages accepted.
    public var accepted = 0
    /// Messages with a wrong signature or content.
    public var rejected = 0
    /// Messages that the validator ignored or had no time for.
    public var ignored = 0
    /// Messages dropped because of a limit of this node.
    public var dropped = 0
    /// Messages dropped because their sender exceeded its rate.
    public var excess = 0
    /// Messages of this node.
    public var published = 0
    /// Messages of this node that went to nobody.
    public var publishedToNobody = 0
    /// Copies of messages sent, own ones and those passed on.
    public var sent = 0
    /// Copies not sent because the peer did not want them.
    public var spared = 0
    /// GRAFTs sent.
    public var grafts = 0
    /// PRUNEs sent.
    public var prunes = 0
    /// GRAFTs refused.
    public var graftsRefused = 0
    /// IHAVEs sent.
    public var haves = 0
    /// Message IDs asked for by IWANT.
    public var wanted = 0
    /// Messages sent in answer to an IWANT.
    public var served = 0
    /// IDONTWANTs sent.
    public var dontWants = 0
    /// Promises (IHAVE) that peers did not keep.
    public var brokenPromises = 0
    /// Frames dropped because their peer reads too slowly.
    public var framesDropped = 0
    /// Outbound streams that failed and were opened anew.
    public var streamsLost = 0
    /// Messages that subscribers in this process lost because they lagged.
    public var deliveriesDropped = 0

    /// All zero.
    public init() {}
}
