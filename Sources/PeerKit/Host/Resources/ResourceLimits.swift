/// What a node spends on its peers at most, by scope.
///
/// A stream counts in the scopes of the node, of its peer, of its protocol, and of its peer and
/// protocol together; each must have room. Memory is what a remote *can* make this side hold: the
/// receive window of each stream, as far as it has grown, and the queues of each connection. What is
/// really held is usually far less.
public struct ResourceLimits: Sendable, Hashable {
    /// The limits of one scope; `nil` leaves a resource unlimited there.
    public struct Scope: Sendable, Hashable {
        /// Bytes that remotes can make this side hold.
        public var memory: Int?
        /// Streams that remotes have opened.
        public var inboundStreams: Int?
        /// Streams that this side has opened.
        public var outboundStreams: Int?
        /// Connections that remotes have opened.
        public var inboundConnections: Int?
        /// Connections that this side has opened.
        public var outboundConnections: Int?

        /// Limits; what is left out is unlimited.
        public init(
            memory: Int? = nil, inboundStreams: Int? = nil, outboundStreams: Int? = nil,
            inboundConnections: Int? = nil, outboundConnections: Int? = nil
        ) {
            self.memory = memory
            self.inboundStreams = inboundStreams
            self.outboundStreams = outboundStreams
            self.inboundConnections = inboundConnections
            self.outboundConnections = outboundConnections
        }
    }

    /// The node as a whole. 1 GiB is four thousand streams with windows of 256 KiB, or 192
    /// connections with twenty streams each. Of the connections, those from outside leave room for
    /// the node's own.
    public var system = Scope(
        memory: 1 << 30, inboundStreams: 8192, outboundStreams: 8192, inboundConnections: 896,
        outboundConnections: 896)
    /// Each peer: with a fifth of the node's memory, five colluding ones are needed to exhaust it.
    public var peer = Scope(memory: 208 << 20, inboundStreams: 640, outboundStreams: 1024)
    /// Each protocol, unless ``protocols`` has limits of its own.
    public var anyProtocol = Scope(inboundStreams: 4096, outboundStreams: 4096)
    /// Single protocols.
    public var protocols: [ProtocolID: Scope] = [:]
    /// Each peer in each protocol, unless ``peerProtocols`` has limits of its own. A request and its
    /// answer take a stream for milliseconds, so that hundreds at a time are no honest use.
    public var anyPeerProtocol = Scope(inboundStreams: 512)
    /// Each peer in single protocols. Identify and ping need one stream at a time; a few overlap
    /// when connections do.
    public var peerProtocols: [ProtocolID: Scope] = [
        IdentifyService.protocolID: Scope(inboundStreams: 8),
        IdentifyService.pushProtocolID: Scope(inboundStreams: 8),
        PingService.protocolID: Scope(inboundStreams: 16),
        Liveness.protocolID: Scope(inboundStreams: 8),
    ]

    /// The defaults.
    public init() {}

    /// What one connection holds besides its streams: queued output, and a Noise message or two.
    static let connectionMemory = 512 << 10
    /// What a stream holds from the beginning.
    static let streamMemory = YamuxLimits.initialWindow
    /// By how much more a connection's windows may have grown whenever it asks.
    static let growthStep = 2 << 20
}
