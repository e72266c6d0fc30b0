/// What ``Kademlia/findPeer(_:)`` found.
public struct FoundPeer: Hashable, Sendable, Codable {
    /// Who.
    public var id: PeerID
    /// Where it listens.
    public var addresses: [Multiaddr]
    /// Whether a connection with it was made: then it is where it was said to be. Otherwise the
    /// addresses are what others say.
    public var isReached: Bool
    /// How it was found.
    public var report: LookupReport
}

/// What ``Kademlia/closestPeers(to:)`` found.
public struct ClosestPeers: Hashable, Sendable, Codable {
    /// At most k peers that have answered, the nearest first.
    public var peers: [KademliaPeer]
    /// How they were found.
    public var report: LookupReport
}

/// What became of ``Kademlia/put(_:for:)``.
public struct PutOutcome: Hashable, Sendable, Codable {
    /// Peers that hold the value.
    public var stored: [PeerID]
    /// Peers that were asked to and do not.
    public var failed: [LookupFailure]
    /// How they were found.
    public var report: LookupReport
}

/// What ``Kademlia/get(_:quorum:)`` found.
public struct GotValue: Hashable, Sendable, Codable {
    /// The best value.
    public var value: [UInt8]
    /// Holders of this very value, this node included.
    public var agreeing: Int
    /// How it was found; the hops are those to the last holder that was needed.
    public var report: LookupReport
}

/// What became of ``Kademlia/provide(_:)``.
public struct ProvideOutcome: Hashable, Sendable, Codable {
    /// Peers that were told. The protocol has no answer to that.
    public var announced: [PeerID]
    /// Peers that could not be told.
    public var failed: [LookupFailure]
    /// How they were found.
    public var report: LookupReport
}

/// What ``Kademlia/findProviders(of:limit:)`` found.
public struct FoundProviders: Hashable, Sendable, Codable {
    /// Who says that it has the content, with where it says it listens, if it does.
    public var providers: [KademliaPeer]
    /// How they were found.
    public var report: LookupReport
}

/// Figures of the service.
public struct KademliaStatistics: Hashable, Sendable, Codable {
    /// Whether requests are served.
    public var isServer = false
    /// Peers in the table.
    public var peers = 0
    /// Values held for others, and their bytes.
    public var records = 0
    /// Bytes of keys and values held.
    public var recordBytes = 0
    /// Provider records held.
    public var providers = 0
    /// Values and contents of this node's own that it announces again by itself.
    public var publications = 0
    /// Look-ups that have ended.
    public var lookups = 0
    /// Requests made.
    public var requests = 0
    /// Requests made that failed.
    public var failedRequests = 0
    /// Requests answered.
    public var served = 0
    /// Requests and streams refused, of peers that ask too much or wrongly.
    public var refused = 0
    /// Faults reported, by kind (the raw values of ``PeerFault/Kind``).
    public var faults: [String: Int] = [:]
    /// Streams kept for the next request.
    public var idleStreams = 0
}
