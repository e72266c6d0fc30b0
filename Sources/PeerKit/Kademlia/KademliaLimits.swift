/// Every bound of the distributed hash table, with its reason.
///
/// The static ones are part of what this node understands on the wire; the others may be set.
public struct KademliaLimits: Sendable, Hashable {
    // MARK: On the wire

    /// Longest answer that is read: go-libp2p's own bound.
    public static let maximumMessageBytes = 4 << 20
    /// Longest request that is read. The largest honest one is a PUT_VALUE with key, record key and
    /// value at their bounds; py-libp2p adds a signed record of itself.
    public static let maximumRequestBytes = maximumValueBytes + 2 * maximumKeyBytes + 8192
    /// Longest key of a record. Provider keys are at most 80 bytes in go-libp2p, `/pk/` and
    /// `/ipns/` keys at most 43.
    public static let maximumKeyBytes = 1024
    /// Longest value. IPNS records end at 10 KiB; what is larger belongs behind a CID.
    public static let maximumValueBytes = 64 << 10
    /// Peers in one message, nearer ones and providers together. An answer has up to 20 nearer peers;
    /// popular content has many providers, of which go-libp2p sends all.
    public static let maximumPeersPerMessage = 1024
    /// Addresses of one peer that are kept.
    public static let maximumAddressesPerPeer = 16
    /// Addresses of one peer that are looked at; beyond that a message is malformed. Nodes with many
    /// interfaces announce some dozens.
    public static let maximumAddressFields = 256
    /// Length of a record's time stamp; RFC 3339 with nanoseconds has 35 characters.
    public static let maximumTimeBytes = 64
    /// Longest prefix for which a key is searched to refresh a bucket: 2048 hashes on average. With
    /// 20 peers a bucket that covers networks of 20 000; nearer buckets are refreshed by the
    /// look-up of the node's own key.
    public static let maximumRefreshedPrefix = 10

    // MARK: Serving

    /// Requests per second that one peer is answered in the long run. A look-up asks a peer once, so
    /// this is 50 look-ups a second that all meet this node.
    public var requestRate = 50.0
    /// Requests at once after a pause.
    public var requestBurst = 200.0
    /// Streams of one peer that are served at once. go-libp2p uses one, py-libp2p up to 12.
    public var maximumStreamsPerPeer = 16
    /// Streams of all peers that are served at once.
    public var maximumStreams = 4096
    /// Peers whose rate is remembered after their last stream.
    public var maximumRememberedRates = 1024
    /// How long a stream may be silent between two requests.
    public var streamIdleTimeout = Duration.seconds(60)
    /// How long one request may take to come, or its answer to go.
    public var messageTimeout = Duration.seconds(10)

    // MARK: Asking

    /// Requests under way over all look-ups. Half of the host's dials, so that others can dial too.
    public var maximumRequests = 32
    /// Requests that wait for their turn; 64 look-ups at full width.
    public var maximumWaitingRequests = 1024
    /// How long connecting may take in a look-up. Shorter than a dial by hand: there are others to ask.
    public var dialTimeout = Duration.seconds(5)
    /// The longest wait for an answer.
    public var requestTimeout = Duration.seconds(10)
    /// The shortest wait for an answer, however fast the others are.
    public var minimumRequestTimeout = Duration.seconds(2)
    /// Idle streams of our own that are kept for the next request.
    public var maximumIdleStreams = 64
    /// How long a stream of our own is kept for the next request; less than go-libp2p keeps it.
    public var idleStreamLifetime = Duration.seconds(45)
    /// Peers asked in one look-up. A look-up among a million peers asks about 60.
    public var maximumQueriesPerLookup = 256
    /// Peers remembered in one path of a look-up; the farthest go first.
    public var maximumCandidatesPerPath = 256
    /// Look-ups at once.
    public var maximumLookups = 64
    /// Peers that are checked at once before they enter the table.
    public var maximumChecks = 8
    /// Peers that wait to be checked; the newest are dropped.
    public var maximumWaitingChecks = 128

    // MARK: Remembering

    /// Values held for others: with the largest values a quarter of this fills ``maximumRecordBytes``.
    public var maximumRecords = 4096
    /// Bytes of keys and values held for others.
    public var maximumRecordBytes = 64 << 20
    /// Providers of one key. An asker gets all of them in one answer.
    public var maximumProvidersPerKey = 128
    /// Keys for which providers are held.
    public var maximumProviderKeys = 16384
    /// Provider records in all; each holds a peer ID and some addresses, about 500 bytes.
    public var maximumProviderRecords = 32768
    /// Provider records of one peer: a publisher of many blocks spreads them over the network.
    public var maximumKeysPerProvider = 4096
    /// Values and contents of our own that are announced again by themselves, each.
    public var maximumPublications = 4096

    /// The defaults.
    public init() {}
}
