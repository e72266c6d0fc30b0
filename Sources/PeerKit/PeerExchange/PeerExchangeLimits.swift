/// Every bound of peer exchange, with its reason.
public struct PeerExchangeLimits: Sendable, Hashable {
    /// Records in one answer: enough to join by, too few to draw a map of the network with.
    public var maximumRecords = 16
    /// Bytes of one record, as in ``AddressBookLimits/maximumRecordBytes``.
    public var maximumRecordBytes = 2048
    /// Questions answered per peer and minute in the long run.
    public var questionsPerMinute = 4.0
    /// Questions answered at once after a pause.
    public var questionBurst = 3.0
    /// Time between two questions to one peer; keeps within what its limits allow.
    public var pauseBetweenQuestions = Duration.seconds(20)
    /// Announcements taken per peer and second in the long run.
    public var announcementsPerSecond = 2.0
    /// Announcements taken at once: a hundred peers may start together.
    public var announcementBurst = 128.0
    /// Signatures verified per second over all peers: 200 cost 1 % of a core.
    public var verificationsPerSecond = 200.0
    /// How often an announcement may be passed on. 4 ways, 4 times: 256 peers hear of a newcomer
    /// at once, the others by asking.
    public var maximumHops = 4
    /// Peers that an announcement is passed on to.
    public var fanOut = 4
    /// Announcements that wait to be sent; beyond it the oldest are dropped, as peers also ask.
    public var maximumOutgoing = 256
    /// Announcements that are remembered, so that none is passed on twice.
    public var maximumSeen = 4096
    /// Peers whose rates and claims are remembered. Connected ones are at most
    /// ``HostLimits/maximumConnections``.
    public var maximumPartners = 1024
    /// Recommendations that wait to be tried, each with who made it.
    public var maximumClaims = 2048
    /// Outcomes of recommendations that are weighed for each peer.
    public var claimWindow = 16
    /// Outcomes before anything is concluded: an honest peer's neighbours may have just died.
    public var claimMinimum = 8
    /// The part of recommendations that must work; below it the peer is called a liar. Honest ones
    /// pass on only whom they have reached within a day and after whom no dial has failed.
    public var claimShare = 0.125
    /// Whoever stands lower is neither asked nor believed nor relayed: half-way to being throttled.
    public var minimumStanding = -15.0
    /// Time for one exchange.
    public var timeout = Duration.seconds(10)

    /// The defaults.
    public init() {}

    /// Bytes of one message.
    var maximumMessageBytes: Int { maximumRecords * (maximumRecordBytes + 8) + 64 }
}
