import NIOConcurrencyHelpers
import Testing

@testable import PeerKit

@Suite("Simulation") struct SimulationRunTests {
    @Test func virtualTimeTakesNoRealTime() throws {
        let elapsed = try Simulation.run(seed: 1) { simulation in
            let start = simulation.now
            try await simulation.sleep(for: .seconds(86_400))
            return start.duration(to: simulation.now)
        }
        #expect(elapsed == .seconds(86_400))
    }

    @Test func sameSeedGivesTheSameTraceAndAnotherSeedAnother() throws {
        let first = try Scenario.swarm(seed: 1, actors: 100)
        #expect(try Scenario.swarm(seed: 1, actors: 100) == first)
        #expect(try Scenario.swarm(seed: 2, actors: 100) != first)
    }

    /// The value is part of what the simulation promises: the same in every process, debug and
    /// release. It changes when scheduling or the trace's format change, never by itself.
    @Test func fixedScenariosGiveTheRecordedTraces() throws {
        let swarm = try Scenario.swarm(seed: 7, actors: 50)
        let network = try Scenario.network(seed: 7)
        #expect(swarm == Scenario.recordedSwarmTrace)
        #expect(network == Scenario.recordedNetworkTrace)
    }

    @Test func recordedEventsArePartOfTheTrace() throws {
        func trace(_ text: String) throws -> String {
            try Simulation.run(seed: 1) { simulation in
                simulation.record(text)
                return simulation.traceHex
            }
        }
        #expect(try trace("a") != trace("b"))
        #expect(try trace("a") == trace("a"))
    }

    @Test func traceEventsGoToTheSink() throws {
        let lines = NIOLockedValueBox<[String]>([])
        try Simulation.run(seed: 1) { simulation in
            simulation.traceEvents { line in lines.withLockedValue { $0.append(line) } }
            simulation.record("hello")
            try await simulation.sleep(for: .seconds(1))
        }
        let seen = lines.withLockedValue { $0 }
        #expect(seen.contains { $0.hasSuffix("custom hello") })
        #expect(seen.contains { $0.hasPrefix("1000000000 timer") })
    }

    @Test func simultaneousTimersFireInAnOrderDrawnFromTheSeed() throws {
        func order(_ seed: UInt64) throws -> [Int] {
            try Simulation.run(seed: seed) { simulation in
                let fired = NIOLockedValueBox<[Int]>([])
                let home = simulation.node("a").runtime.executors.home
                let deadline = simulation.now.advanced(by: .seconds(1))
                for index in 0..<8 {
                    _ = home.schedule(at: deadline) { fired.withLockedValue { $0.append(index) } }
                }
                try await simulation.sleep(for: .seconds(2))
                return fired.withLockedValue { $0 }
            }
        }
        #expect(try order(1).sorted() == Array(0..<8))
        #expect(try order(1) == order(1))
        let orders = try (1...5).map { try order($0) }
        #expect(Set(orders).count > 1)
    }

    @Test func cancelledTimersDoNotFireAndAreForgotten() throws {
        let fired = try Simulation.run(seed: 3) { simulation in
            let fired = NIOLockedValueBox(0)
            let home = simulation.node("a").runtime.executors.home
            for index in 0..<1000 {
                let token = home.schedule(at: Instant(nanoseconds: UInt64(1000 + index))) {
                    fired.withLockedValue { $0 += 1 }
                }
                if index % 10 != 0 { token.cancel() }
            }
            try await simulation.sleep(for: .seconds(1))
            return fired.withLockedValue { $0 }
        }
        #expect(fired == 100)
    }

    @Test func closuresOfAnExecutorKeepTheirOrder() throws {
        let order = try Simulation.run(seed: 5) { simulation in
            let seen = NIOLockedValueBox<[Int]>([])
            let home = simulation.node("a").runtime.executors.home
            for index in 0..<50 {
                home.execute { seen.withLockedValue { $0.append(index) } }
            }
            try await simulation.sleep(for: .seconds(1))
            return seen.withLockedValue { $0 }
        }
        #expect(order == Array(0..<50))
    }

