/// The shell's side of one peer: what waits to be sent to it and the streams both ways.
///
/// GossipSub has two one-way streams for a pair of peers. Nothing is ever written to the inbound
/// one, and its half is not closed either: go-libp2p takes any sign of life on it for the end.
///
/// A class that the router alone holds: it is looked at for every message to or from the peer.
final class PeerLink {
    /// Tells this link, and the stream that it sends on, from earlier ones to the same peer.
    private(set) var generation: UInt64
    var queue: OutboundQueue
    /// Open to the peer.
    var outbound: PeerStream?
    /// Something is being sent, or will be at the end of this turn.
    var isSending = false
    /// When the write that is under way began.
    var writingSince: Instant?
    var openedAt: Instant?
    /// Streams that failed one soon after the other.
    var failures = 0
    /// When the outbound stream may be opened anew; `nil` when it is not broken.
    var retryAt: Instant?
    /// The peer's latest stream, with what tells it from the one before.
    var inbound: (session: UInt64, stream: PeerStream)?

    static let firstRetry = Duration.seconds(1)
    static let maximumRetry = Duration.seconds(60)
    /// A stream that has lasted so long is no repetition of the failure before.
    static let steadyTime = Duration.seconds(60)

    init(generation: UInt64, limits: GossipSubLimits) {
        self.generation = generation
        queue = OutboundQueue(limits: limits)
    }

    /// The outbound stream has failed: what waited is lost. Who still sends on it finds another
    /// generation.
    func fail(at now: Instant, nextGeneration: UInt64) {
        generation = nextGeneration
        if let openedAt, openedAt.duration(to: now) > Self.steadyTime { failures = 0 }
        let pause = Self.firstRetry * (1 << min(failures, 6))
        retryAt = now.advanced(by: min(pause, Self.maximumRetry))
        failures += 1
        outbound = nil
        openedAt = nil
        isSending = false
        writingSince = nil
        queue.removeAll()
    }
}
