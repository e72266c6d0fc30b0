import struct NIOConcurrencyHelpers.NIOLockedValueBox

extension Simulation {
    /// Makes a simulation and drives it until `body` has ended.
    ///
    /// Synchronous: may be called in an ordinary test. Blocks the calling thread, and does all work
    /// on it.
    ///
    /// - Parameters:
    ///   - seed: What everything is drawn from. Tests that try many seeds take them from
    ///     ``seeds(_:)``, so that the replay command can name one.
    ///   - replay: The command that repeats the run; by default guessed from the process: the test
    ///     by name, or the program with its arguments.
    ///   - function: The caller's name, for `replay`.
    /// - Returns: What `body` returns.
    /// - Throws: ``SimulationFailure``, whose description has the seed and the replay command.
    public static func run<T: Sendable>(
        seed: UInt64, conditions: NetworkConditions = .lan, limits: SimulationLimits = .init(),
        replay: String? = nil, function: String = #function,
        _ body: @escaping @Sendable (Simulation) async throws -> T
    ) throws(SimulationFailure) -> T {
        let simulation = Simulation(seed: seed, network: conditions)
        return try simulation.run(limits: limits, replay: replay, function: function) {
            try await body(simulation)
        }
    }

    /// Drives the simulation until `body` has ended. Time goes on from where it was.
    ///
    /// - Throws: ``SimulationFailure``.
    public func run<T: Sendable>(
        limits: SimulationLimits = .init(), replay: String? = nil, function: String = #function,
        _ body: @escaping @Sendable () async throws -> T
    ) throws(SimulationFailure) -> T {
        if !owner.isCurrent { owner.claim() }
        let model = state.object
        let scheduler = model.scheduler
        let command = replay ?? Self.replayCommand(seed: seed, function: function)
        func failure(_ reason: SimulationFailure.Reason) -> SimulationFailure {
            SimulationFailure(
                seed: seed, reason: reason, time: clock.now, jobs: scheduler.statistics.jobs,
                replayCommand: command)
        }
        guard !model.isRunning else { throw failure(.busy) }
        model.isRunning = true
        defer { model.isRunning = false }
        scheduler.isFinished = false

        // Written by the body's task, on this thread; a box because the compiler cannot know that.
        let outcome = NIOLockedValueBox<Result<T, any Error>?>(nil)
        let confined = state
        Task(executorPreference: model.director) {
            let result: Result<T, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            outcome.withLockedValue { $0 = result }
            confined.own("the body ended")?.scheduler.isFinished = true
        }
        if let reason = scheduler.run(limits) { throw failure(reason) }
        switch outcome.withLockedValue({ $0 }) {
        case .success(let value): return value
        case .failure(let error): throw failure(.threw(error))
        case nil: throw failure(.deadlock)
        }
    }

    /// The environment variable that names the seed to replay.
    public static let seedVariable = "PSIC_SIMULATION_SEED"

    /// The seeds that a test tries: `defaults`, or the one that the environment asks for.
    public static func seeds(_ defaults: some Sequence<UInt64>) -> [UInt64] {
        if let text = environmentValue(seedVariable), let seed = UInt64(text) { return [seed] }
        return Array(defaults)
    }

    /// The command that repeats this process with `seed`.
    private static func replayCommand(seed: UInt64, function: String) -> String {
        let arguments = CommandLine.arguments
        let program = arguments.first ?? ""
        let isTest =
            program.hasSuffix("swiftpm-testing-helper") || program.hasSuffix(".xctest")
            || program.hasSuffix("xctest")
        let name = function.prefix { $0 != "(" }
        let command =
            isTest ? "swift test --filter '\(name)'" : arguments.joined(separator: " ")
        return "\(seedVariable)=\(seed) \(command)"
    }
}

extension Runtime {
    /// The runtime of a single node in a small simulation of its own.
    ///
    /// It stands still until it is driven, with ``runSimulated(limits:replay:function:_:)``:
    ///
    /// ```swift
    /// let runtime = Runtime.simulated(seed: 1)
    /// let text = try runtime.runSimulated {
    ///     try await runtime.sleep(for: .seconds(3600))     // takes no real time
    ///     return "done"
    /// }
    /// ```
    ///
    /// For more than one node make a ``Simulation``.
    public static func simulated(seed: UInt64) -> Runtime {
        let simulation = Simulation(seed: seed)
        return simulation.state.object
            .makeNode(
                "node", onMachineOf: nil, executors: 2, computeTime: .zero, keeper: simulation
            ).runtime
    }

    /// Drives a runtime made by ``simulated(seed:)`` until `body`, which runs on it, has ended.
    ///
    /// - Throws: ``SimulationFailure``.
    public func runSimulated<T: Sendable>(
        limits: SimulationLimits = .init(), replay: String? = nil, function: String = #function,
        _ body: @escaping @Sendable () async throws -> T
    ) throws(SimulationFailure) -> T {
        guard let executors = executors as? SimulatedExecutors, let simulation = executors.keeper
        else { preconditionFailure("not a runtime made by Runtime.simulated(seed:)") }
        return try simulation.run(limits: limits, replay: replay, function: function) {
            try await withTaskExecutorPreference(executors.executor) { try await body() }
        }
    }
}
