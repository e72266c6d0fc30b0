import NIOCore
import Testing

@testable import PeerKit

@Suite("Starting and stopping, in a simulated network") struct StoppingTests {
    @Test("streams with work left finish, and all they have sent arrives", arguments: 1...5)
    func drains(seed: UInt64) throws {
        try SimulatedPeers.pair(seed: seed) { pair in
            let runtime = pair.server.runtime
            await pair.server.handle("/job/1.0.0") { stream in
                _ = try await stream.read()
                try await runtime.sleep(for: .seconds(2))
                try await stream.write([UInt8](repeating: 9, count: 50_000))
            }
            let stream = try await pair.stream("/job/1.0.0")
            try await stream.write([1])
            try await pair.simulation.sleep(for: .milliseconds(100))
            let start = pair.simulation.now
            async let stopped: Void = pair.server.stop()
            let answer = try await stream.readToEnd(limit: 100_000)
            #expect(answer.readableBytes == 50_000)
            await stopped
            #expect(start.duration(to: pair.simulation.now) < .seconds(4))
        }
    }

    @Test func whoNeedsTooLongIsCutOff() throws {
        try SimulatedPeers.pair { pair in
            let runtime = pair.server.runtime
            await pair.server.handle("/job/1.0.0") { stream in
                _ = try await stream.read()
                try await runtime.sleep(for: .seconds(1000))
            }
            let stream = try await pair.stream("/job/1.0.0")
            try await stream.write([1])
            try await pair.simulation.sleep(for: .milliseconds(100))
            let start = pair.simulation.now
            await pair.server.stop()
            let time = start.duration(to: pair.simulation.now)
            #expect((.seconds(5) ... .seconds(6)).contains(time))
            await #expect(throws: StreamError.self) { _ = try await stream.read() }
        }
    }

    @Test func aStreamThatOnlyWaitsHoldsNothingUp() throws {
        try SimulatedPeers.pair { pair in
            let stream = try await pair.stream()
            try await stream.write([1])
            _ = try await stream.read(exactly: 1)
            try await pair.simulation.sleep(for: .seconds(1))
            let start = pair.simulation.now
            await pair.server.stop()
            #expect(start.duration(to: pair.simulation.now) < .milliseconds(100))
        }
    }

    @Test("stopping amid handshakes ends, whatever the moment", arguments: 0..<30)
    func stopsAmidHandshakes(seed: UInt64) throws {
        try Simulation.run(seed: seed, conditions: .ideal) { simulation in
            let server = try await SimulatedPeers.start(simulation.node("server"))
            var clients: [PeerNode] = []
            for number in 0..<4 {
                clients.append(
                    try await SimulatedPeers.start(simulation.node("client-\(number)")))
            }
            let address = try await server.address
            let first = clients[0]
            await withTaskGroup(of: Void.self) { group in
                for client in clients {
                    group.addTask { _ = try? await client.connect(to: address) }
                }
                group.addTask {
                    try? await simulation.sleep(for: .microseconds(500 * Int(seed)))
                    await server.stop()
                }
                group.addTask {
                    try? await simulation.sleep(for: .microseconds(400 * Int(seed)))
                    _ = try? await server.connect(to: try await first.address)
                }
            }
            for client in clients { await client.stop() }
            // What was under way when the server stopped is over after one time-out.
            try await simulation.sleep(for: .seconds(15))
            try server.requireNothingLeft()
            for client in clients { try client.requireNothingLeft() }
        }
    }

