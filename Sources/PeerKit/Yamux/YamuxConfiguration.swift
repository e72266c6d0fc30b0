/// What a host may choose about a yamux session.
public struct YamuxConfiguration: Sendable, Hashable {
    /// How far the window of one stream may grow, in bytes; at least
    /// ``YamuxLimits/initialWindow``.
    public var maximumWindow = 16 << 20

    /// How many bytes all windows together may have grown beyond their initial size.
    ///
    /// With the initial windows, which the protocol fixes, it bounds what a remote can make us
    /// hold: `maximumStreams` × 256 KiB + this.
    public var growthBudget = 64 << 20

    /// Most streams that the remote may have open at a time. More are reset.
    public var maximumInboundStreams = 1024

    /// Most streams that we have open at a time.
    public var maximumOutboundStreams = 1024

    /// How long after one ping the next is sent.
    public var keepAliveInterval = Duration.seconds(30)

    /// How long a ping may go unanswered.
    public var pongTimeout = Duration.seconds(10)

    /// The defaults.
    public init() {}
}
