import NIOCore
import Testing

@testable import PeerKit

@Suite("Standing of peers in a network") struct StandingSimulationTests {
    private static let fault = PeerFault(.equivocation, in: "/test/1", "two votes in one round")

    @Test("a suspended peer is disconnected, refused both ways, and let in again")
    func suspends() throws {
        try SimulatedPeers.pair { pair in
            let (server, client) = (pair.server, pair.client)
            try await pair.simulation.sleep(for: .milliseconds(100))
            server.report(Self.fault, by: client.peerID)
            try await pair.simulation.sleep(for: .seconds(1))
            #expect(await server.connectedPeers.isEmpty)
            #expect(server.standingState(of: client.peerID) == .suspended)
            // The client finds out only at its first operation; the handshake itself succeeds.
            let address = try await server.address
            _ = try? await client.connect(to: address)
            try await pair.simulation.sleep(for: .seconds(1))
            #expect(await server.connectedPeers.isEmpty)
            #expect(server.refusals["suspended"] == 1)
            await #expect(throws: HostError.self) { try await server.connect(to: client.peerID) }
            try await pair.simulation.sleep(for: .seconds(300))
            try await client.connect(to: address)
            try await pair.simulation.sleep(for: .seconds(1))
            #expect(await server.connectedPeers == [client.peerID])
            #expect(server.standings().map(\.peer) == [client.peerID])
        }
    }

    @Test func aPardonLetsInAtOnce() throws {
        try SimulatedPeers.pair { pair in
            let (server, client) = (pair.server, pair.client)
            try await server.ban(.peer(client.peerID), because: "test")
            #expect(server.bans().map(\.subject) == [.peer(client.peerID)])
            try await pair.simulation.sleep(for: .seconds(1))
            #expect(await server.connectedPeers.isEmpty)
            await server.pardon(client.peerID)
            #expect(server.bans().isEmpty)
            try await client.connect(to: try await server.address)
            try await pair.simulation.sleep(for: .seconds(1))
            #expect(await server.connectedPeers == [client.peerID])
        }
    }

