/// How fast a peer may open streams to this node.
///
/// Each peer has a bucket for all its streams and one for each protocol it uses; a stream that finds
/// one of them empty is reset, which counts against the peer once a second.
public struct RateLimits: Sendable, Hashable {
    /// Events per second in the long run, and at once after a pause.
    public struct Rate: Sendable, Hashable {
        /// In the long run.
        public var perSecond: Double
        /// At once after a pause.
        public var burst: Double

        /// A rate.
        public init(perSecond: Double, burst: Double) {
            self.perSecond = perSecond
            self.burst = burst
        }
    }

    /// Streams of one peer. A stream costs this side about 20 µs, so that one peer can keep one
    /// hundredth of a core busy.
    public var streamsPerPeer = Rate(perSecond: 500, burst: 2000)
    /// Streams of one peer to one protocol.
    public var streamsPerProtocol = Rate(perSecond: 200, burst: 1000)
    /// Other rates for single protocols. What peers tell of themselves changes rarely, and each
    /// time costs the check of a signature.
    public var protocols: [ProtocolID: Rate] = [
        IdentifyService.protocolID: Rate(perSecond: 5, burst: 50),
        IdentifyService.pushProtocolID: Rate(perSecond: 2, burst: 20),
        // Told once in a connection; each may cost the check of 48 signatures.
        KeyRotation.protocolID: Rate(perSecond: 1, burst: 10),
        // Each is a ping to a third peer.
        Liveness.protocolID: Rate(perSecond: 5, burst: 20),
    ]
    /// What is left of the rates for a throttled peer.
    public var throttledFraction = 0.1
    /// Peers whose rates are remembered; beyond, those that were quiet longest start afresh.
    public var maximumPeers = 4096

    /// The defaults.
    public init() {}
}
