/// What a run of a scenario found, and what it cost.
///
/// ``Outcome`` is the same for the same seed; ``ScenarioCost`` is that of this machine and moment.
public struct ScenarioReport: Sendable, Hashable, Codable {
    /// What the seed decides.
    public struct Outcome: Sendable, Hashable, Codable {
        /// The scenario's name.
        public var scenario: String
        /// How large it was played.
        public var scale: ScenarioScale
        /// Peers that took part, attackers included.
        public var peers: Int
        /// What everything was drawn from.
        public var seed: UInt64
        /// Virtual seconds that passed.
        public var virtualSeconds: Double
        /// What was measured.
        public var figures: [Figure]
        /// SHA-256 over every event of the run and every figure, in hexadecimal.
        public var digest: String
    }

    /// What the seed decides.
    public var outcome: Outcome
    /// What it cost.
    public var cost: ScenarioCost

    /// Whether every figure of the outcome met its target.
    public var isMet: Bool { outcome.figures.allSatisfy(\.isMet) }
    /// Figures that missed their targets.
    public var missed: [Figure] { outcome.figures.filter { !$0.isMet } }
}

/// What a run took of this machine.
public struct ScenarioCost: Sendable, Hashable, Codable {
    /// A part of the run.
    public struct Phase: Sendable, Hashable, Codable {
        /// What went on.
        public var name: String
        /// Virtual seconds that it lasted.
        public var virtualSeconds: Double
        /// Real seconds.
        public var wallSeconds: Double
        /// Seconds of computation.
        public var cpuSeconds: Double
        /// Jobs that the scheduler ran.
        public var jobs: UInt64
        /// Milliseconds of computation for a second of one peer's life.
        public var millisecondsPerPeerSecond: Double
        /// Memory at the end, in bytes.
        public var residentBytes: UInt64
    }

    /// Real seconds.
    public var wallSeconds: Double
    /// Seconds of computation.
    public var cpuSeconds: Double
    /// The most memory at any time, in bytes.
    public var peakBytes: UInt64
    /// The same, less what the process had before, for each peer.
    public var peakBytesPerPeer: UInt64
    /// Jobs that the scheduler ran.
    public var jobs: UInt64
    /// The parts of the run.
    public var phases: [Phase]
}
