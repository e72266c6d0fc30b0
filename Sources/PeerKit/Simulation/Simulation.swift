/// A deterministic world that many nodes share: virtual time, one seeded schedule, a network.
///
/// The whole simulation runs on the thread that calls ``run(seed:conditions:limits:replay:function:_:)``,
/// and everything with it is done inside the body:
///
/// ```swift
/// @Test func echoes() throws {
///     try Simulation.run(seed: 7, conditions: .wan) { simulation in
///         let server = simulation.node("server")
///         let client = simulation.node("client")
///         …
///     }
/// }
/// ```
///
/// The same seed and body give the same ``traceHex``, in every process, debug or release. Tasks
/// that are left when the body returns are abandoned, and what they hold is not freed: cancel and
/// drain the scopes first.
public final class Simulation: Sendable {
    /// The seed that everything is drawn from.
    public let seed: UInt64
    /// The executor of the body, which belongs to no node.
    public let executor: any RuntimeExecutor
    let clock: VirtualClock
    let owner: ThreadOwner
    let state: Confined<SimulationModel>

    /// Creates a world without nodes. It belongs to the calling thread.
    public init(seed: UInt64, network conditions: NetworkConditions = .lan) {
        self.seed = seed
        owner = ThreadOwner()
        let model = SimulationModel(seed: seed, conditions: conditions, owner: owner)
        clock = model.scheduler.clock
        executor = model.director
        state = Confined(model, to: owner)
    }

    deinit { state.last.dismantle() }

    /// Adds a node.
    ///
    /// - Parameters:
    ///   - name: Names the node in partitions, traces and the DNS; unique. Its randomness comes
    ///     from it.
    ///   - other: A node on whose machine this one runs as another process; `nil`: on a machine of
    ///     its own.
    ///   - address: The IPv4 address of that machine, no other's; `nil`: the next of 10.0.0.0/8.
    ///   - executors: How many executors the node has. The first is its home; connections go to
    ///     each in turn, as they do to the event loops of a live runtime, so that code which
    ///     confuses the two fails here too.
    ///   - computeTime: Virtual time charged for each `executors.compute`.
    public func node(
        _ name: String, onMachineOf other: SimulatedNode? = nil, address: IPAddress? = nil,
        executors: Int = 2, computeTime: Duration = .zero
    ) -> SimulatedNode {
        state.object.makeNode(
            name, onMachineOf: other, address: address, executors: executors,
            computeTime: computeTime, keeper: nil)
    }

    /// Virtual time.
    public var now: Instant { clock.now }

    /// Lets virtual time pass for the body; throws `CancellationError` when cancelled.
    public func sleep(for duration: Duration) async throws {
        try await state.object.directorRuntime.sleep(for: duration)
    }

    /// What has happened so far, in numbers.
    public var statistics: SimulationStatistics { state.object.scheduler.statistics }

    /// SHA-256 over everything that has happened so far, in order: choices of the scheduler,
    /// timers, packets, commits, crashes and what ``record(_:)`` was given.
    public var trace: [UInt8] { state.object.scheduler.trace.digest() }

    /// ``trace`` in hexadecimal.
    public var traceHex: String { trace.simulationHex }

    /// Adds an event of the program under test to the trace.
    public func record(_ event: String) {
        guard let state = state.own("an event was recorded") else { return }
        state.scheduler.trace.add(.custom, text: event, at: state.scheduler.now)
    }

    /// Sends a line for every event to `sink`, to find where two runs part. Slow.
    public func traceEvents(to sink: (@Sendable (String) -> Void)?) {
        state.object.scheduler.trace.sink = sink
    }
}

/// Everything that belongs to a simulation and to its thread.
final class SimulationModel {
    let scheduler: Scheduler
    let network: NetworkModel
    let director: SimulatedExecutor
    let directorRuntime: Runtime
    var isRunning = false
    private let seed: UInt64
    private var names: Set<String> = []

    init(seed: UInt64, conditions: NetworkConditions, owner: ThreadOwner) {
        self.seed = seed
        scheduler = Scheduler(seed: seed, owner: owner)
        network = NetworkModel(seed: seed, conditions: conditions, scheduler: scheduler)
        // The body's own runtime: a process on a machine that nobody else is on.
        let machine = MachineModel(index: 0xff_ffff, address: .v4(IPv4Address(10, 255, 255, 254)))
        let place = NodeModel(
            name: "simulation", seed: seed, machine: machine,
            network: Confined(network, to: owner), computeTime: .zero, executors: 1)
        let node = place.launch()
        directorRuntime = node.runtime
        director = node.process.object.home
    }

    func makeNode(
        _ name: String, onMachineOf other: SimulatedNode?, address: IPAddress? = nil,
        executors: Int, computeTime: Duration, keeper: Simulation?
    ) -> SimulatedNode {
        precondition(names.insert(name).inserted, "there is a node called '\(name)' already")
        let machine = other.map { $0.process.object.machine } ?? network.addMachine(at: address)
        network.names[name] = [machine.address]
        let place = NodeModel(
            name: name, seed: seed, machine: machine,
            network: Confined(network, to: scheduler.owner), computeTime: computeTime,
            executors: executors)
        return place.launch(keeper: keeper)
    }

    /// Frees what the simulation holds, unless tasks are left: those hold continuations that must
    /// not be destroyed without being resumed, so everything stays.
    func dismantle() {
        if scheduler.leftovers > 0 || network.hasWaiters {
            _ = Unmanaged.passRetained(self)
        } else {
            scheduler.dismantle()
            network.dismantle()
        }
    }
}
