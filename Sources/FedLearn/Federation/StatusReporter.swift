import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// Hands the newest status to every reader.
final class StatusReporter: Sendable {
    private struct State {
        var readers: [UInt64: AsyncStream<FederationStatus>.Continuation] = [:]
        var nextID: UInt64 = 0
        var last: FederationStatus?
        var isFinished = false
    }

    /// The lock guards the table; continuations are called outside it.
    private let state = NIOLockedValueBox(State())

    func subscribe() -> AsyncStream<FederationStatus> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: FederationStatus.self, bufferingPolicy: .bufferingNewest(1))
        let (id, last, isFinished) = state.withLockedValue { state in
            state.nextID += 1
            if !state.isFinished { state.readers[state.nextID] = continuation }
            return (state.nextID, state.last, state.isFinished)
        }
        if let last { continuation.yield(last) }
        if isFinished { continuation.finish() }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLockedValue { $0.readers.removeValue(forKey: id) }
        }
        return stream
    }

    func publish(_ status: FederationStatus) {
        let readers = state.withLockedValue { state in
            guard state.last != status else {
                return [AsyncStream<FederationStatus>.Continuation]()
            }
            state.last = status
            return state.readers.sorted { $0.key < $1.key }.map(\.value)
        }
        for reader in readers { reader.yield(status) }
    }

    func finish() {
        let readers = state.withLockedValue { state in
            state.isFinished = true
            defer { state.readers.removeAll() }
            return state.readers.sorted { $0.key < $1.key }.map(\.value)
        }
        for reader in readers { reader.finish() }
    }
}
