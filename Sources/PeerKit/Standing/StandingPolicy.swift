/// How a node weighs faults and what it does about them.
///
/// A peer's score is a number of points, 0 for one with nothing against it and falling with every
/// fault by ``weights``. It comes back to 0 with time: what is left of it after *t* is
/// score · 2^(−*t* / ``halfLife``). By what it has fallen to, the peer is
///
/// - *throttled* at −``throttlePoints``: its rate limits shrink to a fraction,
/// - *suspended* at −``suspensionPoints``: its connections are closed and refused for
///   ``firstSuspension``, the next time for twice as long, up to ``maximumSuspension``,
/// - *banned* at −``banPoints``, or when it would be suspended more than ``suspensionsBeforeBan``
///   times. One suspension is forgotten for each ``suspensionMemory`` without another.
///
/// Right after a suspension has begun, for ``settlingTime``, faults weigh nothing: what was under
/// way belongs to what the peer is suspended for. Faults that may be the network's
/// (``PeerFault/Kind/unresponsive``) throttle at most: they take a score no further than half-way
/// from throttling to suspension.
public struct StandingPolicy: Sendable, Hashable {
    /// Points that a fault costs.
    public var weights: [PeerFault.Kind: Double] = [
        // Software with a mistake does so now and then, five times in ten minutes only an attacker.
        .protocolViolation: 20,
        .falseClaim: 20,
        // May be relayed in good faith by who does not check.
        .invalidContent: 10,
        .excess: 10,
        // Happens to honest peers after a partition.
        .replay: 5,
        // Peers vanish.
        .unresponsive: 1,
        // Needs two signatures of the peer's own: there is no honest explanation.
        .equivocation: 100,
    ]
    /// Time in which a score comes half-way back to 0.
    public var halfLife = Duration.seconds(600)
    /// Points lost from which a peer is throttled.
    public var throttlePoints = 30.0
    /// Points lost from which a peer is suspended.
    public var suspensionPoints = 100.0
    /// Points lost from which a peer is banned for good.
    public var banPoints = 400.0
    /// Length of the first suspension.
    public var firstSuspension = Duration.seconds(300)
    /// Longest suspension.
    public var maximumSuspension = Duration.seconds(24 * 3600)
    /// Suspensions after which the next is a ban.
    public var suspensionsBeforeBan = 6
    /// Good behaviour that makes up for one suspension.
    public var suspensionMemory = Duration.seconds(24 * 3600)
    /// Time after the beginning of a suspension in which faults weigh nothing.
    public var settlingTime = Duration.seconds(10)

    /// The defaults.
    public init() {}

    /// What a fault of a kind costs, at least 0.
    func points(for kind: PeerFault.Kind) -> Double { max(0, weights[kind] ?? 0) }
}

/// Bounds of what a node remembers of its peers' standing.
public struct StandingLimits: Sendable, Hashable {
    /// Characters of a fault's description, a line or two.
    public static let maximumDetailLength = 200
    /// Most ``PeerStanding/RecordedFault`` kept of one peer: enough to explain a suspension.
    public static let maximumFaultsPerPeer = 8

    /// Peers with something against them. With eight faults of at most 1 kB each they take 32 MB at
    /// worst, 2 MB usually. Room is made by forgetting the best.
    public var maximumPeers = 4096
    /// Bans made by hand. They are never forgotten, so that a further one is refused.
    public var maximumBans = 4096
    /// How long changes may wait to be written together.
    public var writeDelay = Duration.seconds(2)

    /// The defaults.
    public init() {}
}
