/// How a look-up went.
public struct LookupReport: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Peers from this node to the result: 0 when this node knew it, 1 when a peer of its own table
    /// did.
    public var hops: Int
    /// From the first request to the result.
    public var duration: Duration
    /// Peers that were asked.
    public var queried: Int
    /// Disjoint paths that were used.
    public var paths: Int
    /// Who failed, and why; at most ``maximumFailures``.
    public var failed: [LookupFailure]

    /// Failures that are listed.
    static let maximumFailures = 64

    /// A report of given figures.
    public init(
        hops: Int = 0, duration: Duration = .zero, queried: Int = 0, paths: Int = 0,
        failed: [LookupFailure] = []
    ) {
        self.hops = hops
        self.duration = duration
        self.queried = queried
        self.paths = paths
        self.failed = failed
    }

    /// In words.
    public var description: String {
        "\(queried) peers asked over \(paths) paths, \(failed.count) failed, \(hops) hops, \(duration)"
    }
}

/// A peer that was of no help.
public struct LookupFailure: Hashable, Sendable, Codable, CustomStringConvertible {
    /// What went wrong.
    public enum Reason: String, Hashable, Sendable, Codable, CaseIterable {
        /// No connection could be made.
        case unreachable
        /// It does not speak the protocol.
        case unsupported
        /// No answer in time, or the stream broke.
        case noAnswer
        /// The answer was not one of the protocol.
        case garbage
        /// The value that it gave does not hold.
        case invalidValue
        /// It did not take the value.
        case refused
        /// A limit of this node kept it from being asked.
        case localLimit
    }

    /// Who.
    public var peer: PeerID
    /// Why.
    public var reason: Reason

    /// A failure of a peer.
    public init(peer: PeerID, reason: Reason) {
        self.peer = peer
        self.reason = reason
    }

    /// In words.
    public var description: String { "\(peer): \(reason.rawValue)" }
}
