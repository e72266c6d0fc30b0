/// How a node takes part in a distributed hash table.
public struct KademliaConfiguration: Sendable {
    /// Whether a node serves others.
    public enum Mode: String, Sendable, Codable, CaseIterable {
        /// Serves requests, and so enters the tables of others.
        case server
        /// Asks only. Right for nodes that nobody can dial.
        case client
        /// A server if it listens anywhere, a client if not.
        case automatic
    }

    /// The name of the protocol. Networks that want to stay apart use a name of their own, such as
    /// `/mynet/kad/1.0.0`: peers of different names never enter each other's tables.
    public var protocolID: ProtocolID = "/ipfs/kad/1.0.0"
    /// Whether to serve.
    public var mode = Mode.automatic
    /// k: peers in a bucket, and peers that hold a value.
    public var bucketSize = 20
    /// α: requests at once in a look-up.
    public var concurrency = 10
    /// β: answers from the nearest that end a path of a look-up.
    public var resilience = 3
    /// d: disjoint paths of a look-up, 1 to 16. Each more costs a few requests and withstands more
    /// liars.
    public var disjointPaths = 3
    /// Peers of one group of addresses in the table.
    public var diversity = AddressDiversity()
    /// Whom to dial while the table is empty.
    public var bootstrapPeers: [Multiaddr] = []
    /// Which values are believed, by namespace.
    public var validators = RecordValidators()
    /// Answers that must agree in ``Kademlia/get(_:quorum:)`` before it ends early.
    public var quorum = 3
    /// How long a value is held for others.
    public var recordLifetime = Duration.seconds(48 * 3600)
    /// How long a provider record is held for others.
    public var providerLifetime = Duration.seconds(24 * 3600)
    /// How often this node's own values are put again: several times in their lifetime, as holders
    /// come and go.
    public var recordInterval = Duration.seconds(12 * 3600)
    /// How often this node's own contents are announced again.
    public var providerInterval = Duration.seconds(12 * 3600)
    /// How often ranges that nothing was looked up in are looked up.
    public var refreshInterval = Duration.seconds(600)
    /// Whether the table, the values and the provider records outlive the process.
    public var persists = true
    /// Bounds.
    public var limits = KademliaLimits()

    /// The defaults.
    public init() {}

    var lookup: LookupMachine.Parameters {
        LookupMachine.Parameters(
            resultCount: bucketSize, concurrency: concurrency, resilience: resilience,
            paths: disjointPaths, maximumQueries: limits.maximumQueriesPerLookup,
            maximumCandidatesPerPath: limits.maximumCandidatesPerPath)
    }

    /// For looking around: no more than finding the way there.
    var exploration: LookupMachine.Parameters {
        var parameters = lookup
        parameters.paths = 1
        parameters.concurrency = min(3, concurrency)
        parameters.followsUp = false
        return parameters
    }
}
