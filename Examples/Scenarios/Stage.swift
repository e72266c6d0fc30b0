import PeerKit

/// Where a scenario is played: its simulation, its size, and the book of what it found.
///
/// Lives on the simulation's own executor, which belongs to no node.
public actor Stage {
    /// The world.
    public nonisolated let simulation: Simulation
    /// How large the scenario is played.
    public nonisolated let scale: ScenarioScale
    /// How many peers take part, attackers included.
    public nonisolated let peers: Int
    private nonisolated let executor: any RuntimeExecutor
    /// The simulation's own executor.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    private(set) var figures: [Figure] = []
    private(set) var phases: [ScenarioCost.Phase] = []

    init(simulation: Simulation, scale: ScenarioScale, peers: Int) {
        self.simulation = simulation
        self.scale = scale
        self.peers = peers
        executor = simulation.executor
    }

    /// Notes a figure; it becomes part of the digest.
    public func note(
        _ name: String, _ value: Double, _ unit: Figure.Unit, _ target: FigureTarget? = nil
    ) {
        figures.append(Figure(name, value, unit, target))
        simulation.record("figure \(name) \(value)")
    }

    /// Notes how many of some tries went well, in percent.
    public func note(
        _ name: String, _ part: Int, of whole: Int, _ target: FigureTarget? = nil
    ) {
        note(name, whole == 0 ? .nan : Double(part) * 100 / Double(whole), .percent, target)
    }

    /// Does something and notes what it cost.
    @discardableResult
    public nonisolated func phase<T: Sendable>(
        _ name: String, _ body: @Sendable () async throws -> T
    ) async throws -> T {
        let (start, jobs, before) = (simulation.now, simulation.statistics.jobs, ProcessUse.now)
        let value = try await body()
        let after = ProcessUse.now
        let seconds = start.duration(to: simulation.now).seconds
        await add(
            ScenarioCost.Phase(
                name: name, virtualSeconds: seconds,
                wallSeconds: after.wallSeconds - before.wallSeconds,
                cpuSeconds: after.cpuSeconds - before.cpuSeconds,
                jobs: simulation.statistics.jobs - jobs,
                millisecondsPerPeerSecond: seconds > 0
                    ? (after.cpuSeconds - before.cpuSeconds) * 1000 / seconds / Double(peers) : 0,
                residentBytes: after.residentBytes))
        return value
    }

    private func add(_ phase: ScenarioCost.Phase) { phases.append(phase) }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
