import Testing

@testable import PeerKit

@Suite("Simulated datagrams") struct SimulatedDatagramTests {
    private static let any = IPAddress.v4(IPv4Address(0, 0, 0, 0))

    private static func socket(
        _ node: SimulatedNode, port: UInt16 = 4902, shared: Bool = false, broadcast: Bool = false,
        address: IPAddress = any
    ) async throws -> any DatagramSocket {
        try await node.runtime.network.openDatagrams(
            DatagramBinding(
                endpoint: IPEndpoint(address: address, port: port), isShared: shared,
                allowsBroadcast: broadcast))
    }

    /// Closes the socket and returns what had come.
    private static func drain(_ socket: any DatagramSocket) async -> [Datagram] {
        await socket.close()
        var all: [Datagram] = []
        for await datagram in socket.datagrams { all.append(datagram) }
        return all
    }

    /// Sends numbered datagrams one a millisecond and returns the numbers as they came.
    private static func numbers(
        _ link: LinkConditions, count: Int = 5_000
    ) throws -> (received: [Int], statistics: SimulationStatistics) {
        try Simulation.run(seed: 11, conditions: NetworkConditions(link: link)) { simulation in
            let sender = simulation.node("a")
            let receiver = simulation.node("b")
            let output = try await socket(sender)
            let input = try await socket(receiver)
            let scope = TaskScope()
            let target = IPEndpoint(address: receiver.address, port: 4902)
            scope.start(on: sender.runtime.executors.home) {
                for number in 0..<count {
                    try? await output.send(
                        [UInt8(number >> 8), UInt8(number & 0xff)], to: target)
                    try? await sender.runtime.sleep(for: .milliseconds(1))
                }
                try? await sender.runtime.sleep(for: .seconds(1))
                await input.close()
            }
            var received: [Int] = []
            for await datagram in input.datagrams {
                received.append(Int(datagram.payload[0]) << 8 | Int(datagram.payload[1]))
            }
            await scope.drained()
            return (received, simulation.statistics)
        }
    }

    @Test func aPerfectLinkDeliversEachOnceInOrder() throws {
        let (received, _) = try Self.numbers(LinkConditions(latency: .constant(.milliseconds(5))))
        #expect(received == Array(0..<5_000))
    }

    @Test func lossIsNearItsProbability() throws {
        let (received, statistics) = try Self.numbers(
            LinkConditions(latency: .constant(.milliseconds(5)), loss: 0.2))
        // Five standard deviations of 5,000 draws are 141.
        #expect((3_859...4_141).contains(received.count))
        #expect(statistics.datagramsLost == UInt64(5_000 - received.count))
    }

    @Test func duplicationIsNearItsProbability() throws {
        let (received, statistics) = try Self.numbers(
            LinkConditions(latency: .constant(.milliseconds(5)), duplication: 0.1))
        let copies = received.count - 5_000
        #expect((394...606).contains(copies))
        #expect(statistics.datagramsDuplicated == UInt64(copies))
        #expect(Set(received).count == 5_000)
    }

    @Test func reorderingIsNearItsProbability() throws {
        let (received, statistics) = try Self.numbers(
            LinkConditions(latency: .constant(.milliseconds(5)), reordering: 0.1))
        #expect(received.sorted() == Array(0..<5_000))
        #expect((394...606).contains(statistics.datagramsReordered))
        var late = 0
        var highest = -1
        for number in received {
            if number < highest { late += 1 }
            highest = max(highest, number)
        }
        // Held back by up to 20 ms among datagrams a millisecond apart: nearly all are overtaken.
        #expect((340...606).contains(late))
    }

    @Test func aFullLinkLosesWhatWouldWaitTooLong() throws {
        let conditions = NetworkConditions(
            link: LinkConditions(
                latency: .constant(.milliseconds(1)), bandwidth: 100_000,
                maximumQueueing: .milliseconds(100)))
        try Simulation.run(seed: 1, conditions: conditions) { simulation in
            let sender = simulation.node("a")
            let receiver = simulation.node("b")
            let output = try await Self.socket(sender)
            let input = try await Self.socket(receiver)
            for _ in 0..<100 {
                try await output.send(
                    bytes(1000), to: IPEndpoint(address: receiver.address, port: 4902))
            }
            try await simulation.sleep(for: .seconds(2))
            // 10 ms each: those that find at most 100 ms of queue.
            #expect(await Self.drain(input).count == 11)
            #expect(simulation.statistics.datagramsLost == 89)
        }
    }

