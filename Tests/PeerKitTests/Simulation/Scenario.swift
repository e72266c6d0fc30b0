import NIOConcurrencyHelpers
import NIOCore

@testable import PeerKit

/// Fixed programs whose traces are compared.
enum Scenario {
    static let recordedSwarmTrace =
        "2e93eb61fe571d92b9eba3bf1e9999821488ab357d43131f1e561e4707320466"
    static let recordedNetworkTrace =
        "105e311f77da21aa40807ff3eac8a61ee2f5b99a0c33585c60664d961bb68f18"

    /// `actors` pinned actors on ten nodes that send each other messages for a virtual minute.
    static func swarm(seed: UInt64, actors: Int) throws -> String {
        try Simulation.run(seed: seed) { simulation in
            let scope = TaskScope()
            let nodes = (0..<10).map { simulation.node("node\($0)") }
            let players = (0..<actors).map { Player($0, nodes[$0 % 10].runtime) }
            for player in players {
                scope.start(on: player.executor) { await player.run(players) }
            }
            try await simulation.sleep(for: .seconds(60))
            scope.cancel()
            await scope.drained()
            var total = 0
            for player in players { total += await player.received }
            simulation.record("received \(total)")
            return simulation.traceHex
        }
    }

    /// Streams, datagrams, a partition, a crash, a restart and storage between five nodes.
    static func network(seed: UInt64) throws -> String {
        try Simulation.run(seed: seed, conditions: .lossy) { simulation in
            let nodes = (0..<5).map { simulation.node("node\($0)") }
            nodes[4].setCommitLatency(.milliseconds(3))
            let pair = try await simulation.connectedPair(nodes[0], nodes[1])
            let other = try await simulation.connectedPair(nodes[2], nodes[4])
            pair.client.send(bytes(100_000))
            other.client.send(bytes(1_000))
            let socket = try await nodes[2].runtime.network.openDatagrams(
                DatagramBinding(
                    endpoint: IPEndpoint(address: .v4(IPv4Address(0, 0, 0, 0)), port: 4902),
                    allowsBroadcast: true))
            let receiver = try await nodes[3].runtime.network.openDatagrams(
                DatagramBinding(
                    endpoint: IPEndpoint(address: .v4(IPv4Address(0, 0, 0, 0)), port: 4902)))
            for index in 0..<50 {
                try await socket.send(
                    bytes(index), to: IPEndpoint(address: .simulatedBroadcast, port: 4902))
            }
            let store = try await nodes[4].runtime.storage.openStore("state")
            var batch = WriteBatch()
            batch.put([1], for: [1], in: "numbers")
            try await store.commit(batch)
            simulation.partition([[nodes[0]], [nodes[1]]])
            try await simulation.sleep(for: .seconds(2))
            simulation.heal()
            nodes[4].crash()
            _ = nodes[4].restart()
            try await simulation.sleep(for: .seconds(10))
            await socket.close()
            await receiver.close()
            var count = 0
            for await datagram in receiver.datagrams { count += datagram.payload.count }
            simulation.record("\(count) \(pair.server.state.bytes) \(other.server.state.bytes)")
            pair.client.use { $0.close() }
            try await simulation.sleep(for: .seconds(10))
            return simulation.traceHex
        }
    }
}

/// Sends to random others after random pauses, and answers some of what it gets.
actor Player {
    nonisolated let executor: any RuntimeExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let index: Int
    private let runtime: Runtime
    private(set) var received = 0

    init(_ index: Int, _ runtime: Runtime) {
        self.index = index
        self.runtime = runtime
        executor = runtime.executors.next()
    }

    func run(_ others: [Player]) async {
        var generator = RuntimeGenerator(runtime.random)
        while !Task.isCancelled {
            let pause = Int64.random(in: 1...200, using: &generator)
            guard (try? await runtime.sleep(for: .milliseconds(pause))) != nil else { return }
            let target = others[Int.random(in: 0..<others.count, using: &generator)]
            await target.receive(from: self, hops: 2)
        }
    }

    func receive(from sender: Player, hops: Int) async {
        received += 1
        if hops > 0, received % 3 == 0 { await sender.receive(from: self, hops: hops - 1) }
    }
}
