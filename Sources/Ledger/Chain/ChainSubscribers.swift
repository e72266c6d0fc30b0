import Synchronization

/// Who wants to hear of new heads.
final class ChainSubscribers: Sendable {
    private struct State {
        var next: UInt64 = 0
        var streams: [UInt64: AsyncStream<ChainEvent>.Continuation] = [:]
        var isFinished = false
    }

    private let state = Mutex(State())

    func subscribe() -> AsyncStream<ChainEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ChainEvent.self, bufferingPolicy: .bufferingNewest(ChainLimits.pendingEvents))
        let number: UInt64? = state.withLock { state in
            if state.isFinished { return nil }
            state.next += 1
            state.streams[state.next] = continuation
            return state.next
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.streams.removeValue(forKey: number) }
        }
        return stream
    }

    func send(_ event: ChainEvent) {
        // In the order of their subscription, so that a simulation repeats itself.
        let streams = state.withLock { $0.streams.sorted { $0.key < $1.key }.map(\.value) }
        for stream in streams { stream.yield(event) }
    }

    func finish() {
        let streams = state.withLock { state in
            state.isFinished = true
            defer { state.streams = [:] }
            return state.streams.sorted { $0.key < $1.key }.map(\.value)
        }
        for stream in streams { stream.finish() }
    }
}
