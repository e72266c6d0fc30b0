import PeerKit

/// Where calls run: on threads of their own, a few at a time, so that neither blocks nor other
/// requests wait for them.
package actor CallDesk {
    private let runtime: Runtime
    private let executor: any RuntimeExecutor
    private let limits: RPCLimits
    private var running = 0
    private var waiting: [(id: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
    private var nextID: UInt64 = 0

    /// The runtime's home executor, as for every actor of a service.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    package init(limits: RPCLimits, runtime: Runtime) {
        self.limits = limits
        self.runtime = runtime
        executor = runtime.executors.home
    }

    /// Runs something that computes for long, and hands it the time by which it must have ended.
    ///
    /// Time in the queue counts: who has waited for all of it is turned away.
    package func run<T: Sendable>(
        _ body: @escaping @Sendable (_ end: Instant) throws -> T
    ) async throws -> T {
        let end = runtime.clock.now.advanced(by: limits.executionTime)
        guard await enter() else { throw RPCError.limit("too many calls at once, try again") }
        defer { leave() }
        guard runtime.clock.now < end else { throw RPCError.timedOut }
        return try await runtime.executors.compute { try body(end) }
    }

    private func enter() async -> Bool {
        if running < limits.concurrentExecutions {
            running += 1
            return true
        }
        guard waiting.count < limits.queuedExecutions else { return false }
        let id = nextID
        nextID += 1
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // Another turn may have come in between: look again where the wait begins.
                if running < limits.concurrentExecutions {
                    running += 1
                    continuation.resume(returning: true)
                } else if Task.isCancelled {
                    continuation.resume(returning: false)
                } else {
                    waiting.append((id, continuation))
                }
            }
        } onCancel: {
            executor.execute { self.assumeIsolated { $0.cancel(id) } }
        }
    }

    private func cancel(_ id: UInt64) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: index).continuation.resume(returning: false)
    }

    private func leave() {
        guard !waiting.isEmpty else {
            running -= 1
            return
        }
        // The place goes to the next one without becoming free.
        waiting.removeFirst().continuation.resume(returning: true)
    }
}
