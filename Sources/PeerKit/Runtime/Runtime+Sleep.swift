import struct NIOConcurrencyHelpers.NIOLockedValueBox

extension Runtime {
    /// Suspends the task for `duration`; throws `CancellationError` when cancelled.
    public func sleep(for duration: Duration) async throws {
        try await sleep(until: clock.now.advanced(by: duration))
    }

    /// Suspends the task until `deadline`; throws `CancellationError` when cancelled.
    public func sleep(until deadline: Instant) async throws {
        let sleeper = Sleeper()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard sleeper.begin(continuation) else {
                    continuation.resume(throwing: CancellationError())
                    return
                }
                let token = executors.home.schedule(at: deadline) { sleeper.end(cancelled: false) }
                sleeper.keep(token)
            }
        } onCancel: {
            sleeper.end(cancelled: true)
        }
    }

    /// Runs `body` and cancels it when `duration` has passed.
    ///
    /// - Throws: ``TimedOut`` when time ran out, else what `body` throws.
    public func withTimeout<T: Sendable>(
        _ duration: Duration, _ body: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await sleep(for: duration)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let value = first else { throw TimedOut() }
            return value
        }
    }
}

/// An operation took longer than it was allowed to.
public struct TimedOut: Error, Hashable, Sendable, CustomStringConvertible {
    /// A time-out.
    public init() {}
    /// What went wrong, in words.
    public var description: String { "timed out" }
}

/// One sleeping task. The timer and the cancellation race; whoever comes first resumes it.
private final class Sleeper: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Void, any Error>, TimerToken?)
        case ended
    }

    /// The lock guards the transition only; continuations are resumed outside it.
    private let state = NIOLockedValueBox(State.idle)

    func begin(_ continuation: CheckedContinuation<Void, any Error>) -> Bool {
        state.withLockedValue { state in
            guard case .idle = state else { return false }
            state = .waiting(continuation, nil)
            return true
        }
    }

    func keep(_ token: TimerToken) {
        let isWaiting = state.withLockedValue { state in
            guard case .waiting(let continuation, _) = state else { return false }
            state = .waiting(continuation, token)
            return true
        }
        // Cancelled between the two: nobody else knows of the timer.
        if !isWaiting { token.cancel() }
    }

    func end(cancelled: Bool) {
        let previous = state.withLockedValue { state in
            defer { state = .ended }
            return state
        }
        guard case .waiting(let continuation, let token) = previous else { return }
        if cancelled {
            token?.cancel()
            continuation.resume(throwing: CancellationError())
        } else {
            continuation.resume()
        }
    }
}
