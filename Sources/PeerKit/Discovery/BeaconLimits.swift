/// Every bound of LAN discovery, with its reason.
public struct BeaconLimits: Sendable, Hashable {
    /// Bytes of one datagram: fits an Ethernet frame without fragmentation.
    public var maximumDatagramBytes = 1200
    /// Characters of a network's name.
    public var maximumNetworkNameBytes = 64
    /// Addresses in one beacon.
    public var maximumAddresses = 8
    /// Peers that are remembered; at the limit the one that expires first goes.
    public var maximumPeers = 1024
    /// Senders whose rate is remembered.
    public var maximumSources = 2048
    /// Signatures verified per second over all senders: 500 cost 2.5 % of a core.
    public var verificationsPerSecond = 500.0
    /// Datagrams looked at per second and sender: beacons come every few seconds.
    public var datagramsPerSecondAndSource = 8.0
    /// How long a beacon may say it is valid.
    public var maximumLifetime = Duration.seconds(120)
    /// How far clocks may be apart.
    public var clockTolerance = Duration.seconds(30)

    /// The defaults.
    public init() {}
}
