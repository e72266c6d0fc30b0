import Collections

/// Lets so many requests run at once; the others wait for their turn in order.
///
/// Lives on the home executor, with those who use it.
actor RequestSlots {
    private nonisolated let executor: any RuntimeExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    private var free: Int
    private let maximumWaiting: Int
    private var waiters: OrderedDictionary<UInt64, CheckedContinuation<Bool, Never>> = [:]
    private var nextWaiter: UInt64 = 0

    init(count: Int, maximumWaiting: Int, executor: any RuntimeExecutor) {
        free = max(1, count)
        self.maximumWaiting = maximumWaiting
        self.executor = executor
    }

    /// Takes a slot.
    ///
    /// - Returns: Whether there is one; not when too many wait or the task is cancelled.
    func take() async -> Bool {
        nextWaiter += 1
        let waiter = nextWaiter
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // Looks and begins to wait in one turn.
                if Task.isCancelled {
                    continuation.resume(returning: false)
                } else if free > 0 {
                    free -= 1
                    continuation.resume(returning: true)
                } else if waiters.count >= maximumWaiting {
                    continuation.resume(returning: false)
                } else {
                    waiters[waiter] = continuation
                }
            }
        } onCancel: {
            executor.execute {
                self.assumeIsolated {
                    $0.waiters.removeValue(forKey: waiter)?.resume(returning: false)
                }
            }
        }
    }

    /// Gives a slot back.
    func giveBack() {
        if waiters.isEmpty {
            free += 1
        } else {
            waiters.removeFirst().value.resume(returning: true)
        }
    }
}
