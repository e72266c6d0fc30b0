import Testing

@testable import PeerKit

@Suite("Owner of tasks") struct TaskScopeTests {
    /// A few counters that tasks of one simulation share.
    actor Counter {
        var value = 0
        func add() { value += 1 }
    }

    @Test("waits for every task, also for those that tasks start", arguments: 1...5)
    func drains(seed: UInt64) throws {
        try Simulation.run(seed: seed) { simulation in
            let scope = TaskScope()
            let counter = Counter()
            let runtime = simulation.node("a").runtime
            for number in 0..<20 {
                scope.start(on: runtime.executors.home) {
                    try? await runtime.sleep(for: .milliseconds(number))
                    scope.start(on: runtime.executors.home) {
                        try? await runtime.sleep(for: .milliseconds(number))
                        await counter.add()
                    }
                    await counter.add()
                }
            }
            await scope.drained()
            #expect(await counter.value == 40)
            #expect(scope.count == 0)
        }
    }

    @Test func cancelsItsTasksAndStartsNoMore() throws {
        try Simulation.run(seed: 1) { simulation in
            let scope = TaskScope()
            let counter = Counter()
            let runtime = simulation.node("a").runtime
            for _ in 0..<10 {
                scope.start(on: runtime.executors.home) {
                    do { try await runtime.sleep(for: .seconds(1_000_000)) } catch {
                        await counter.add()
                    }
                }
            }
            #expect(scope.count == 10)
            scope.cancel()
            #expect(!scope.start(on: runtime.executors.home) { await counter.add() })
            await scope.drained()
            #expect(await counter.value == 10)
            #expect(simulation.now < Instant.zero.advanced(by: .seconds(1)))
        }
    }

    @Test func dropsWhatHasEnded() throws {
        try Simulation.run(seed: 1) { simulation in
            let scope = TaskScope()
            let runtime = simulation.node("a").runtime
            for _ in 0..<1000 {
                scope.start(on: runtime.executors.home) {}
                try await simulation.sleep(for: .nanoseconds(1))
            }
            #expect(scope.count == 0)
        }
    }

    @Test func cancelsWhatIsLeftWhenItIsDropped() throws {
        try Simulation.run(seed: 1) { simulation in
            let counter = Counter()
            let runtime = simulation.node("a").runtime
            do {
                let scope = TaskScope()
                scope.start(on: runtime.executors.home) {
                    do { try await runtime.sleep(for: .seconds(1_000_000)) } catch {
                        await counter.add()
                    }
                }
            }
            try await simulation.sleep(for: .milliseconds(1))
            #expect(await counter.value == 1)
        }
    }
}

@Suite("Time-outs") struct TimeoutTests {
    @Test func endsWhatTakesTooLong() throws {
        try Simulation.run(seed: 1) { simulation in
            let runtime = simulation.node("a").runtime
            await #expect(throws: TimedOut.self) {
                try await runtime.withTimeout(.seconds(2)) {
                    try await runtime.sleep(for: .seconds(100))
                }
            }
            #expect(simulation.now == Instant.zero.advanced(by: .seconds(2)))
        }
    }

    @Test func returnsWhatComesInTimeAndWaitsNoLonger() throws {
        try Simulation.run(seed: 1) { simulation in
            let runtime = simulation.node("a").runtime
            let value = try await runtime.withTimeout(.seconds(1000)) { () async throws -> Int? in
                try await runtime.sleep(for: .seconds(1))
                return nil
            }
            #expect(value == nil)
            #expect(simulation.now == Instant.zero.advanced(by: .seconds(1)))
        }
    }

    @Test func aCancelledTaskDoesNotSleep() throws {
        try Simulation.run(seed: 1) { simulation in
            let runtime = simulation.node("a").runtime
            await withTaskGroup { group in
                group.addTask {
                    await #expect(throws: CancellationError.self) {
                        try await runtime.sleep(for: .seconds(1000))
                    }
                }
                group.cancelAll()
            }
            #expect(simulation.now == .zero)
        }
    }
}
