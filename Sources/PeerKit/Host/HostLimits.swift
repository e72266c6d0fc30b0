/// Every bound of a node as a whole, with its reason.
///
/// The bounds of one connection are ``ConnectionLimits``, those of one protocol stand with it.
public struct HostLimits: Sendable, Hashable {
    /// Connections that stand at once. Each may hold megabytes of windows.
    public var maximumConnections = 1024
    /// Connections with one peer: simultaneous dials leave two, reconnecting may overlap them.
    public var maximumConnectionsPerPeer = 4
    /// Connections with one IPv4 address or one /64 of IPv6, which one party usually has to itself.
    /// Loopback is exempt when ``exemptsLoopback`` is set.
    public var maximumConnectionsPerAddress = 64
    /// Connections with one /24 of IPv4 or one /48 of IPv6: a whole LAN of peers, but no more than
    /// a quarter of all.
    public var maximumConnectionsPerSubnet = 256
    /// Inbound handshakes that run at once: each costs about half a millisecond of computation
    /// before the remote has proven anything.
    public var maximumInboundHandshakes = 128
    /// Dials that run at once, over all peers.
    public var maximumOutboundDials = 64
    /// Whether connections from this machine are not counted by address.
    public var exemptsLoopback = true
    /// Peers that are remembered without a connection.
    public var maximumKnownPeers = 4096
    /// Addresses that are remembered of one peer.
    public var maximumAddressesPerPeer = 32
    /// Addresses tried in one dial.
    public var maximumAddressesPerDial = 16
    /// Of these, tried at the same time.
    public var maximumParallelAttempts = 8
    /// How long a peer without a connection is remembered.
    public var peerMemory = Duration.seconds(24 * 3600)
    /// Peers with tags or protections.
    public var maximumTaggedPeers = 8192
    /// Events that may wait for a subscriber that lags; the oldest go first.
    public var eventQueueLength = 1024

    /// The defaults.
    public init() {}
}
