import NIOConcurrencyHelpers
import Testing

@testable import PeerKit

@Suite("Simulated crashes") struct SimulatedCrashTests {
    @Test func aKilledProcessResetsItsPeersAfterALatency() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let client = simulation.node("a")
            let server = simulation.node("b")
            let pair = try await simulation.connectedPair(client, server)
            let start = simulation.now
            server.crash()
            try await simulation.sleep(for: .seconds(1))
            #expect(pair.server.state.error == .closed)
            #expect(pair.client.state.isClosed && pair.client.state.error == nil)
            #expect(simulation.statistics.resets == 1)
            let closedAt = try #require(pair.client.state.closedAt)
            #expect(start.duration(to: closedAt) == .milliseconds(1))
        }
    }

    @Test func aMachineWithoutPowerIsSilentUntilItIsBack() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let client = simulation.node("a")
            let server = simulation.node("b")
            let pair = try await simulation.connectedPair(client, server)
            server.crash(.power)
            pair.client.send([1])
            try await simulation.sleep(for: .seconds(10))
            #expect(!pair.client.state.isClosed)
            _ = server.restart()
            try await simulation.sleep(for: .seconds(10))
            #expect(pair.client.state.isClosed && pair.client.state.error == nil)
            #expect(simulation.statistics.resets == 1)
        }
    }

    @Test func aMachineThatStaysOffTimesItsPeersOut() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let client = simulation.node("a")
            let server = simulation.node("b")
            let pair = try await simulation.connectedPair(client, server)
            // The window is full when the power goes: nothing is under way that could time out.
            pair.server.use { $0.setReading(false) }
            pair.client.send(bytes(2 << 20))
            try await simulation.sleep(for: .seconds(5))
            server.crash(.power)
            try await simulation.sleep(for: .seconds(60))
            #expect(pair.client.state.error == .timedOut(pair.client.channel.remoteEndpoint))
        }
    }

    @Test func aDeadRuntimeRefusesEverything() throws {
        try Simulation.run(seed: 1) { simulation in
            let node = simulation.node("a")
            let runtime = node.runtime
            let network = runtime.network
            let here = IPEndpoint(address: node.address, port: 80)
            let store = try await runtime.storage.openStore("s")
            let socket = try await network.openDatagrams(DatagramBinding(endpoint: here))
            node.crash()
            #expect(!node.isRunning)
            await #expect(throws: NetworkError.closed) {
                _ = try await network.listen(on: here) { _ in }
            }
            await #expect(throws: NetworkError.closed) {
                _ = try await network.connect(to: here, timeout: .seconds(1))
            }
            await #expect(throws: NetworkError.closed) { try await socket.send([1], to: here) }
            await #expect(throws: StorageError.closed) {
                _ = try await store.value(for: [1], in: "t")
            }
            await #expect(throws: StorageError.closed) {
                _ = try await runtime.storage.openStore("s")
            }
            var count = 0
            for await _ in socket.datagrams { count += 1 }
            #expect(count == 0)
        }
    }

    @Test func tasksOfACrashedNodeEndWhenTheirScopeIsCancelled() throws {
        try Simulation.run(seed: 1) { simulation in
            let node = simulation.node("a")
            let peer = simulation.node("b")
            let ticks = NIOLockedValueBox(0)
            let scope = TaskScope()
            scope.start(on: node.runtime.executors.home) {
                while (try? await node.runtime.sleep(for: .seconds(1))) != nil {
                    ticks.withLockedValue { $0 += 1 }
                }
            }
            simulation.partition([[peer]])
            let failure = NIOLockedValueBox<(any Error)?>(nil)
            scope.start(on: node.runtime.executors.home) {
                do {
                    _ = try await node.runtime.network.connect(
                        to: IPEndpoint(address: peer.address, port: 1), timeout: .seconds(100))
                } catch { failure.withLockedValue { $0 = error } }
            }
            try await simulation.sleep(for: .milliseconds(3500))
            node.crash()
            try await simulation.sleep(for: .seconds(10))
            #expect(ticks.withLockedValue { $0 } == 3)
            #expect(failure.withLockedValue { $0 } as? NetworkError == .closed)
            #expect(scope.count == 1)
            scope.cancel()
            await scope.drained()
            #expect(scope.count == 0)
        }
    }

    @Test func aRestartedNodeHasItsAddressPortsAndRandomnessAgain() throws {
        try Simulation.run(seed: 1) { simulation in
            let first = simulation.node("a")
            let here = IPEndpoint(address: first.address, port: 80)
            _ = try await first.runtime.network.listen(on: here) { _ in }
            let before = first.runtime.random.bytes(16)
            first.crash()
            let second = first.restart()
            #expect(second.address == first.address)
            #expect(second.isRunning && !first.isRunning)
            _ = try await second.runtime.network.listen(on: here) { _ in }
            #expect(second.runtime.random.bytes(16) != before)
            let pair = try await simulation.connectedPair(simulation.node("b"), second)
            pair.client.send([1])
            try await simulation.sleep(for: .seconds(1))
            #expect(pair.server.state.bytes == 1)
        }
    }

    @Test func storesSurviveCrashesAndAreSeparateByName() throws {
        try Simulation.run(seed: 1) { simulation in
            let node = simulation.node("a")
            let store = try await node.runtime.storage.openStore("one")
            var batch = WriteBatch()
            batch.put([42], for: [1], in: "t")
            try await store.commit(batch)
            node.crash()
            let again = node.restart()
            let reopened = try await again.runtime.storage.openStore("one")
            let stored = try await reopened.value(for: [1], in: "t")
            #expect(stored == [42])
            let other = try await again.runtime.storage.openStore("two")
            let absent = try await other.value(for: [1], in: "t")
            #expect(absent == nil)
        }
    }

    @Test func commitsTakeTheLatencyOfTheDisk() throws {
        try Simulation.run(seed: 1) { simulation in
            let node = simulation.node("a")
            node.setCommitLatency(.milliseconds(7))
            let store = try await node.runtime.storage.openStore("one")
            var batch = WriteBatch()
            batch.put([42], for: [1], in: "t")
            try await store.commit(batch)
            #expect(simulation.now == Instant(nanoseconds: 7_000_000))
        }
    }

    @Test func aCommitUnderWayAtACrashIsThereWhollyOrNotAtAll() throws {
        func survivors(seed: UInt64) throws -> [Bool] {
            try Simulation.run(seed: seed) { simulation in
                let node = simulation.node("a")
                node.setCommitLatency(.milliseconds(10))
                let store = try await node.runtime.storage.openStore("one")
                let scope = TaskScope()
                let failures = NIOLockedValueBox(0)
                for number in UInt8(0)..<4 {
                    scope.start(on: node.runtime.executors.home) {
                        var batch = WriteBatch()
                        for key in UInt8(0)..<8 { batch.put([1], for: [number, key], in: "t") }
                        do { try await store.commit(batch) } catch {
                            failures.withLockedValue { $0 += 1 }
                        }
                    }
                }
                try await simulation.sleep(for: .milliseconds(5))
                node.crash()
                scope.cancel()
                await scope.drained()
                #expect(failures.withLockedValue { $0 } == 4)
                let again = try await node.restart().runtime.storage.openStore("one")
                var whole: [Bool] = []
                for number in UInt8(0)..<4 {
                    let found = try await again.entries(prefix: [number], limit: 100, in: "t")
                    #expect(found.isEmpty || found.count == 8)
                    whole.append(!found.isEmpty)
                }
                return whole
            }
        }
        let counts = try (1...20).map { seed in
            try survivors(seed: UInt64(seed)).count { $0 }
        }
        #expect(Set(counts).count > 2)
    }
}
