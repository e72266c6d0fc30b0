import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// The stream rates of all peers, as connections on every executor ask for them.
final class StreamRates: Sendable {
    private let runtime: Runtime
    private let standing: StandingBook
    /// The lock guards one transition of the machine.
    private let machine: NIOLockedValueBox<StreamRateMachine>

    init(limits: RateLimits, runtime: Runtime, standing: StandingBook) {
        self.runtime = runtime
        self.standing = standing
        machine = NIOLockedValueBox(StreamRateMachine(limits: limits))
    }

    /// A peer opens a stream: which rate is in the way, if one is.
    func open(_ peer: PeerID) -> LimitRefusal? {
        use(peer) { machine, isThrottled, now throws(LimitRefusal) in
            try machine.open(peer, isThrottled: isThrottled, at: now)
        }
    }

    /// The stream is for a protocol: which rate is in the way, if one is.
    func select(_ protocolID: ProtocolID, by peer: PeerID) -> LimitRefusal? {
        use(peer) { machine, isThrottled, now throws(LimitRefusal) in
            try machine.select(protocolID, by: peer, isThrottled: isThrottled, at: now)
        }
    }

    /// A stream was refused: whether that counts against the peer, as it does once a second.
    func isFaultDue(_ peer: PeerID) -> Bool {
        let now = runtime.clock.now
        return machine.withLockedValue { $0.isFaultDue(peer, at: now) }
    }

    private func use(
        _ peer: PeerID,
        _ body: (inout StreamRateMachine, Bool, Instant) throws(LimitRefusal) -> Void
    ) -> LimitRefusal? {
        let isThrottled = standing.use { $0.state(of: peer, at: $1) } != .good
        let now = runtime.clock.now
        return machine.withLockedValue { machine in
            do throws(LimitRefusal) {
                try body(&machine, isThrottled, now)
                return nil
            } catch {
                return error
            }
        }
    }
}
