/// What a node thinks of a peer, and why.
///
/// Times are milliseconds since 1970-01-01 00:00 UTC.
public struct PeerStanding: Sendable, Hashable, Codable {
    /// What a peer may do.
    public enum State: String, Sendable, Hashable, Codable {
        /// Everything.
        case good
        /// Everything, but little of it at a time.
        case throttled
        /// Nothing until ``PeerStanding/until``.
        case suspended
        /// Nothing.
        case banned
    }

    /// A fault, or several alike one after the other.
    public struct RecordedFault: Sendable, Hashable, Codable {
        /// The latest of them.
        public var fault: PeerFault
        /// How many there were.
        public var count: Int
        /// When the latest came.
        public var time: UInt64
        /// Points that they have cost in all.
        public var points: Double
    }

    /// Who.
    public var peer: PeerID
    /// 0 with nothing against it, else negative.
    public var score: Double
    /// What the peer may do.
    public var state: State
    /// When a suspension or a ban ends, if it does.
    public var until: UInt64?
    /// How often it has been suspended, as far as that is not made up for.
    public var suspensions: Int
    /// The ban that somebody has made, if one has.
    public var ban: Ban?
    /// The latest faults, oldest first.
    public var faults: [RecordedFault]
}

/// Why a peer stands as it does: its standing beside the rules it is judged by.
public struct StandingExplanation: Sendable, Hashable {
    /// How it stands.
    public var standing: PeerStanding
    /// By what rules.
    public var policy: StandingPolicy
    /// Time until it is no longer throttled if it behaves; zero for one that is not, `nil` for one
    /// that is banned for good.
    public var recovery: Duration?
}
