import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// What happens between a node and its peers.
public enum PeerEvent: Sendable {
    /// The first connection with a peer stands.
    case connected(PeerID)
    /// The last connection with a peer has ended.
    case disconnected(PeerID, ConnectionError)
    /// A connection stands.
    case connectionOpened(ConnectionInfo)
    /// A connection has ended.
    case connectionClosed(ConnectionInfo, ConnectionError)
    /// A peer has told who it is and what it speaks.
    case identified(PeerID, IdentifyInfo)
    /// A peer was heard of; it may or may not be reachable.
    case discovered(PeerID, [Multiaddr], source: String)
    /// An address is listened on.
    case listening(Multiaddr)
    /// A peer may do less than before because of its faults, or everything again by a pardon. That
    /// points come back with time is no event.
    case standingChanged(PeerID, PeerStanding.State)
    /// The addresses under which others see this node have changed.
    case observedAddressesChanged([Multiaddr])
}

/// Hands every event to every subscriber, in order.
///
/// A subscriber that lags loses the oldest events, so it must be able to start over from
/// ``PeerNode/connectedPeers``.
final class EventHub: Sendable {
    private struct State {
        var subscribers: [UInt64: AsyncStream<PeerEvent>.Continuation] = [:]
        var nextID: UInt64 = 0
        var isFinished = false
    }

    private let queueLength: Int
    /// The lock guards the table; continuations are called outside it.
    private let state = NIOLockedValueBox(State())

    init(queueLength: Int) { self.queueLength = queueLength }

    /// Subscribers that still listen.
    var subscriberCount: Int { state.withLockedValue { $0.subscribers.count } }

    func subscribe() -> AsyncStream<PeerEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: PeerEvent.self, bufferingPolicy: .bufferingNewest(queueLength))
        let id: UInt64? = state.withLockedValue { state in
            guard !state.isFinished else { return nil }
            state.nextID += 1
            state.subscribers[state.nextID] = continuation
            return state.nextID
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLockedValue { $0.subscribers.removeValue(forKey: id) }
        }
        return stream
    }

    func publish(_ event: PeerEvent) {
        let subscribers = state.withLockedValue { state in
            state.subscribers.sorted { $0.key < $1.key }.map(\.value)
        }
        for subscriber in subscribers { subscriber.yield(event) }
    }

    func finish() {
        let subscribers = state.withLockedValue { state in
            state.isFinished = true
            defer { state.subscribers.removeAll() }
            return state.subscribers.sorted { $0.key < $1.key }.map(\.value)
        }
        for subscriber in subscribers { subscriber.finish() }
    }
}