    @Test("a handshake that ends amid the drain does not hold up the stop", arguments: 1...6)
    func connectsAmidTheDrain(milliseconds: Int) throws {
        try SimulatedPeers.pair { pair in
            let runtime = pair.server.runtime
            await pair.server.handle("/job/1.0.0") { stream in
                _ = try await stream.read()
                try await runtime.sleep(for: .seconds(2))
                try await stream.write([1])
            }
            let stream = try await pair.stream("/job/1.0.0")
            try await stream.write([1])
            let late = try await SimulatedPeers.start(pair.simulation.node("late"))
            try await pair.simulation.sleep(for: .seconds(1))
            let address = try await pair.server.address
            async let dial = late.connect(to: address)
            try await pair.simulation.sleep(for: .milliseconds(milliseconds))
            let start = pair.simulation.now
            await pair.server.stop()
            #expect(start.duration(to: pair.simulation.now) < .seconds(2))
            _ = try? await dial
            #expect(try await stream.readToEnd(limit: 10).readableBytes == 1)
            try pair.server.requireNothingLeft()
            await late.stop()
        }
    }

    @Test func stoppingTwiceAtOnceIsStoppingOnce() throws {
        try SimulatedPeers.pair { pair in
            async let first: Void = pair.server.stop()
            async let second: Void = pair.server.stop()
            await first
            await second
            await pair.server.stop()
            let peer = pair.client.peerID
            await #expect(throws: HostError.notRunning) {
                try await pair.server.connect(to: peer)
            }
        }
    }

    @Test("stopping while starting does both in order", arguments: 0..<10)
    func stopsWhileStarting(seed: UInt64) throws {
        try Simulation.run(seed: seed, conditions: .ideal) { simulation in
            let place = simulation.node("a")
            var generator = RuntimeGenerator(place.runtime.random)
            let node = try await PeerNode(
                identity: .generate(using: &generator), runtime: place.runtime,
                configuration: SimulatedPeers.configuration(of: place))
            async let started: Void = node.start()
            async let stopped: Void = node.stop()
            _ = try? await started
            await stopped
            await node.stopped()
            try node.requireNothingLeft()
            // The port is free again.
            let next = try await SimulatedPeers.start(place)
            await next.stop()
        }
    }

    @Test func aFailedStartLeavesNothingAndMayBeRepeated() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let place = simulation.node("a")
            let first = try await SimulatedPeers.start(place)
            var generator = RuntimeGenerator(place.runtime.random)
            var settings = SimulatedPeers.configuration(of: place)
            settings.listenAddresses.insert(
                Multiaddr(ip: IPEndpoint(address: place.address, port: 0), transport: .tcp), at: 0)
            let second = try await PeerNode(
                identity: .generate(using: &generator), runtime: place.runtime,
                configuration: settings)
            await #expect(throws: HostError.self) { try await second.start() }
            #expect(await second.listenAddresses.isEmpty)
            await first.stop()
            try await second.start()
            #expect(await second.listenAddresses.count == 2)
            await second.stop()
        }
    }

    struct Failing: PeerService {
        struct Broken: Error {}
        let name = "failing"
        func run(on node: PeerNode) async throws {
            try await node.runtime.sleep(for: .seconds(3))
            throw Broken()
        }
    }

    @Test func aServiceThatFailsStopsTheNodeInOrder() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let (placeA, placeB) = (simulation.node("a"), simulation.node("b"))
            let b = try await SimulatedPeers.start(placeB)
            let address = try await b.address
            let place = placeA
            var generator = RuntimeGenerator(place.runtime.random)
            let a = try await PeerNode(
                identity: .generate(using: &generator), runtime: place.runtime,
                configuration: SimulatedPeers.configuration(of: place)
            ) { Failing() }
            await a.handle("/job/1.0.0") { stream in
                _ = try await stream.read()
                try await place.runtime.sleep(for: .seconds(4))
                try await stream.write([7])
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: Failing.Broken.self) { try await a.run() }
                }
                group.addTask {
                    try await simulation.sleep(for: .seconds(1))
                    let peer = try await b.connect(to: try await a.address)
                    let stream = try await b.newStream(to: peer, protocol: "/job/1.0.0")
                    try await stream.write([1])
                    // The service fails after three seconds; the stream still gets its answer.
                    #expect(try await stream.readToEnd(limit: 10).readableBytes == 1)
                }
                try await group.waitForAll()
            }
            _ = address
            await b.stop()
            try a.requireNothingLeft()
        }
    }
}
