/// How many connections a node keeps; go-libp2p's connection manager in spirit and in numbers.
///
/// Above ``high`` connections are closed until ``low`` are left, those of the peers with the lowest
/// weights first (``PeerNode/tag(_:as:weight:halfLife:)``), among equals those with fewer streams,
/// then the younger ones. Connections that carry streams are closed only as far as ``high``. Peers
/// that are protected stay; one that is younger than ``grace`` is given that time, and nobody of
/// more weight goes in its place.
///
/// Beyond the marks ``HostLimits/maximumConnections`` refuses new connections, whoever has none yet
/// included, so keep ``high`` well below it.
public struct WaterMarks: Sendable, Hashable {
    /// Connections left after trimming.
    public var low = 160
    /// Connections above which trimming begins.
    public var high = 192
    /// Age that a connection reaches in any case: enough to be identified and tagged.
    public var grace = Duration.seconds(20)
    /// Pause between two trims.
    public var silence = Duration.seconds(10)

    /// The defaults.
    public init() {}
}
