/// What the way from one machine to another is like, in one direction.
public struct LinkConditions: Sendable, Hashable {
    /// One-way delay of each packet, on top of the time that sending takes.
    public var latency: Latency
    /// Probability that a packet is lost. A lost datagram is gone; a lost stream segment comes
    /// later, and everything behind it too.
    public var loss: Double
    /// Probability that a datagram arrives twice.
    public var duplication: Double
    /// Probability that a datagram is held back, so that later ones overtake it.
    public var reordering: Double
    /// The longest that a datagram is held back.
    public var reorderingDelay: Duration
    /// Bytes per second, shared by everything that goes this way; `nil`: without limit.
    public var bandwidth: UInt64?
    /// The longest that a datagram waits for its turn; it is lost if it would have to wait longer.
    public var maximumQueueing: Duration

    /// Describes a link.
    public init(
        latency: Latency, loss: Double = 0, duplication: Double = 0, reordering: Double = 0,
        reorderingDelay: Duration = .milliseconds(20), bandwidth: UInt64? = nil,
        maximumQueueing: Duration = .milliseconds(500)
    ) {
        self.latency = latency
        self.loss = loss
        self.duplication = duplication
        self.reordering = reordering
        self.reorderingDelay = reorderingDelay
        self.bandwidth = bandwidth
        self.maximumQueueing = maximumQueueing
    }

    /// Within one machine.
    public static let loopback = LinkConditions(latency: .constant(.microseconds(20)))
}

/// What a simulated network is like.
public struct NetworkConditions: Sendable, Hashable {
    /// Every way between two machines that has no conditions of its own.
    public var link: LinkConditions
    /// The longest datagram payload that is carried between machines. 1472 = Ethernet's 1500 less
    /// the IPv4 and UDP headers.
    public var maximumDatagramBytes = 1472
    /// Most bytes of a stream that the two systems hold between writer and reader: what is under
    /// way plus what the reader has not taken.
    public var streamWindow = 1 << 20
    /// Bytes waiting above the window at which a channel stops being writable.
    public var highWaterMark = 64 << 10
    /// Bytes waiting at which it becomes writable again.
    public var lowWaterMark = 32 << 10
    /// How long a stream's data may stay without an answer before the sender gives up
    /// (TCP_USER_TIMEOUT).
    public var streamTimeout = Duration.seconds(30)
    /// Probability that bytes which came in one piece are delivered in two. Streams keep no
    /// message boundaries, and code that thinks they do should fail here first.
    public var fragmentation = 0.1

    /// Conditions with the same link everywhere.
    public init(link: LinkConditions) { self.link = link }

    /// A network that delays everything by a millisecond and does nothing else.
    public static let ideal: NetworkConditions = {
        var conditions = NetworkConditions(
            link: LinkConditions(latency: .constant(.milliseconds(1))))
        conditions.fragmentation = 0
        return conditions
    }()

    /// A wired office: 200 µs, one gigabit per second.
    public static let lan = NetworkConditions(
        link: LinkConditions(
            latency: .normal(mean: .microseconds(200), deviation: .microseconds(40)),
            bandwidth: 125_000_000))

    /// Homes across a continent: 40 ms median with a long tail, 1 in 200 lost, 100 Mbit/s.
    public static let wan = NetworkConditions(
        link: LinkConditions(
            latency: .logNormal(median: .milliseconds(40), sigma: 0.3), loss: 0.005,
            duplication: 0.000_5, reordering: 0.005, bandwidth: 12_500_000))

    /// Bad radio: 60 ms and wild, 5 % lost, 2 % twice, 5 % out of order, 2 Mbit/s.
    public static let lossy = NetworkConditions(
        link: LinkConditions(
            latency: .logNormal(median: .milliseconds(60), sigma: 0.7), loss: 0.05,
            duplication: 0.02, reordering: 0.05, reorderingDelay: .milliseconds(100),
            bandwidth: 250_000))
}
