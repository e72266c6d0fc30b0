import Logging
import Metrics

/// How a node behaves. Every value has a default that works on one machine without any network.
public struct PeerNodeConfiguration: Sendable {
    /// Where to listen; `/tcp/0` takes any free port. Empty: dial only.
    public var listenAddresses: [Multiaddr] = [.loopback]
    /// What the node calls itself in identify.
    public var agentVersion = "psic/\(PeerKitVersion.current)"
    /// The application's protocol family in identify; informative.
    public var protocolVersion = "psic/1.0.0"
    /// Bounds of the node.
    public var limits = HostLimits()
    /// Bounds of each connection.
    public var connectionLimits = ConnectionLimits()
    /// How many connections are kept when there are many.
    public var waterMarks = WaterMarks()
    /// With whom there are connections at all.
    public var policy = ConnectionPolicy()
    /// Memory, streams and connections of the node, of each peer and of each protocol.
    public var resources = ResourceLimits()
    /// How faults are weighed and what they lead to.
    public var standing = StandingPolicy()
    /// Bounds of what is remembered of faults.
    public var standingLimits = StandingLimits()
    /// How fast peers may open streams.
    public var rates = RateLimits()
    /// When this node believes what others say of its address.
    public var observation = ObservationRules()
    /// Windows, keep-alive and bounds of the multiplexer.
    public var muxing = YamuxConfiguration()
    /// How long ``PeerNode/stop()`` lets streams with work left finish.
    public var drainTimeout = Duration.seconds(5)
    /// Where the node logs.
    public var log = Logger(label: "psic.peer")
    /// Where the node counts. Labels are `psic_PART_WHAT`, counters end in `_total`, units are
    /// seconds and bytes, as Prometheus has it.
    public var metrics: any MetricsFactory = MetricsSystem.factory

    /// The defaults.
    public init() {}
}

/// The version of this library.
public enum PeerKitVersion {
    /// Semantic version.
    public static let current = "0.1.0"
}
