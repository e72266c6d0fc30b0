import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// The owner of a set of tasks: starts them on the runtime, cancels them together, awaits their end.
///
/// Every task of a node belongs to a scope, so that none outlives the node and, in a simulation,
/// none escapes to another thread.
public final class TaskScope: Sendable {
    private struct State {
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var nextID: UInt64 = 0
        var isClosed = false
    }

    /// The lock guards only dictionary operations and is never held across a call to other code.
    private let state = NIOLockedValueBox(State())

    /// An empty scope.
    public init() {}

    deinit { cancel() }

    /// Number of tasks that have not ended.
    public var count: Int { state.withLockedValue { $0.tasks.count } }

    /// Starts `body` with `executor` as preference. In a closed scope nothing is started.
    ///
    /// - Returns: Whether the task was started.
    @discardableResult
    public func start(
        on executor: any RuntimeExecutor, _ body: @escaping @Sendable () async -> Void
    ) -> Bool {
        // The task may end before its handle is stored. The gate says so, and then none is stored.
        let id: UInt64? = state.withLockedValue { state in
            guard !state.isClosed else { return nil }
            state.nextID += 1
            return state.nextID
        }
        guard let id else { return false }
        let gate = NIOLockedValueBox(false)
        let task = Task(executorPreference: executor) { [weak self] in
            await body()
            gate.withLockedValue { $0 = true }
            self?.state.withLockedValue { _ = $0.tasks.removeValue(forKey: id) }
        }
        let isClosed = state.withLockedValue { state in
            if !gate.withLockedValue({ $0 }) { state.tasks[id] = task }
            return state.isClosed
        }
        if isClosed { task.cancel() }
        return true
    }

    /// Cancels every task; the scope stays usable for ``drained()`` only.
    public func cancel() {
        let tasks = state.withLockedValue { state in
            state.isClosed = true
            return state.tasks.sorted { $0.key < $1.key }.map(\.value)
        }
        for task in tasks { task.cancel() }
    }

    /// Waits until every task has ended. Call ``cancel()`` before, or wait for ever.
    public func drained() async {
        while true {
            let tasks = state.withLockedValue { $0.tasks.sorted { $0.key < $1.key } }
            if tasks.isEmpty { return }
            // Each handle is removed by its task's last statement, which `value` waits for.
            for (_, task) in tasks { await task.value }
        }
    }
}
