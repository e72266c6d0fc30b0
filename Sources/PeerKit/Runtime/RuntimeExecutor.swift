/// Where an actor's code and the tasks that call it run: serial executor and task executor in one.
///
/// An actor that does I/O returns one of these from `unownedExecutor`, and the tasks that use it
/// are started with the same object as preference. With only one of the two, every resumed
/// continuation costs two thread switches.
///
/// The runtime keeps its executors alive as long as it lives, as `unownedExecutor` keeps nothing.
public protocol RuntimeExecutor: SerialExecutor, TaskExecutor {
    /// Monotonic time as of the current turn of the executor.
    var now: Instant { get }

    /// Calls `body` on this executor at `deadline` (at once if that is past), unless the token is
    /// cancelled before.
    func schedule(at deadline: Instant, _ body: @escaping @Sendable () -> Void) -> TimerToken

    /// Calls `body` on this executor soon, after what is queued already.
    func execute(_ body: @escaping @Sendable () -> Void)
}

/// A timer that can be cancelled; cancelling one that has fired does nothing.
public struct TimerToken: Sendable {
    private let action: @Sendable () -> Void

    /// Makes a token whose ``cancel()`` calls `action`.
    public init(_ action: @escaping @Sendable () -> Void) { self.action = action }

    /// Keeps the timer from firing. Must be called on the timer's executor to be sure of it.
    public func cancel() { action() }
}

/// Hands out executors.
public protocol ExecutorProvider: Sendable {
    /// The executor of a node's own actors.
    var home: any RuntimeExecutor { get }
    /// An executor for one more connection, chosen to spread load.
    func next() -> any RuntimeExecutor
    /// Runs `body`, long computation without I/O, where it holds up no connection.
    func compute<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T
}
