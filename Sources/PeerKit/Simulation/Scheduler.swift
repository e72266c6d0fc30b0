import DequeModule
import Synchronization

/// Virtual time. Any thread may read it, so that code that escaped can still be told apart.
final class VirtualClock: Sendable {
    private let value = Atomic<UInt64>(0)
    var nanoseconds: UInt64 { value.load(ordering: .relaxed) }
    var now: Instant { Instant(nanoseconds: nanoseconds) }
    fileprivate func advance(to time: UInt64) { value.store(time, ordering: .relaxed) }
}

/// The heart of a simulation: what is ready, what is due, and the seeded choice between them.
///
/// Not Sendable: confined to the thread that drives it (see ``ThreadOwner``).
final class Scheduler {
    /// Executor number of events that belong to the simulation, not to a node.
    static let simulation = -1

    private struct Ready {
        enum Work {
            /// A job of an actor.
            case isolated(UnownedJob)
            /// A job of a task outside any actor.
            case nonisolated(UnownedJob)
            /// The next closure of the executor.
            case closure
        }
        var work: Work
        /// Unretained: `executors` keeps each one as long as the scheduler lives.
        var executor: Unmanaged<SimulatedExecutor>
    }

    let owner: ThreadOwner
    let clock = VirtualClock()
    var trace = Trace()
    var statistics = SimulationStatistics()
    var isFinished = false

    private var generator: SimulationGenerator
    private var ready: ContiguousArray<Ready> = []
    private var timers = TimerHeap()
    private var executors: ContiguousArray<SimulatedExecutor> = []
    private var closures: ContiguousArray<Deque<() -> Void>> = []
    private var isDead: ContiguousArray<Bool> = []
    private var running = Scheduler.simulation

    init(seed: UInt64, owner: ThreadOwner) {
        self.owner = owner
        generator = SimulationGenerator(seed: seed, label: "schedule")
    }

    /// Virtual time in nanoseconds.
    var now: UInt64 { clock.nanoseconds }

    /// Makes an executor called `name`.
    func makeExecutor(_ name: String) -> SimulatedExecutor {
        let executor = SimulatedExecutor(
            name: name, index: executors.count, clock: clock,
            scheduler: Confined(self, to: owner))
        executors.append(executor)
        closures.append([])
        isDead.append(false)
        return executor
    }

    /// Whether code of the executor numbered `index` is running.
    func isRunning(_ index: Int) -> Bool { running == index }

    /// Whether the executor's node has crashed.
    func isDead(_ index: Int) -> Bool { isDead[index] }

    /// Drops the executor's timers and lets it set no more; its jobs still run, so that cancelled
    /// tasks can end.
    func kill(_ index: Int) {
        isDead[index] = true
        timers.cancelAll(of: index)
    }

    /// Makes a job ready that came for an actor of `executor`, or for no actor.
    func enqueue(_ job: UnownedJob, isIsolated: Bool, on executor: SimulatedExecutor) {
        ready.append(
            Ready(
                work: isIsolated ? .isolated(job) : .nonisolated(job),
                executor: .passUnretained(executor)))
    }

    /// Makes `body` ready on `executor`, after its earlier closures.
    func execute(on executor: SimulatedExecutor, _ body: @escaping () -> Void) {
        closures[executor.index].append(body)
        ready.append(Ready(work: .closure, executor: .passUnretained(executor)))
    }

    /// Sets a timer that calls `body` for `executor` (a number, or ``simulation``).
    @discardableResult
    func schedule(
        at deadline: UInt64, for executor: Int = Scheduler.simulation, _ body: @escaping () -> Void
    ) -> TimerHeap.ID {
        timers.insert(
            deadline: max(deadline, now), tie: generator.next(), executor: executor, body: body)
    }

    /// Cancels a timer.
    func cancel(_ id: TimerHeap.ID) { timers.cancel(id) }

    /// Runs until the body has finished, or says why it cannot.
    func run(_ limits: SimulationLimits) -> SimulationFailure.Reason? {
        let lastInstant = Instant.zero.advanced(by: limits.maximumVirtualTime).nanoseconds
        while !isFinished {
            if owner.isViolated { return .violations(owner.recorded) }
            if !ready.isEmpty {
                if statistics.jobs >= limits.maximumJobs {
                    return .outOfJobs(limit: limits.maximumJobs)
                }
                runOne()
            } else if let deadline = timers.nextDeadline() {
                if deadline > lastInstant { return .outOfTime(limit: limits.maximumVirtualTime) }
                fireOne()
            } else {
                // A task that left the simulation may be about to come back: name that instead.
                owner.awaitViolation(for: limits.escapeGrace)
                if owner.isViolated { continue }
                return .deadlock
            }
        }
        return owner.isViolated ? .violations(owner.recorded) : nil
    }

    private func runOne() {
        let count = ready.count
        let index = count > 1 ? Int(generator.next(below: UInt64(count))) : 0
        ready.swapAt(index, count - 1)
        let item = ready.removeLast()
        statistics.jobs &+= 1
        item.executor._withUnsafeGuaranteedRef { executor in
            trace.addChoice(executor: executor.index, index: index, at: now)
            let outer = running
            running = executor.index
            switch item.work {
            case .isolated(let job):
                job.runSynchronously(
                    isolatedTo: executor.asUnownedSerialExecutor(),
                    taskExecutor: executor.asUnownedTaskExecutor())
            case .nonisolated(let job):
                job.runSynchronously(on: executor.asUnownedTaskExecutor())
            case .closure: closures[executor.index].popFirst()?()
            }
            running = outer
        }
    }

    private func fireOne() {
        guard let due = timers.popFirst() else { return }
        if due.deadline > now { clock.advance(to: due.deadline) }
        statistics.timers &+= 1
        trace.add(
            .timer, UInt64(bitPattern: Int64(due.executor)) & 0xff_ffff, now, at: now)
        let outer = running
        running = due.executor
        due.body()
        running = outer
    }

    /// Number of jobs and timers of nodes that never ran.
    var leftovers: Int { ready.count + timers.count(where: { $0 != Scheduler.simulation }) }

    /// Breaks the cycles through scheduler and executors when the simulation is gone.
    func dismantle() {
        timers = TimerHeap()
        executors.removeAll()
    }
}
