/// The executor of one simulated node: all nodes' executors share one thread and one seeded
/// schedule.
///
/// The next job is drawn at random from everything that is ready on any node. So two jobs that were
/// made ready one after the other may run in either order, even on one executor; only closures
/// given to ``execute(_:)`` keep their order among themselves.
public final class SimulatedExecutor: RuntimeExecutor {
    /// The node's name.
    public let name: String
    let index: Int
    private let clock: VirtualClock
    private let scheduler: Confined<Scheduler>

    init(name: String, index: Int, clock: VirtualClock, scheduler: Confined<Scheduler>) {
        self.name = name
        self.index = index
        self.clock = clock
        self.scheduler = scheduler
    }

    /// Virtual time.
    public var now: Instant { clock.now }

    /// Makes a job of an actor ready; called by the language.
    public func enqueue(_ job: consuming ExecutorJob) {
        enqueue(UnownedJob(job), isIsolated: true)
    }

    /// Makes a job of a task outside any actor ready; called by the language.
    ///
    /// The two must be told apart: run as an actor's, a task's job would be enqueued anew at every
    /// step that concerns no actor, and the compiler's optimizer decides how many such steps there
    /// are. Debug and release would differ.
    @_implements(TaskExecutor,enqueue(_:))
    public func enqueueNonisolated(_ job: consuming ExecutorJob) {
        enqueue(UnownedJob(job), isIsolated: false)
    }

    private func enqueue(_ job: UnownedJob, isIsolated: Bool) {
        // A job from another thread is dropped: the run is failing, and running it here would
        // make one run differ from the next.
        scheduler.own("\(job) was enqueued on the executor of '\(name)'")?
            .enqueue(job, isIsolated: isIsolated, on: self)
    }

    /// Calls `body` at `deadline`; never, once the node has crashed.
    public func schedule(
        at deadline: Instant, _ body: @escaping @Sendable () -> Void
    ) -> TimerToken {
        guard let owned = scheduler.own("a timer was set on '\(name)'"), !owned.isDead(index)
        else { return TimerToken {} }
        let id = owned.schedule(at: deadline.nanoseconds, for: index, body)
        let scheduler = scheduler
        let name = name
        return TimerToken { scheduler.own("a timer of '\(name)' was cancelled")?.cancel(id) }
    }

    /// Calls `body` soon, after the executor's earlier closures.
    public func execute(_ body: @escaping @Sendable () -> Void) {
        scheduler.own("a closure was queued on '\(name)'")?.execute(on: self, body)
    }

    /// Traps elsewhere than on this executor.
    public func checkIsolated() {
        precondition(
            isIsolatingCurrentContext() == true,
            "not on the executor of simulated node '\(name)'")
    }

    /// Whether the scheduler is running a job, timer or closure of this executor.
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    /// Calls `body` when `duration` has passed, crash or no crash: a computation cannot be
    /// cancelled.
    func pass(_ duration: Duration, _ body: @escaping @Sendable () -> Void) {
        guard let scheduler = scheduler.own("'\(name)' computed") else { return }
        scheduler.schedule(at: now.advanced(by: duration).nanoseconds, body)
    }

    /// Whether the caller runs on this executor.
    var isCurrent: Bool { scheduler.owner.isCurrent && scheduler.object.isRunning(index) }
}
