/// Every bound of one connection, with its reason.
public struct ConnectionLimits: Sendable, Hashable {
    /// Time from the first byte to a secured, multiplexed connection.
    /// go-libp2p allows 15 s; a handshake takes two round trips.
    public var handshakeTimeout: Duration = .seconds(10)
    /// Bytes a remote may send before the handshake is over: three Noise messages and the
    /// negotiation around them are far below.
    public var maximumHandshakeBytes = 192 * 1024
    /// Time for naming a protocol on a new stream.
    public var streamNegotiationTimeout: Duration = .seconds(10)
    /// Streams that the remote may have open at once on one connection.
    public var maximumInboundStreams = 1024
    /// Streams that this side may have open at once on one connection.
    public var maximumOutboundStreams = 1024
    /// How long a stream that this side has closed waits for the remote's end.
    public var lingerTimeout: Duration = .seconds(30)
    /// How long a remote may keep the window of a stream shut while bytes wait for it. Then the
    /// stream is reset, so that who reads nothing holds up no handler for ever. A remote that is
    /// busy computing takes its first window meanwhile.
    public var writeStallTimeout: Duration = .seconds(300)
    /// How long a closing connection may take to send what is queued.
    public var closeTimeout: Duration = .seconds(5)
    /// Plaintext that waits to be sealed and sent, over all streams.
    public var maximumQueuedOutput = 256 * 1024

    /// The defaults.
    public init() {}
}
