/// What a simulation has done so far.
public struct SimulationStatistics: Sendable, Hashable {
    /// Jobs and closures run.
    public var jobs: UInt64 = 0
    /// Timers fired, those of the network included.
    public var timers: UInt64 = 0
    /// Streams opened.
    public var connections: UInt64 = 0
    /// Stream ends broken off by the other side or its system.
    public var resets: UInt64 = 0
    /// Stream segments sent for the first time.
    public var segments: UInt64 = 0
    /// Stream segments sent again, after loss or a partition.
    public var retransmissions: UInt64 = 0
    /// Stream bytes that arrived.
    public var streamBytes: UInt64 = 0
    /// The most bytes that ever waited in one channel's send queue.
    public var largestSendQueue = 0
    /// Datagrams sent, counted once for each receiving machine.
    public var datagramsSent: UInt64 = 0
    /// Datagrams that reached a machine, copies included.
    public var datagramsArrived: UInt64 = 0
    /// Datagrams lost by chance, partition, power loss or full queue.
    public var datagramsLost: UInt64 = 0
    /// Datagrams delivered twice.
    public var datagramsDuplicated: UInt64 = 0
    /// Datagrams held back so that later ones may overtake them.
    public var datagramsReordered: UInt64 = 0
    /// Commits made durable.
    public var commits: UInt64 = 0
    /// Commits in flight at a crash that were lost whole.
    public var commitsLost: UInt64 = 0

    /// All zero.
    public init() {}
}

/// How far a simulation may go before it counts as failed.
public struct SimulationLimits: Sendable, Hashable {
    /// Virtual time at which the run is given up. A week of virtual time.
    public var maximumVirtualTime: Duration
    /// Jobs after which the run is given up. 10⁹ jobs are some minutes.
    public var maximumJobs: UInt64

    /// How long, in real time, a run that stands still waits for a task that may have left the
    /// simulation, before it reports a deadlock. Runs that go well never wait.
    public var escapeGrace: Duration

    /// Limits a run.
    public init(
        maximumVirtualTime: Duration = .seconds(7 * 86_400), maximumJobs: UInt64 = 1_000_000_000,
        escapeGrace: Duration = .seconds(1)
    ) {
        self.maximumVirtualTime = maximumVirtualTime
        self.maximumJobs = maximumJobs
        self.escapeGrace = escapeGrace
    }
}