    @Test func timeoutsAndCancellationWorkInVirtualTime() throws {
        try Simulation.run(seed: 1) { simulation in
            let runtime = simulation.node("a").runtime
            await #expect(throws: TimedOut.self) {
                try await runtime.withTimeout(.seconds(1)) {
                    try await runtime.sleep(for: .seconds(100))
                }
            }
            #expect(simulation.now == Instant(nanoseconds: 1_000_000_000))
            let scope = TaskScope()
            let wasCancelled = NIOLockedValueBox(false)
            scope.start(on: runtime.executors.home) {
                do { try await runtime.sleep(for: .seconds(100)) } catch {
                    wasCancelled.withLockedValue { $0 = error is CancellationError }
                }
            }
            try await simulation.sleep(for: .seconds(1))
            scope.cancel()
            await scope.drained()
            #expect(wasCancelled.withLockedValue { $0 })
            #expect(simulation.now == Instant(nanoseconds: 2_000_000_000))
        }
    }

    @Test func computeRunsAtOnceAndIsChargedVirtualTime() throws {
        try Simulation.run(seed: 1) { simulation in
            let free = simulation.node("free").runtime
            let slow = simulation.node("slow", computeTime: .milliseconds(5)).runtime
            let quick = try await free.executors.compute { 6 * 7 }
            #expect(quick == 42)
            #expect(simulation.now == .zero)
            let charged = try await slow.executors.compute { 6 * 7 }
            #expect(charged == 42)
            #expect(simulation.now == Instant(nanoseconds: 5_000_000))
        }
    }

    @Test func wallClockHasTheSkewItWasGiven() throws {
        try Simulation.run(seed: 1) { simulation in
            let right = simulation.node("right")
            let fast = simulation.node("fast")
            let slow = simulation.node("slow")
            fast.setClockSkew(.seconds(10))
            slow.setClockSkew(.seconds(-10))
            let time = right.runtime.clock.unixNanoseconds
            #expect(fast.runtime.clock.unixNanoseconds == time + 10_000_000_000)
            #expect(slow.runtime.clock.unixNanoseconds == time - 10_000_000_000)
            #expect(fast.runtime.clock.now == slow.runtime.clock.now)
        }
    }

    @Test func randomnessDependsOnSeedAndNameButNotOnTheOrderOfNodes() throws {
        func draw(_ seed: UInt64, _ names: [String]) throws -> [String: [UInt8]] {
            try Simulation.run(seed: seed) { simulation in
                var drawn: [String: [UInt8]] = [:]
                for name in names {
                    drawn[name] = simulation.node(name).runtime.random.bytes(33)
                }
                return drawn
            }
        }
        let one = try draw(1, ["a", "b", "c"])
        #expect(try draw(1, ["c", "x", "a", "b"])["a"] == one["a"])
        #expect(try draw(2, ["a"])["a"] != one["a"])
        #expect(one["a"] != one["b"])
        #expect(one["a"]?.count == 33)
    }

    @Test func aSimulationWhoseTasksHaveEndedIsFreed() throws {
        weak var model: SimulationModel?
        do {
            let simulation = Simulation(seed: 1)
            model = simulation.state.object
            try simulation.run {
                let pair = try await simulation.connectedPair(
                    simulation.node("a"), simulation.node("b"))
                pair.client.send([1])
                try await simulation.sleep(for: .seconds(1))
            }
        }
        #expect(model == nil)
    }

    @Test func computationsEndEvenWhenTheirNodeCrashes() throws {
        try Simulation.run(seed: 1) { simulation in
            let node = simulation.node("a", computeTime: .seconds(1))
            let scope = TaskScope()
            scope.start(on: node.runtime.executors.home) {
                _ = try? await node.runtime.executors.compute { 1 }
                _ = try? await node.runtime.executors.compute { 2 }
            }
            try await simulation.sleep(for: .milliseconds(500))
            node.crash()
            scope.cancel()
            await scope.drained()
            #expect(simulation.now == Instant(nanoseconds: 2_000_000_000))
        }
    }

    @Test func aSingleRuntimeCanBeDriven() throws {
        let runtime = Runtime.simulated(seed: 4)
        let time = try runtime.runSimulated {
            try await runtime.sleep(for: .seconds(3600))
            return runtime.clock.now
        }
        #expect(time == Instant(nanoseconds: 3_600_000_000_000))
        #expect(try runtime.runSimulated { runtime.clock.now } == time)
    }
}

