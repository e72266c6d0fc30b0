import NIOCore
import Testing

@testable import PeerKit

@Suite("Every limit, exceeded tenfold") struct HostLimitsTests {
    /// A server, and a place for whoever attacks it.
    private func attack(
        configure: @escaping @Sendable (inout PeerNodeConfiguration) -> Void = { _ in },
        _ body:
            @escaping @Sendable (Simulation, PeerNode, SimulatedNode, IPEndpoint) async throws
            -> Void
    ) throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let place = simulation.node("server")
            let attacker = simulation.node("attacker")
            let server = try await SimulatedPeers.start(place, configure: configure)
            let endpoint = try #require(await server.address.ipEndpoint)
            try await body(simulation, server, attacker, endpoint)
            await server.stop()
            try server.requireNothingLeft()
        }
    }

    private func connection(_ server: PeerNode) async throws -> Connection {
        let peer = try #require(await server.connectedPeers.first)
        return try #require(await server.peers[peer]?.preferredConnection())
    }

    @Test func aFlooderGetsNoMoreStreamsThanAllowed() throws {
        try attack(configure: { $0.connectionLimits.maximumInboundStreams = 50 }) {
            simulation, server, attacker, endpoint in
            let bare = try await BareConnection.dial(endpoint, from: attacker, as: 1)
            try await simulation.sleep(for: .milliseconds(100))
            let connection = try await connection(server)
            Flooder(connection: bare).open(500)
            for _ in 0..<20 {
                try await simulation.sleep(for: .milliseconds(50))
                // One of them is the server's own, to identify.
                #expect(await connection.streamCount <= 51)
            }
            // Nothing is negotiated on them: they are gone after the time for it.
            try await simulation.sleep(for: .seconds(11))
            #expect(await connection.streamCount <= 1)
            #expect(server.handlerTasks.count == 0)
            bare.abort()
            try await simulation.sleep(for: .seconds(1))
        }
    }

    @Test func aFlooderThatNeverStopsIsDisconnected() throws {
        try attack(configure: { $0.connectionLimits.maximumInboundStreams = 50 }) {
            simulation, server, attacker, endpoint in
            let bare = try await BareConnection.dial(endpoint, from: attacker, as: 1)
            try await simulation.sleep(for: .milliseconds(100))
            // Opens and resets, which never holds more than one stream.
            var number: UInt32 = 1
            for _ in 0..<100 {
                var frames = ByteBuffer()
                for _ in 0..<100 {
                    frames.writeFrame(.windowUpdate, .syn, number)
                    frames.writeFrame(.windowUpdate, .rst, number)
                    number += 2
                }
                bare.send(frames)
                try await simulation.sleep(for: .milliseconds(2))
            }
            try await simulation.sleep(for: .seconds(1))
            #expect(bare.isClosed)
            #expect(await server.connectedPeers.isEmpty)
        }
    }

    @Test func aHoarderRunsNoMoreHandlersThanAllowed() throws {
        try attack(configure: { $0.connectionLimits.maximumInboundStreams = 20 }) {
            simulation, server, attacker, endpoint in
            let bare = try await BareConnection.dial(endpoint, from: attacker, as: 1)
            try await simulation.sleep(for: .milliseconds(100))
            try StreamHoarder(connection: bare).open(200, to: SimulatedPeers.echo)
            try await simulation.sleep(for: .seconds(5))
            #expect(server.handlerTasks.count <= 20)
            #expect(server.handlerTasks.count > 10)
            // It answers no ping either: its connection goes, and the handlers with it.
            try await simulation.sleep(for: .seconds(45))
            #expect(server.handlerTasks.count == 0)
            try server.requireNothingLeft()
        }
    }

    @Test func aReaderThatGivesNoWindowMakesNothingPileUp() throws {
        try attack { simulation, server, attacker, endpoint in
            await server.handle("/pour/1") { stream in
                while true { try await stream.write([UInt8](repeating: 1, count: 1 << 20)) }
            }
            let bare = try await BareConnection.dial(endpoint, from: attacker, as: 1)
            for number in 0..<10 {
                try SlowReader(connection: bare).ask("/pour/1", on: UInt32(1 + 2 * number))
            }
            try await simulation.sleep(for: .seconds(20))
            // One window for each stream has gone out and no more was taken.
            #expect(bare.received.readableBytes < 10 * 300 * 1024)
            #expect(bare.received.readableBytes > 10 * 200 * 1024)
            bare.abort()
            try await simulation.sleep(for: .seconds(1))
            #expect(server.handlerTasks.count == 0)
        }
    }

    @Test func connectionsWithOnePeer() throws {
        try attack(configure: { $0.limits.maximumConnectionsPerPeer = 3 }) {
            simulation, server, attacker, endpoint in
            for _ in 0..<30 {
                _ = try await BareConnection.dial(endpoint, from: attacker, as: 1)
                try await simulation.sleep(for: .milliseconds(20))
            }
            let peer = try #require(await server.connectedPeers.first)
            #expect(await server.connectionCount(with: peer) == 3)
            #expect(server.refusals == ["maximumConnectionsPerPeer": 27])
        }
    }

    @Test func connectionsWithOneAddressAndInAll() throws {
        try attack(configure: {
            $0.limits.maximumConnectionsPerAddress = 5
            $0.limits.maximumConnections = 8
        }) { simulation, server, attacker, endpoint in
            for number in 0..<50 {
                _ = try? await BareConnection.dial(endpoint, from: attacker, as: UInt64(number))
            }
            try await simulation.sleep(for: .milliseconds(100))
            #expect(await server.connectedPeers.count == 5)
            #expect(server.refusals["maximumConnectionsPerAddress"] == 45)
            for number in 0..<80 {
                let place = simulation.node("other-\(number)")
                _ = try? await BareConnection.dial(endpoint, from: place, as: UInt64(100 + number))
            }
            try await simulation.sleep(for: .milliseconds(100))
            #expect(await server.connectedPeers.count == 8)
            #expect(server.refusals["maximumConnections"] == 77)
        }
    }

    @Test func handshakesAtOnce() throws {
        try attack(configure: {
            $0.limits.maximumInboundHandshakes = 10
            $0.limits.maximumConnectionsPerAddress = 1000
        }) { simulation, server, attacker, endpoint in
            try await SilentDialer(place: attacker).dial(endpoint, count: 100)
            try await simulation.sleep(for: .milliseconds(10))
            #expect(server.connectionTasks.count == 10)
            #expect(server.refusals == ["maximumInboundHandshakes": 90])
            // Their time is over: honest peers come through again.
            try await simulation.sleep(for: .seconds(11))
            #expect(server.connectionTasks.count == 0)
            _ = try await BareConnection.dial(endpoint, from: attacker, as: 1)
            try await simulation.sleep(for: .seconds(1))
            #expect(await server.connectedPeers.count == 1)
        }
    }

    @Test func dialsAtOnceWaitForNobodyAndBlameNobody() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let place = simulation.node("a")
            let a = try await SimulatedPeers.start(
                place, configure: { $0.limits.maximumOutboundDials = 4 })
            let silent = try await SilentPeer(simulation.node("silent"))
            let peers = try (0..<40).map { try PeerIdentity.numbered($0).peerID }
            let address = Multiaddr(ip: silent.endpoint, transport: .tcp)
            for peer in peers { await a.learn(peer, at: [address], source: "test") }
            let errors = await withTaskGroup(of: HostError?.self) { group in
                for peer in peers {
                    group.addTask {
                        do throws(HostError) {
                            try await a.connect(to: peer)
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let refused = errors.filter {
                $0
                    == .limit(
                        LimitRefusal(
                            limit: "maximumOutboundDials", value: 4,
                            setting: "limits.maximumOutboundDials"))
            }
            #expect(refused.count == 36)
            try a.requireNothingLeft()
            await a.stop()
        }
    }

    @Test func peersThatAreRememberedWithoutAConnection() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let a = try await SimulatedPeers.start(
                simulation.node("a"), configure: { $0.limits.maximumKnownPeers = 20 })
            let b = try await SimulatedPeers.start(simulation.node("b"))
            try await a.connect(to: try await b.address)
            let address = try Multiaddr("/ip4/10.0.0.77/tcp/1")
            for number in 0..<200 {
                await a.learn(
                    try PeerIdentity.numbered(UInt64(number)).peerID, at: [address], source: "test")
                try await simulation.sleep(for: .milliseconds(1))
            }
            #expect(await a.peers.count == 20)
            // The connected one stays, the latest are there, the first are forgotten.
            #expect(await a.connectedPeers == [b.peerID])
            #expect(await a.peers[try PeerIdentity.numbered(199).peerID] != nil)
            #expect(await a.peers[try PeerIdentity.numbered(0).peerID] == nil)
            await a.stop()
            await b.stop()
        }
    }

    @Test func whatAPeerSaysOfItself() throws {
        try attack { simulation, server, attacker, endpoint in
            let bare = try await BareConnection.dial(endpoint, from: attacker, as: 1)
            try await simulation.sleep(for: .milliseconds(100))
            let connection = try await connection(server)
            // A push of ten times what is allowed.
            var frames = ByteBuffer()
            frames.writeFrame(.windowUpdate, .syn, 1)
            frames.writeFrame(
                .data, [], 1, try ByteBuffer.proposal(of: IdentifyService.pushProtocolID))
            for _ in 0..<10 * IdentifyLimits.maximumBytes / 8192 {
                frames.writeFrame(.data, [], 1, [UInt8](repeating: 0x55, count: 8192))
            }
            bare.send(frames)
            try await simulation.sleep(for: .seconds(12))
            #expect(await connection.streamCount == 0)
            #expect(server.handlerTasks.count == 0)
            let peer = try PeerIdentity.numbered(1).peerID
            #expect(await server.snapshot(of: peer)?.identity == nil)
            bare.abort()
            try await simulation.sleep(for: .seconds(1))
        }
    }

    @Test("bytes in a handshake", arguments: 1...5) func handshakeBytes(seed: UInt64) throws {
        try attack { simulation, server, attacker, endpoint in
            let channel = try await attacker.runtime.network.connect(
                to: endpoint, timeout: .seconds(10))
            let opening = try MultistreamDialer(protocols: [UpgradeMachine.security]).start()
            var generator = SimulationGenerator(seed: seed, label: "bytes")
            let noise = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
            channel.executor.execute {
                channel.write(opening)
                channel.write(ByteBuffer(bytes: noise))
                channel.flush()
            }
            try await simulation.sleep(for: .seconds(11))
            try server.requireNothingLeft()
        }
    }
}
