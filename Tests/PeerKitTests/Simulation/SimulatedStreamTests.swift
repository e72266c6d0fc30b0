import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import PeerKit

@Suite("Simulated streams") struct SimulatedStreamTests {
    private func endpoint(_ node: SimulatedNode, _ port: UInt16) -> IPEndpoint {
        IPEndpoint(address: node.address, port: port)
    }

    @Test("bytes arrive complete and in order", arguments: Simulation.seeds(1...8))
    func integrity(seed: UInt64) throws {
        try Simulation.run(seed: seed, conditions: .lossy) { simulation in
            let pair = try await simulation.connectedPair(
                simulation.node("a"), simulation.node("b"), keepsPieces: true)
            let content = bytes(200_000, seed: UInt8(seed))
            var offset = 0
            while offset < content.count {
                let end = min(content.count, offset + 1 + Int(seed) * 977)
                pair.client.send(Array(content[offset..<end]))
                offset = end
            }
            try await simulation.sleep(for: .seconds(60))
            #expect(pair.server.received == content)
            #expect(pair.server.state.wasAlwaysOnExecutor)
        }
    }

    @Test func lostSegmentsComeLaterAndHoldUpTheRest() throws {
        var conditions = NetworkConditions.ideal
        conditions.link.loss = 0.2
        try Simulation.run(seed: 1, conditions: conditions) { simulation in
            let pair = try await simulation.connectedPair(
                simulation.node("a"), simulation.node("b"))
            for _ in 0..<1000 {
                pair.client.send(bytes(10))
                try await simulation.sleep(for: .milliseconds(10))
            }
            try await simulation.sleep(for: .seconds(1))
            #expect(pair.server.state.bytes == 10_000)
            // Five standard deviations of 1,000 draws are 63.
            #expect((137...263).contains(simulation.statistics.retransmissions))
        }
    }

