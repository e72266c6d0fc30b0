/// One run of a simulated node: a process on a simulated machine.
///
/// ## Crashing
///
/// ``crash(_:)`` makes the run's ``runtime`` dead at once: its channels end with `.closed`, its
/// datagram streams finish, network and storage calls throw `.closed`, and its timers are dropped,
/// so that whoever sleeps, sleeps until cancelled. A simulation cannot kill tasks. A test therefore
/// does what the system does to a process:
///
/// ```swift
/// node.crash()
/// scope.cancel()              // the TaskScope that the node's tasks were started in
/// await scope.drained()
/// let again = node.restart()  // same name, addresses and stores; new runtime
/// ```
public struct SimulatedNode: Sendable {
    /// How a node ends.
    public enum CrashKind: Sendable {
        /// The process is killed; the system resets its streams, so its peers know after a latency.
        case process
        /// The machine loses power, with all its nodes: its peers hear nothing until it is back
        /// and they send to it.
        case power
    }

    /// The node's name.
    public let name: String
    /// Its address; 127.0.0.1 works too, within the machine.
    public let address: IPAddress
    /// Clock, randomness, executor, network and storage of this run.
    public let runtime: Runtime
    let place: Confined<NodeModel>
    let process: Confined<ProcessModel>

    /// Whether this run has not crashed.
    public var isRunning: Bool { process.object.isAlive }

    /// Runs `body` on the node's home executor.
    public func perform<T: Sendable>(
        _ body: @Sendable (Runtime) async throws -> T
    ) async throws -> T {
        try await withTaskExecutorPreference(runtime.executors.home) { try await body(runtime) }
    }

    /// Ends the run without warning.
    public func crash(_ kind: CrashKind = .process) {
        place.object.network.object.crash(process.object, kind)
    }

    /// Starts the node again, on the same machine, addresses and stores. The run before must have
    /// crashed; a machine without power gets it back.
    public func restart() -> SimulatedNode {
        precondition(!isRunning, "node '\(name)' is still running: crash it first")
        return place.object.launch()
    }

    /// Sets how wrong the node's wall clock is (positive: fast), for this run and later ones.
    public func setClockSkew(_ skew: Duration) {
        place.object.skew.object.nanoseconds = skew.wholeNanoseconds
    }

    /// Sets how long a commit takes to become durable; zero at first.
    public func setCommitLatency(_ latency: Duration) {
        place.object.disk.object.commitLatency = latency
    }
}

/// What of a node lasts over its runs.
final class NodeModel {
    let name: String
    let machine: MachineModel
    let network: Confined<NetworkModel>
    let disk: Confined<DiskModel>
    let skew: Confined<SkewModel>
    private let random: Confined<RandomModel>
    private let computeTime: Duration
    private let executorCount: Int

    init(
        name: String, seed: UInt64, machine: MachineModel, network: Confined<NetworkModel>,
        computeTime: Duration, executors: Int
    ) {
        self.name = name
        self.machine = machine
        self.network = network
        self.computeTime = computeTime
        executorCount = executors
        disk = Confined(DiskModel(), to: network.owner)
        skew = Confined(SkewModel(), to: network.owner)
        let generator = SimulationGenerator(seed: seed, label: "node \(name)")
        random = Confined(RandomModel(generator), to: network.owner)
    }

    /// Starts a run of the node.
    func launch(keeper: Simulation? = nil) -> SimulatedNode {
        let model = network.object
        machine.isPowered = true
        let running = model.addProcess(name, on: machine, executors: executorCount)
        let process = Confined(running, to: network.owner)
        model.record(.restart, UInt64(running.home.index), UInt64(machine.index))
        let runtime = Runtime(
            clock: SimulatedClock(clock: model.scheduler.clock, skew: skew),
            random: SimulatedRandom(model: random),
            executors: SimulatedExecutors(
                process: process, executor: running.home, computeTime: computeTime, keeper: keeper),
            network: SimulatedNetwork(network: network, process: process),
            storage: SimulatedStorage(network: network, process: process, disk: disk))
        return SimulatedNode(
            name: name, address: machine.address, runtime: runtime,
            place: Confined(self, to: network.owner), process: process)
    }
}