    @Test("a banned address costs no handshake, and what stands from it is closed")
    func bansAddresses() throws {
        try SimulatedPeers.pair { pair in
            let (server, client) = (pair.server, pair.client)
            let subnet = IPSubnet(pair.clientPlace.address, length: 24)
            let other = IPSubnet(try IPAddress("192.0.2.0"), length: 24)
            try await pair.simulation.sleep(for: .milliseconds(100))
            try await server.ban(.subnet(other), because: "elsewhere")
            #expect(await server.connectedPeers == [client.peerID])
            try await server.ban(.subnet(subnet), for: .seconds(60), because: "test")
            try await pair.simulation.sleep(for: .seconds(1))
            #expect(await server.connectedPeers.isEmpty)
            await #expect(throws: (any Error).self) {
                try await client.connect(to: try await server.address)
            }
            #expect(server.refusals["banned"] == 1)
            await #expect(throws: HostError.self) {
                try await server.connect(to: try await client.address)
            }
            try await pair.simulation.sleep(for: .seconds(60))
            try await client.connect(to: try await server.address)
        }
    }

    @Test("a ban in the middle of a handshake lets nobody slip in", arguments: 0..<20)
    func bansDuringHandshakes(step: Int) throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let place = simulation.node("client")
            let server = try await SimulatedPeers.start(simulation.node("server"))
            let client = try await SimulatedPeers.start(place)
            let address = try await server.address
            let (peer, range) = (client.peerID, IPSubnet(place.address, length: 32))
            try await withThrowingTaskGroup { group in
                group.addTask { _ = try? await client.connect(to: address) }
                try await simulation.sleep(for: .microseconds(100 * step))
                try await server.ban(
                    step % 2 == 0 ? .peer(peer) : .subnet(range), because: "test")
                try await group.waitForAll()
            }
            try await simulation.sleep(for: .seconds(1))
            #expect(await server.connectedPeers.isEmpty)
            await client.stop()
            await server.stop()
            try server.requireNothingLeft()
        }
    }

    @Test("the book survives a crash of the process")
    func survivesRestart() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let place = simulation.node("server")
            let identity = try PeerIdentity.numbered(1)
            let (rude, worse) = try (
                PeerIdentity.numbered(2).peerID, PeerIdentity.numbered(3).peerID
            )
            let server = try await SimulatedPeers.start(place, identity: identity)
            server.report(PeerFault(.falseClaim, in: "/test/1", "a lie"), by: rude)
            server.report(Self.fault, by: worse)
            try await server.ban(.address(try IPAddress("10.9.9.9")), because: "test")
            try await simulation.sleep(for: .seconds(10))
            place.crash()
            let restarted = place.restart()
            let again = try await SimulatedPeers.start(restarted, identity: identity)
            #expect(again.standingState(of: worse) == .suspended)
            #expect(again.standing(of: rude) < -19 && again.standing(of: rude) > -20)
            #expect(
                again.explainStanding(of: rude).standing.faults.map(\.fault.detail) == ["a lie"])
            #expect(again.bans().map(\.reason) == ["test"])
            await again.pardon(worse)
            // Stopped in order, the last change is written without waiting.
            await again.stop()
            let third = try await SimulatedPeers.start(restarted, identity: identity)
            #expect(third.standingState(of: worse) == .good)
            #expect(third.standing(of: rude) < 0)
            await third.stop()
        }
    }

    @Test("who lies of itself in identify is scored", arguments: [0, 1, 2])
    func scoresIdentityLiars(number: Int) throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let other = try PeerIdentity.numbered(9)
            let lies: [IdentityLiar.Lie] = [
                .key(other.publicKey), .record(of: other), .nonsense,
            ]
            let liar = try await SimulatedPeers.start(
                simulation.node("liar"), services: [IdentityLiar(lie: lies[number])])
            let honest = try await SimulatedPeers.start(simulation.node("honest"))
            try await honest.connect(to: try await liar.address)
            try await simulation.sleep(for: .seconds(1))
            let standing = honest.explainStanding(of: liar.peerID).standing
            #expect(standing.score < -19)
            #expect(
                standing.faults.map(\.fault.kind)
                    == [number == 2 ? .protocolViolation : .falseClaim])
            #expect(liar.standings().isEmpty)
            await honest.stop()
            await liar.stop()
        }
    }

    @Test("who says it is where another peer is, is scored when that one is dialled")
    func scoresAddressLiars() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let victim = try await SimulatedPeers.start(simulation.node("victim"))
            let claim = try await victim.address.withoutPeerID
            let liar = try await SimulatedPeers.start(
                simulation.node("liar"), services: [IdentityLiar(lie: .addresses([claim]))])
            let honest = try await SimulatedPeers.start(simulation.node("honest"))
            try await honest.connect(to: try await liar.address)
            try await simulation.sleep(for: .seconds(1))
            #expect(honest.standings().isEmpty)
            await honest.disconnect(liar.peerID)
            try await simulation.sleep(for: .seconds(1))
            // Its true address is known as well, so that the dial succeeds all the same.
            try await honest.connect(to: liar.peerID)
            try await simulation.sleep(for: .seconds(1))
            #expect(honest.standings().map(\.peer) == [liar.peerID])
            #expect(honest.standings().first?.faults.first?.fault.kind == .falseClaim)
            for node in [honest, liar, victim] { await node.stop() }
        }
    }

    // MARK: Streams

    /// A server, a secured connection to it, and the server's view of who made it.
    private func attack(
        configure: @escaping @Sendable (inout PeerNodeConfiguration) -> Void = { _ in },
        _ body:
            @escaping @Sendable (Simulation, PeerNode, BareConnection, PeerID) async throws -> Void
    ) throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let server = try await SimulatedPeers.start(
                simulation.node("server"), configure: configure)
            let endpoint = try #require(await server.address.ipEndpoint)
            let bare = try await BareConnection.dial(
                endpoint, from: simulation.node("attacker"), as: 1)
            try await simulation.sleep(for: .milliseconds(100))
            try await body(simulation, server, bare, try PeerIdentity.numbered(1).peerID)
            bare.abort()
            try await simulation.sleep(for: .seconds(1))
            #expect(server.resourceUsage.system == ResourceUsage())
            await server.stop()
            try server.requireNothingLeft()
        }
    }

    @Test("a flooder of streams is scored, and what it took is given back")
    func scoresFlooders() throws {
        try attack(configure: { $0.connectionLimits.maximumInboundStreams = 50 }) {
            simulation, server, bare, attacker in
            Flooder(connection: bare).open(500)
            try await simulation.sleep(for: .seconds(1))
            #expect(server.resourceUsage.system.inboundStreams == 50)
            #expect(server.resourceUsage.system.memory < 20 << 20)
            #expect(server.standing(of: attacker) <= -9)
            // For no protocol at all: after the time for naming one they are gone, and that counts.
            try await simulation.sleep(for: .seconds(12))
            #expect(server.standing(of: attacker) < -10)
            #expect(server.resourceUsage.system.inboundStreams == 0)
        }
    }

    @Test("a peer that opens streams too fast is refused by name and scored once a second")
    func limitsStreamRates() throws {
        try attack(configure: {
            $0.rates.streamsPerProtocol = .init(perSecond: 10, burst: 20)
        }) { simulation, server, bare, attacker in
            await server.handle("/brief/1") { _ in }
            try StreamHoarder(connection: bare).open(200, to: "/brief/1")
            try await simulation.sleep(for: .milliseconds(500))
            let faults = server.explainStanding(of: attacker).standing.faults
            #expect(faults.map(\.fault.kind) == [.excess])
            #expect(faults.first?.count == 1)
            #expect(faults.first?.fault.detail.contains("rates.streamsPerProtocol") == true)
        }
    }

    @Test func limitsStreamsOfAPeerInOneProtocol() throws {
        try attack(configure: { $0.resources.anyPeerProtocol.inboundStreams = 10 }) {
            simulation, server, bare, attacker in
            try StreamHoarder(connection: bare).open(100, to: SimulatedPeers.echo)
            try await simulation.sleep(for: .seconds(1))
            #expect(server.handlerTasks.count == 10)
            #expect(server.resourceUsage.protocols[SimulatedPeers.echo]?.inboundStreams == 10)
            #expect(server.resourceUsage.refusals == ["anyPeerProtocol.inboundStreams": 90])
            #expect(server.standing(of: attacker) < 0)
        }
    }

    @Test("a reader that gives no window loses its stream and is scored")
    func scoresSlowReaders() throws {
        try attack(configure: { $0.connectionLimits.writeStallTimeout = .seconds(5) }) {
            simulation, server, bare, attacker in
            await server.handle("/pour/1") { stream in
                while true { try await stream.write([UInt8](repeating: 1, count: 1 << 20)) }
            }
            for number in 0..<10 {
                try SlowReader(connection: bare).ask("/pour/1", on: UInt32(1 + 2 * number))
            }
            try await simulation.sleep(for: .seconds(3))
            #expect(server.handlerTasks.count == 10)
            // Before the connection ends because its keep-alive goes unanswered.
            try await simulation.sleep(for: .seconds(4))
            #expect(server.handlerTasks.count == 0)
            let faults = server.explainStanding(of: attacker).standing.faults
            #expect(faults.contains { $0.fault.protocolID == "/pour/1" && $0.count == 10 })
            #expect(server.standing(of: attacker) < -9)
        }
    }

    @Test("who breaks the muxer's rules is scored though its connection is gone")
    func scoresViolators() throws {
        try attack { simulation, server, bare, attacker in
            var frames = ByteBuffer()
            frames.writeBytes([9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 0])
            bare.send(frames)
            try await simulation.sleep(for: .seconds(1))
            #expect(await server.connectedPeers.isEmpty)
            let faults = server.explainStanding(of: attacker).standing.faults
            #expect(faults.map(\.fault.kind) == [.protocolViolation])
            #expect(faults.map(\.fault.protocolID) == ["/yamux/1.0.0"])
        }
    }
}