@Suite("Simulation: failures", .serialized) struct SimulationFailureTests {
    /// Other threads may be busy with other tests for long; two of these tests at once would wait
    /// for each other on a machine with two of them, hence the suite is serialized.
    private let patient = SimulationLimits(escapeGrace: .seconds(120))

    private func failure<T: Sendable>(
        limits: SimulationLimits = .init(), replay: String? = nil,
        _ body: @escaping @Sendable (Simulation) async throws -> T
    ) -> SimulationFailure? {
        do throws(SimulationFailure) {
            _ = try Simulation.run(seed: 99, limits: limits, replay: replay, body)
            return nil
        } catch { return error }
    }

    @Test func anErrorOfTheBodyComesWithSeedAndReplayCommand() throws {
        let failure = try #require(failure(replay: "make replay SEED=99") { _ in throw TimedOut() })
        guard case .threw(let error) = failure.reason else {
            Issue.record("\(failure)")
            return
        }
        #expect(error is TimedOut)
        #expect(failure.description.contains("seed 99"))
        #expect(failure.description.contains("make replay SEED=99"))
    }

    @Test func theGuessedReplayCommandNamesSeedAndTest() throws {
        do throws(SimulationFailure) {
            try Simulation.run(seed: 17) { _ in throw TimedOut() }
        } catch {
            #expect(error.replayCommand.contains("PSIC_SIMULATION_SEED=17"))
            #expect(error.replayCommand.contains("theGuessedReplayCommandNamesSeedAndTest"))
        }
    }

    @Test func waitingForNothingIsADeadlock() throws {
        let failure = try #require(
            failure(limits: SimulationLimits(escapeGrace: .zero)) { _ in
                // Never resumed, and kept, so that the runtime does not complain of it.
                await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
            })
        guard case .deadlock = failure.reason else {
            Issue.record("\(failure)")
            return
        }
        #expect(failure.description.contains("deadlock"))
    }

    @Test func aDetachedTaskThatCallsBackIsAnEscape() throws {
        let failure = try #require(
            failure(limits: patient) { simulation in
                let home = simulation.node("runaway").runtime.executors.home
                await Task.detached { home.execute {} }.value
            })
        guard case .violations(let violations) = failure.reason else {
            Issue.record("\(failure)")
            return
        }
        #expect(violations.contains { if case .escape = $0 { true } else { false } })
        #expect(failure.description.contains("'runaway'"))
        #expect(failure.description.contains("Task.detached"))
        #expect(failure.description.contains("PSIC_SIMULATION_TRAP=1"))
    }

    @Test func aJobResumedFromAnotherThreadIsAnEscape() throws {
        let failure = try #require(
            failure(limits: patient) { _ in await Task.detached { 1 }.value })
        guard case .violations = failure.reason else {
            Issue.record("\(failure)")
            return
        }
    }

    @Test func aBodyThatTakesForEverEndsAtTheLimits() throws {
        let time = try #require(
            failure(limits: SimulationLimits(maximumVirtualTime: .seconds(60))) { simulation in
                while true { try await simulation.sleep(for: .seconds(1)) }
            })
        guard case .outOfTime(.seconds(60)) = time.reason else {
            Issue.record("\(time)")
            return
        }
        let jobs = try #require(
            failure(limits: SimulationLimits(maximumJobs: 1000)) { _ in
                while true { await Task.yield() }
            })
        guard case .outOfJobs(1000) = jobs.reason else {
            Issue.record("\(jobs)")
            return
        }
    }

    @Test func usingAChannelElsewhereThanOnItsExecutorIsReported() throws {
        let failure = try #require(
            failure { simulation in
                let pair = try await simulation.connectedPair(
                    simulation.node("a"), simulation.node("b"))
                pair.client.channel.flush()
                try await simulation.sleep(for: .seconds(1))
            })
        guard case .violations(let violations) = failure.reason else {
            Issue.record("\(failure)")
            return
        }
        #expect(violations == [.misplaced("'flush' of a channel of 'a/1'")])
    }

    @Test func seedsComeFromTheTestUnlessTheEnvironmentNamesOne() {
        #expect(Simulation.seeds(1...3) == [1, 2, 3])
    }
}
