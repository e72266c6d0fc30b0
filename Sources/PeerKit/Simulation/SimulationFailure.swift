/// A simulation that did not end well, with all that is needed to see it fail again.
public struct SimulationFailure: Error, Sendable, CustomStringConvertible {
    /// Why the run failed.
    public enum Reason: Sendable {
        /// The body, or what it awaited, threw.
        case threw(any Error)
        /// Nothing is ready, no timer is set, and the body has not ended.
        case deadlock
        /// Code broke a rule of simulated code; the first few cases.
        case violations([Violation])
        /// The body did not end within the allowed virtual time.
        case outOfTime(limit: Duration)
        /// The body did not end within the allowed number of jobs.
        case outOfJobs(limit: UInt64)
        /// The simulation was being driven already.
        case busy
    }

    /// A broken rule of simulated code.
    public enum Violation: Sendable, Hashable, CustomStringConvertible {
        /// Another thread used the simulation: a task was started outside the runtime.
        case escape(String)
        /// A channel was used elsewhere than on its executor.
        case misplaced(String)

        /// What was broken, and where.
        public var description: String {
            switch self {
            case .escape(let what): "\(what), from a thread outside the simulation"
            case .misplaced(let what): "\(what), elsewhere than on the channel's executor"
            }
        }
    }

    /// The seed of the run.
    public var seed: UInt64
    /// Why it failed.
    public var reason: Reason
    /// Virtual time of the failure.
    public var time: Instant
    /// Jobs run until then.
    public var jobs: UInt64
    /// The command that replays the run.
    public var replayCommand: String

    /// Seed, reason, and the command that replays the run.
    public var description: String {
        """
        simulation with seed \(seed) failed at \(time) after \(jobs) jobs: \(explanation)
        replay: \(replayCommand)
        """
    }

    private var explanation: String {
        switch reason {
        case .threw(let error): "\(error)"
        case .deadlock:
            """
            deadlock: nothing is ready, no timer is set, and the body has not ended. It waits for \
            what no task of the simulation will do (or a task left the simulation, by Task { } or \
            Task.detached, and is not back yet).
            """
        case .violations(let violations):
            """
            rules of simulated code were broken:
            \(violations.map { "  - \($0)" }.joined(separator: "\n"))
            Start tasks with TaskScope only, not Task { } or Task.detached; use no Dispatch, \
            threads or Task.sleep. To find the place, set PSIC_SIMULATION_TRAP=1: the process \
            stops there with a backtrace.
            """
        case .outOfTime(let limit): "the body did not end within \(limit) of virtual time"
        case .outOfJobs(let limit): "the body did not end within \(limit) jobs"
        case .busy: "the simulation is being driven already"
        }
    }
}
