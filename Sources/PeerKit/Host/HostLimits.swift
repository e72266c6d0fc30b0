/// Every bound of a node as a whole, with its reason.
///
/// The bounds of one connection are ``ConnectionLimits``, those of one protocol stand with it.
public struct HostLimits: Sendable, Hashable {
    /// Connections that stand at once. Each may hold megabytes of windows.
    public var maximumConnections = 1024
    /// Connections with one peer: simultaneous dials leave two, reconnecting may overlap them.
    public var maximumConnectionsPerPeer = 4
    /// Connections with one IP address. Loopback is exempt when ``exemptsLoopback`` is set.
    public var maximumConnectionsPerAddress = 64
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
    /// Events that may wait for a subscriber that lags; the oldest go first.
    public var eventQueueLength = 1024

    /// The defaults.
    public init() {}
}
