import NIOConcurrencyHelpers
import Testing

@testable import PeerKit

/// An actor on a node's executor.
private actor Counter {
    nonisolated let executor: any RuntimeExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private(set) var value = 0
    init(_ executor: any RuntimeExecutor) { self.executor = executor }
    func add() { value += 1 }
    nonisolated func addSynchronously() { assumeIsolated { $0.value += 1 } }
}

@Suite("Simulated executor") struct SimulatedExecutorTests {
    @Test func assumeIsolatedHoldsInTimersAndClosures() throws {
        try Simulation.run(seed: 1) { simulation in
            let home = simulation.node("a").runtime.executors.home
            let counter = Counter(home)
            _ = home.schedule(at: Instant(nanoseconds: 10)) { counter.addSynchronously() }
            home.execute { counter.addSynchronously() }
            try await simulation.sleep(for: .seconds(1))
            #expect(await counter.value == 2)
        }
    }

    @Test func assumeIsolatedHoldsInTheNodesTasksAndAfterAwaits() throws {
        try Simulation.run(seed: 1) { simulation in
            let node = simulation.node("a")
            let counter = Counter(node.runtime.executors.home)
            try await node.perform { runtime in
                counter.addSynchronously()
                try await runtime.sleep(for: .seconds(1))
                counter.addSynchronously()
            }
            #expect(await counter.value == 2)
        }
    }

    @Test func anExecutorIsNotIsolatedForAnotherNode() throws {
        try Simulation.run(seed: 1) { simulation in
            let first = simulation.node("a").runtime.executors.home
            let second = simulation.node("b").runtime.executors.home
            let seen = NIOLockedValueBox<[Bool?]>([])
            first.execute {
                let pair = [first, second].map { $0.isIsolatingCurrentContext() }
                seen.withLockedValue { $0 += pair }
            }
            _ = second.schedule(at: Instant(nanoseconds: 1)) {
                let pair = [first, second].map { $0.isIsolatingCurrentContext() }
                seen.withLockedValue { $0 += pair }
            }
            try await simulation.sleep(for: .seconds(1))
            #expect(seen.withLockedValue { $0 } == [true, false, false, true])
        }
    }

    @Test func connectionsGoToTheExecutorsInTurn() throws {
        try Simulation.run(seed: 1) { simulation in
            let executors = simulation.node("a", executors: 3).runtime.executors
            let given = (0..<6).map { _ in ObjectIdentifier(executors.next()) }
            #expect(Set(given).count == 3)
            #expect(Array(given[..<3]) == Array(given[3...]))
            #expect(given.contains(ObjectIdentifier(executors.home)))
            let single = simulation.node("b", executors: 1).runtime.executors
            #expect(single.next() === single.home)
        }
    }

    @Test func assumeIsolatedFailsForAnotherNode() async {
        await #expect(processExitsWith: .failure) {
            try Simulation.run(seed: 1) { simulation in
                let first = simulation.node("a").runtime.executors.home
                let counter = Counter(simulation.node("b").runtime.executors.home)
                first.execute { counter.addSynchronously() }
                try await simulation.sleep(for: .seconds(1))
            }
        }
    }

    @Test func childTasksGroupsAndStreamsStayInTheSimulation() throws {
        let sum = try Simulation.run(seed: 8) { simulation in
            let node = simulation.node("a")
            return try await node.perform { runtime in
                let (stream, continuation) = AsyncStream<Int>.makeStream()
                async let total = stream.reduce(0, +)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 1...10 {
                        group.addTask {
                            try await runtime.sleep(for: .milliseconds(100 - index))
                            continuation.yield(index)
                        }
                    }
                    try await group.waitForAll()
                }
                continuation.finish()
                return await total
            }
        }
        #expect(sum == 55)
    }

    @Test func readyJobsRunInAnOrderDrawnFromTheSeed() throws {
        func order(_ seed: UInt64) throws -> [Int] {
            try Simulation.run(seed: seed) { simulation in
                let seen = NIOLockedValueBox<[Int]>([])
                let scope = TaskScope()
                for index in 0..<8 {
                    let home = simulation.node("\(index)").runtime.executors.home
                    scope.start(on: home) { seen.withLockedValue { $0.append(index) } }
                }
                await scope.drained()
                return seen.withLockedValue { $0 }
            }
        }
        let orders = try (1...5).map { try order($0) }
        #expect(Set(orders).count > 1)
        #expect(try order(3) == orders[2])
    }
}

@Suite("Timer heap") struct TimerHeapTests {
    @Test func firesByDeadlineWhateverIsCancelled() {
        var generator = SimulationGenerator(seed: 1, label: "heap")
        var heap = TimerHeap()
        var pending: [(deadline: UInt64, id: TimerHeap.ID)] = []
        var lastDeadline: UInt64 = 0
        var fired = 0
        for _ in 0..<20_000 {
            switch generator.next(below: 5) {
            case 0, 1, 2:
                let deadline = lastDeadline + generator.next(below: 1000)
                let id = heap.insert(
                    deadline: deadline, tie: generator.next(), executor: 0, body: {})
                pending.append((deadline, id))
            case 3:
                guard !pending.isEmpty else { continue }
                let index = Int(generator.next(below: UInt64(pending.count)))
                let wasPending = heap.cancel(pending.remove(at: index).id)
                #expect(wasPending)
            default:
                let expected = pending.map(\.deadline).min()
                let due = heap.popFirst()
                #expect(due?.deadline == expected)
                guard let due else { continue }
                lastDeadline = due.deadline
                fired += 1
                // Among equals any may have fired: find it by its identifier being dead now.
                let candidates = pending.indices.filter { pending[$0].deadline == due.deadline }
                var copy = heap
                guard let gone = candidates.first(where: { !copy.cancel(pending[$0].id) }) else {
                    Issue.record("a timer fired that was not pending")
                    return
                }
                pending.remove(at: gone)
            }
            #expect(heap.count == pending.count)
        }
        #expect(fired > 1000)
    }

    @Test func cancellingTwiceOrAfterFiringDoesNothing() {
        var heap = TimerHeap()
        let first = heap.insert(deadline: 1, tie: 0, executor: 0, body: {})
        let second = heap.insert(deadline: 2, tie: 0, executor: 1, body: {})
        _ = heap.popFirst()
        let cancelledFired = heap.cancel(first)
        heap.cancelAll(of: 1)
        let cancelledTwice = heap.cancel(second)
        let next = heap.nextDeadline()
        #expect(!cancelledFired && !cancelledTwice)
        #expect(next == nil)
    }
}
