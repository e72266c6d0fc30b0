/// What a host may choose about a yamux session.
package struct YamuxConfiguration: Sendable {
    /// How far the window of one stream may grow, in bytes; at least
    /// ``YamuxLimits/initialWindow``.
    package var maximumWindow = 16 << 20

    /// How many bytes all windows together may have grown beyond their initial size.
    ///
    /// With the initial windows, which the protocol fixes, it bounds what a remote can make us
    /// hold: `maximumStreams` × 256 KiB + this.
    package var growthBudget = 64 << 20

    /// Most streams that the remote may have open at a time. More are reset.
    package var maximumInboundStreams = 1024

    /// Most streams that we have open at a time.
    package var maximumOutboundStreams = 1024

    /// How long after one ping the next is sent.
    package var keepAliveInterval = Duration.seconds(30)

    /// How long a ping may go unanswered.
    package var pongTimeout = Duration.seconds(10)

    package init() {}
}