    @Test func datagramsLongerThanTheLinkTakesAreRefused() throws {
        try Simulation.run(seed: 1) { simulation in
            let sender = simulation.node("a")
            let receiver = simulation.node("b")
            let output = try await Self.socket(sender)
            let target = IPEndpoint(address: receiver.address, port: 4902)
            try await output.send(bytes(1472), to: target)
            await #expect(throws: NetworkError.self) {
                try await output.send(bytes(1473), to: target)
            }
            let own = IPEndpoint(address: .v4(IPv4Address(127, 0, 0, 1)), port: 4902)
            try await output.send(bytes(65_507), to: own)
            try await simulation.sleep(for: .seconds(1))
            #expect(await Self.drain(output).map(\.payload.count) == [65_507])
        }
    }

    @Test func broadcastReachesEverySocketOfTheReachableNodes() throws {
        try Simulation.run(seed: 1) { simulation in
            let nodes = (0..<4).map { simulation.node("n\($0)") }
            let neighbour = simulation.node("neighbour", onMachineOf: nodes[1])
            var sockets: [any DatagramSocket] = []
            for node in nodes + [neighbour] {
                sockets.append(try await Self.socket(node, shared: true, broadcast: true))
            }
            let bound = try await Self.socket(nodes[1], shared: true, address: nodes[1].address)
            simulation.partition([[nodes[3]]])
            try await sockets[0].send(
                [7], to: IPEndpoint(address: .simulatedBroadcast, port: 4902))
            try await simulation.sleep(for: .seconds(1))
            var counts: [Int] = []
            for socket in sockets { counts.append(await Self.drain(socket).count) }
            #expect(counts == [1, 1, 1, 0, 1])
            // As on Linux, a socket bound to one address hears no broadcast.
            #expect(await Self.drain(bound).isEmpty)
        }
    }

    @Test func loopbackBroadcastStaysOnTheMachine() throws {
        try Simulation.run(seed: 1) { simulation in
            let node = simulation.node("a")
            let neighbour = simulation.node("neighbour", onMachineOf: node)
            let stranger = simulation.node("stranger")
            let loopback = try #require(
                try node.runtime.network.interfaces().first { $0.address.isLoopback })
            let output = try await Self.socket(node, shared: true, broadcast: true)
            let near = try await Self.socket(neighbour, shared: true, broadcast: true)
            let far = try await Self.socket(stranger, shared: true, broadcast: true)
            let target = IPEndpoint(address: try #require(loopback.broadcast), port: 4902)
            try await output.send([1], to: target)
            try await simulation.sleep(for: .seconds(1))
            #expect(await Self.drain(near).map(\.source.address) == [loopback.address])
            #expect(await Self.drain(far).isEmpty)
        }
    }

    @Test func broadcastNeedsPermissionAndPortsNeedSharing() throws {
        try Simulation.run(seed: 1) { simulation in
            let node = simulation.node("a")
            let first = try await Self.socket(node)
            await #expect(throws: NetworkError.self) {
                try await first.send(
                    [1], to: IPEndpoint(address: .simulatedBroadcast, port: 4902))
            }
            await #expect(throws: NetworkError.self) {
                _ = try await Self.socket(node, shared: true)
            }
            await first.close()
            _ = try await Self.socket(node, shared: true)
            _ = try await Self.socket(node, shared: true)
            await #expect(throws: NetworkError.closed) {
                try await first.send([1], to: first.endpoint)
            }
        }
    }

    @Test func aSlowReaderLosesTheNewest() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let sender = simulation.node("a")
            let receiver = simulation.node("b")
            let output = try await Self.socket(sender)
            let input = try await Self.socket(receiver)
            for number in 0..<400 {
                try await output.send(
                    [UInt8(number >> 8), UInt8(number & 0xff)],
                    to: IPEndpoint(address: receiver.address, port: 4902))
                try await simulation.sleep(for: .milliseconds(1))
            }
            let received = await Self.drain(input)
            #expect(received.count == 256)
            #expect(received.last?.payload == [0, 255])
        }
    }
}

@Suite("Latency") struct LatencyTests {
    private func samples(_ latency: Latency, count: Int = 20_000) -> [Double] {
        var generator = SimulationGenerator(seed: 1, label: "latency")
        return (0..<count).map { _ in Double(latency.sample(&generator)) / 1e6 }
    }

    @Test func distributionsHaveTheirParameters() {
        #expect(samples(.constant(.milliseconds(3)), count: 3) == [3, 3, 3])

        let uniform = samples(.uniform(.milliseconds(10)...(.milliseconds(20))))
        #expect(uniform.allSatisfy { (10...20).contains($0) })
        #expect(abs(uniform.reduce(0, +) / 20_000 - 15) < 0.15)

        let normal = samples(.normal(mean: .milliseconds(50), deviation: .milliseconds(5)))
        let mean = normal.reduce(0, +) / 20_000
        let variance = normal.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 20_000
        #expect(abs(mean - 50) < 0.2)
        #expect(abs(variance.squareRoot() - 5) < 0.15)

        let skewed = samples(.logNormal(median: .milliseconds(40), sigma: 0.5)).sorted()
        #expect(abs(skewed[10_000] - 40) < 1)
        // The 84.13th percentile is one deviation up: median · e^0.5.
        #expect(abs(skewed[16_827] - 65.95) < 2)
        #expect(abs(skewed[3_173] - 24.26) < 1)
    }

    @Test func aNormalDelayIsNeverNegative() {
        let delays = samples(.normal(mean: .milliseconds(1), deviation: .milliseconds(10)))
        #expect(delays.allSatisfy { $0 >= 0 && $0 <= 61 })
        #expect(delays.contains(0))
    }
}