    @Test func connectingTakesARoundTrip() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let server = simulation.node("b")
            let client = simulation.node("a")
            let target = endpoint(server, 80)
            _ = try await server.runtime.network.listen(on: target) { _ in }
            let channel = try await client.runtime.network.connect(
                to: target, timeout: .seconds(1))
            #expect(simulation.now == Instant(nanoseconds: 2_000_000))
            #expect(channel.remoteEndpoint == target)
            #expect(channel.localEndpoint.address == client.address)
            #expect(channel.localEndpoint.port >= 49_152)
        }
    }

    @Test func connectingWhereNobodyListensIsRefused() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let target = endpoint(simulation.node("b"), 80)
            let network = simulation.node("a").runtime.network
            await #expect(throws: NetworkError.refused(target)) {
                _ = try await network.connect(to: target, timeout: .seconds(10))
            }
            #expect(simulation.now == Instant(nanoseconds: 2_000_000))
        }
    }

    @Test func connectingAcrossAPartitionTimesOut() throws {
        try Simulation.run(seed: 1) { simulation in
            let server = simulation.node("b")
            let client = simulation.node("a")
            let target = endpoint(server, 80)
            _ = try await server.runtime.network.listen(on: target) { _ in }
            simulation.partition([[server]])
            await #expect(throws: NetworkError.timedOut(target)) {
                _ = try await client.runtime.network.connect(to: target, timeout: .seconds(10))
            }
            #expect(simulation.now == Instant(nanoseconds: 10_000_000_000))
        }
    }

    @Test func connectingEndsWhenThePartitionHeals() throws {
        try Simulation.run(seed: 1) { simulation in
            let server = simulation.node("b")
            let client = simulation.node("a")
            let target = endpoint(server, 80)
            _ = try await server.runtime.network.listen(on: target) { _ in }
            simulation.partition([[server]])
            _ = simulation.executor.schedule(at: Instant(nanoseconds: 500_000_000)) {
                simulation.heal()
            }
            _ = try await client.runtime.network.connect(to: target, timeout: .seconds(10))
            #expect(simulation.now > Instant(nanoseconds: 1_000_000_000))
            #expect(simulation.now < Instant(nanoseconds: 1_100_000_000))
        }
    }

    @Test func connectingToAnAddressNobodyHasIsUnreachable() throws {
        try Simulation.run(seed: 1) { simulation in
            let target = IPEndpoint(address: .v4(IPv4Address(10, 9, 9, 9)), port: 1)
            let network = simulation.node("a").runtime.network
            await #expect(throws: NetworkError.self) {
                _ = try await network.connect(to: target, timeout: .seconds(10))
            }
            #expect(simulation.now == Instant(nanoseconds: 3_000_000_000))
        }
    }

    @Test func aCancelledConnectThrowsClosed() throws {
        try Simulation.run(seed: 1) { simulation in
            let server = simulation.node("b")
            let runtime = simulation.node("a").runtime
            let target = endpoint(server, 80)
            simulation.partition([[server]])
            let seen = NIOLockedValueBox<(any Error)?>(nil)
            let scope = TaskScope()
            scope.start(on: runtime.executors.home) {
                do {
                    _ = try await runtime.network.connect(to: target, timeout: .seconds(60))
                } catch { seen.withLockedValue { $0 = error } }
            }
            try await simulation.sleep(for: .seconds(1))
            scope.cancel()
            await scope.drained()
            #expect(seen.withLockedValue { $0 } as? NetworkError == .closed)
            #expect(simulation.now == Instant(nanoseconds: 1_000_000_000))
        }
    }

    @Test func portsAreTakenOnceAndPortZeroFindsAFreeOne() throws {
        try Simulation.run(seed: 1) { simulation in
            let node = simulation.node("a")
            let network = node.runtime.network
            let first = try await network.listen(on: endpoint(node, 80)) { _ in }
            await #expect(throws: NetworkError.addressInUse(endpoint(node, 80))) {
                _ = try await network.listen(on: endpoint(node, 80)) { _ in }
            }
            let any = try await network.listen(on: endpoint(node, 0)) { _ in }
            #expect(any.endpoint.port != 0)
            await first.close()
            _ = try await network.listen(on: endpoint(node, 80)) { _ in }
            await #expect(throws: NetworkError.self) {
                _ = try await network.listen(
                    on: IPEndpoint(address: .v4(IPv4Address(10, 8, 7, 6)), port: 81)
                ) { _ in }
            }
        }
    }

    @Test func loopbackReachesTheOwnMachineOnly() throws {
        try Simulation.run(seed: 1) { simulation in
            let node = simulation.node("a")
            let neighbour = simulation.node("neighbour", onMachineOf: node)
            let stranger = simulation.node("stranger")
            let target = IPEndpoint(address: .v4(IPv4Address(127, 0, 0, 1)), port: 80)
            _ = try await node.runtime.network.listen(on: target) { _ in }
            let channel = try await neighbour.runtime.network.connect(
                to: target, timeout: .seconds(1))
            #expect(channel.localEndpoint.address == target.address)
            await #expect(throws: NetworkError.refused(target)) {
                _ = try await stranger.runtime.network.connect(to: target, timeout: .seconds(1))
            }
        }
    }

    @Test func namesResolveFromTheTable() throws {
        try Simulation.run(seed: 1) { simulation in
            let node = simulation.node("a")
            let network = node.runtime.network
            let own = try await network.resolve("a")
            #expect(own == [node.address])
            await #expect(throws: NetworkError.unresolved("b.example")) {
                _ = try await network.resolve("b.example")
            }
            simulation.setName("b.example", [node.address, .simulatedBroadcast])
            let count = try await network.resolve("b.example").count
            #expect(count == 2)
        }
    }

    @Test("N bytes take N / bandwidth", arguments: [1_000_000, 10_000_000] as [UInt64])
    func bandwidth(rate: UInt64) throws {
        var conditions = NetworkConditions.ideal
        conditions.link.bandwidth = rate
        try Simulation.run(seed: 1, conditions: conditions) { simulation in
            let pair = try await simulation.connectedPair(
                simulation.node("a"), simulation.node("b"))
            let start = simulation.now
            pair.client.send(bytes(5_000_000))
            try await simulation.sleep(for: .seconds(30))
            let state = pair.server.state
            #expect(state.bytes == 5_000_000)
            let taken = start.duration(to: try #require(state.lastByteAt)).seconds
            let expected = 5_000_000 / Double(rate)
            #expect(taken >= expected)
            #expect(taken < expected * 1.02)
        }
    }

    @Test func streamsShareALink() throws {
        var conditions = NetworkConditions.ideal
        conditions.link.bandwidth = 1_000_000
        try Simulation.run(seed: 1, conditions: conditions) { simulation in
            let client = simulation.node("a")
            let server = simulation.node("b")
            let first = try await simulation.connectedPair(client, server)
            let second = try await simulation.connectedPair(client, server)
            let start = simulation.now
            first.client.send(bytes(2_000_000))
            second.client.send(bytes(2_000_000))
            try await simulation.sleep(for: .seconds(30))
            let times = try [first, second].map { pair in
                start.duration(to: try #require(pair.server.state.lastByteAt)).seconds
            }
            // The first is one window ahead at most.
            #expect(times.allSatisfy { $0 > 2.9 && $0 < 4.1 })
            #expect(times.contains { $0 > 3.99 })
        }
    }

    @Test func theWindowLimitsAStreamToOneWindowPerRoundTrip() throws {
        var conditions = NetworkConditions.ideal
        conditions.streamWindow = 100_000
        try Simulation.run(seed: 1, conditions: conditions) { simulation in
            let pair = try await simulation.connectedPair(
                simulation.node("a"), simulation.node("b"))
            let start = simulation.now
            pair.client.send(bytes(10_000_000))
            try await simulation.sleep(for: .seconds(30))
            let taken = start.duration(to: try #require(pair.server.state.lastByteAt)).seconds
            #expect(taken > 0.19 && taken < 0.21)
        }
    }

    @Test func aWriterThatIgnoresBackPressureFillsItsQueueAndOneThatHonoursItDoesNot() throws {
        let total = 8 << 20
        func largestQueue(honours: Bool) throws -> Int {
            var conditions = NetworkConditions.ideal
            conditions.link.bandwidth = 10_000_000
            return try Simulation.run(seed: 1, conditions: conditions) { simulation in
                let sent = NIOLockedValueBox(0)
                @Sendable func write(_ channel: any TransportChannel) {
                    while sent.withLockedValue({ $0 }) < total {
                        if honours, !channel.isWritable { return }
                        channel.write(ByteBuffer(repeating: 1, count: 16 << 10))
                        channel.flush()
                        sent.withLockedValue { $0 += 16 << 10 }
                    }
                }
                let pair = try await simulation.connectedPair(
                    simulation.node("a"), simulation.node("b"), onWritable: write)
                pair.client.use(write)
                try await simulation.sleep(for: .seconds(30))
                #expect(pair.server.state.bytes == total)
                #expect(pair.client.state.writableCalls > 0)
                return simulation.statistics.largestSendQueue
            }
        }
        #expect(try largestQueue(honours: true) <= 64 << 10)
        #expect(try largestQueue(honours: false) > 6 << 20)
    }

    @Test func aReaderThatStopsHoldsUpTheWriter() throws {
        var conditions = NetworkConditions.ideal
        conditions.streamWindow = 256 << 10
        try Simulation.run(seed: 1, conditions: conditions) { simulation in
            let pair = try await simulation.connectedPair(
                simulation.node("a"), simulation.node("b"))
            pair.server.use { $0.setReading(false) }
            try await simulation.sleep(for: .milliseconds(1))
            pair.client.send(bytes(1 << 20))
            try await simulation.sleep(for: .seconds(60))
            #expect(pair.server.state.bytes == 0)
            #expect(pair.client.state.writableCalls == 0)
            #expect(!pair.client.state.isClosed)
            pair.server.use { $0.setReading(true) }
            try await simulation.sleep(for: .seconds(60))
            #expect(pair.server.state.bytes == 1 << 20)
            #expect(pair.client.state.writableCalls == 1)
        }
    }

    @Test func nothingIsDeliveredBeforeTheStart() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let server = simulation.node("b")
            let client = simulation.node("a")
            let target = endpoint(server, 80)
            let accepted = NIOLockedValueBox<(any TransportChannel)?>(nil)
            _ = try await server.runtime.network.listen(on: target) { channel in
                accepted.withLockedValue { $0 = channel }
            }
            try await client.perform { runtime in
                let channel = try await runtime.network.connect(to: target, timeout: .seconds(1))
                channel.executor.execute {
                    channel.write(ByteBuffer(string: "hello"))
                    channel.close()
                }
            }
            try await simulation.sleep(for: .seconds(1))
            let channel = try #require(accepted.withLockedValue { $0 })
            let log = ChannelLog(channel)
            channel.executor.execute { channel.start(log) }
            try await simulation.sleep(for: .seconds(1))
            #expect(log.received == Array("hello".utf8))
            #expect(log.state.isClosed && log.state.error == nil)
            #expect(log.state.completions == 1)
        }
    }

    @Test func writesAreNotAnsweredFromWithin() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let depth = NIOLockedValueBox(0)
            let worst = NIOLockedValueBox(0)
            let pair = try await simulation.connectedPair(
                simulation.node("a"), simulation.node("b"),
                onBytes: { channel, bytes in
                    let now = depth.withLockedValue { depth in
                        depth += 1
                        return depth
                    }
                    worst.withLockedValue { $0 = max($0, now) }
                    channel.write(bytes)
                    channel.flush()
                    depth.withLockedValue { $0 -= 1 }
                })
            for _ in 0..<100 { pair.client.send([1, 2, 3]) }
            try await simulation.sleep(for: .seconds(1))
            #expect(pair.client.state.bytes == 300)
            #expect(worst.withLockedValue { $0 } == 1)
        }
    }

    @Test func closingSendsEverythingFirstAndEndsBothSidesInOrder() throws {
        var conditions = NetworkConditions.ideal
        conditions.link.bandwidth = 1_000_000
        try Simulation.run(seed: 1, conditions: conditions) { simulation in
            let pair = try await simulation.connectedPair(
                simulation.node("a"), simulation.node("b"))
            pair.client.use {
                $0.write(ByteBuffer(repeating: 1, count: 3 << 20))
                $0.close()
            }
            try await simulation.sleep(for: .seconds(30))
            #expect(pair.server.state.bytes == 3 << 20)
            #expect(pair.server.state.isClosed && pair.server.state.error == nil)
            #expect(pair.client.state.isClosed && pair.client.state.error == nil)
            #expect(simulation.statistics.resets == 0)
        }
    }

    @Test func abortingLosesWhatIsQueuedAndResetsThePeer() throws {
        var conditions = NetworkConditions.ideal
        conditions.link.bandwidth = 1_000_000
        try Simulation.run(seed: 1, conditions: conditions) { simulation in
            let pair = try await simulation.connectedPair(
                simulation.node("a"), simulation.node("b"))
            pair.client.use {
                $0.write(ByteBuffer(repeating: 1, count: 3 << 20))
                $0.flush()
                $0.abort()
            }
            try await simulation.sleep(for: .seconds(30))
            #expect(pair.server.state.bytes < 3 << 20)
            #expect(pair.server.state.isClosed && pair.server.state.error == nil)
            #expect(simulation.statistics.resets == 1)
            #expect(pair.client.state.isClosed && pair.client.state.error == nil)
        }
    }

    @Test func writingToAClosedPeerIsAnsweredWithAReset() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let pair = try await simulation.connectedPair(
                simulation.node("a"), simulation.node("b"))
            pair.client.use { $0.setReading(false) }
            pair.server.use { $0.close() }
            try await simulation.sleep(for: .seconds(1))
            #expect(!pair.client.state.isClosed)
            pair.client.send([1])
            try await simulation.sleep(for: .seconds(1))
            #expect(pair.client.state.isClosed && pair.client.state.error == nil)
            #expect(simulation.statistics.resets == 1)
        }
    }

    @Test func aPartitionStallsAStreamUntilItHeals() throws {
        try Simulation.run(seed: 1) { simulation in
            let client = simulation.node("a")
            let server = simulation.node("b")
            let pair = try await simulation.connectedPair(client, server, keepsPieces: true)
            simulation.partition([[client], [server]])
            pair.client.send(bytes(50_000))
            try await simulation.sleep(for: .seconds(10))
            #expect(pair.server.state.bytes == 0)
            simulation.heal()
            try await simulation.sleep(for: .seconds(10))
            #expect(pair.server.received == bytes(50_000))
            #expect(!pair.client.state.isClosed && !pair.server.state.isClosed)
        }
    }

    @Test func aPartitionThatLastsTimesTheSenderOut() throws {
        try Simulation.run(seed: 1) { simulation in
            let client = simulation.node("a")
            let server = simulation.node("b")
            let pair = try await simulation.connectedPair(client, server)
            simulation.partition([[client], [server]])
            pair.client.send([1])
            try await simulation.sleep(for: .seconds(60))
            #expect(pair.client.state.error == .timedOut(pair.client.channel.remoteEndpoint))
            let closedAt = try #require(pair.client.state.closedAt)
            #expect(closedAt > Instant(nanoseconds: 30_000_000_000))
            #expect(closedAt < Instant(nanoseconds: 34_000_000_000))
            // The server had nothing to send and cannot know; once healed, it will be told.
            #expect(!pair.server.state.isClosed)
            simulation.heal()
            pair.server.send([1])
            try await simulation.sleep(for: .seconds(1))
            #expect(pair.server.state.isClosed && pair.server.state.error == nil)
            #expect(simulation.statistics.resets == 1)
        }
    }

    @Test func aCutInOneDirectionStallsThatDirectionOnly() throws {
        try Simulation.run(seed: 1) { simulation in
            let client = simulation.node("a")
            let server = simulation.node("b")
            let pair = try await simulation.connectedPair(client, server)
            simulation.setCut(true, from: client, to: server)
            pair.client.send([1])
            pair.server.send([2, 3])
            try await simulation.sleep(for: .seconds(5))
            #expect(pair.client.state.bytes == 2)
            #expect(pair.server.state.bytes == 0)
            simulation.setCut(false, from: client, to: server)
            try await simulation.sleep(for: .seconds(5))
            #expect(pair.server.state.bytes == 1)
        }
    }

    @Test func streamsHaveNoMessageBoundaries() throws {
        try Simulation.run(seed: 1) { simulation in
            let pair = try await simulation.connectedPair(
                simulation.node("a"), simulation.node("b"), keepsPieces: true)
            for _ in 0..<200 {
                pair.client.send(bytes(100))
                try await simulation.sleep(for: .milliseconds(10))
            }
            #expect(pair.server.state.bytes == 20_000)
            #expect(pair.server.state.pieces.contains { $0.count < 100 })
        }
    }
}
