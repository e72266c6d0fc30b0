import NIOCore
import Testing

@testable import PeerKit

@Suite("A connection before and after the host admits it") struct ConnectionTests {
    /// A connection to a whole peer, secured and not yet activated.
    private func withConnection(
        limits: ConnectionLimits = .init(),
        _ body: @escaping @Sendable (Simulation, PeerNode, Connection) async throws -> Void
    ) throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let server = try await SimulatedPeers.start(simulation.node("server"))
            let place = simulation.node("client")
            let endpoint = try #require(await server.address.ipEndpoint)
            let channel = try await place.runtime.network.connect(
                to: endpoint, timeout: .seconds(10))
            let connection = Connection(
                channel: channel, id: 1, direction: .outbound,
                context: .bare(place.runtime, limits: limits))
            let noise = try NoiseHandshakeMachine.dialer(1, on: place.runtime)
            let info = try await connection.upgrade(noise)
            #expect(info.remotePeer == server.peerID)
            try await body(simulation, server, connection)
            await connection.close()
            _ = await connection.ended()
            try await simulation.sleep(for: .seconds(1))
            await server.stop()
            try server.requireNothingLeft()
        }
    }

    @Test func whoHearsOfItFirstMayOpenStreamsAtOnce() throws {
        try withConnection { simulation, _, connection in
            async let opened = connection.openStream([SimulatedPeers.echo], isKnown: false)
            try await simulation.sleep(for: .milliseconds(5))
            #expect(await connection.streamCount == 1)
            await connection.activate()
            #expect(try await opened.echo([1, 2, 3]) == [1, 2, 3])
        }
    }

    @Test func aCancelledWaitForItsEndClosesIt() throws {
        try withConnection { _, _, connection in
            await connection.activate()
            let reason = await withTaskGroup(of: ConnectionError.self) { group in
                group.addTask { await connection.ended() }
                group.cancelAll()
                return await group.next()
            }
            #expect(reason == .closedLocally)
        }
    }

    @Test func nothingIsOpenedAfterItsEnd() throws {
        try withConnection { _, _, connection in
            await connection.activate()
            await connection.close()
            await #expect(throws: StreamError.connectionClosed("closed")) {
                _ = try await connection.openStream([SimulatedPeers.echo], isKnown: true)
            }
        }
    }

    @Test("a stream to a peer that said it speaks the protocol is there at once")
    func lazyStreams() throws {
        try withConnection { simulation, _, connection in
            await connection.activate()
            let start = simulation.now
            let stream = try await connection.openStream([SimulatedPeers.echo], isKnown: true)
            #expect(simulation.now == start)
            #expect(try await stream.echo([7]) == [7])
            // If it does not after all, the first use says so.
            let other = try await connection.openStream(["/gone/1"], isKnown: true)
            await #expect(throws: StreamError.unsupported(["/gone/1"])) {
                _ = try await other.read()
            }
        }
    }

    @Test("more of our streams than allowed are refused here") func outboundLimit() throws {
        var limits = ConnectionLimits()
        limits.maximumOutboundStreams = 5
        try withConnection(limits: limits) { _, _, connection in
            await connection.activate()
            var held: [PeerStream] = []
            for _ in 0..<5 {
                held.append(
                    try await connection.openStream([SimulatedPeers.echo], isKnown: false))
            }
            for _ in 0..<45 {
                await #expect(throws: StreamError.tooManyOutboundStreams(5)) {
                    _ = try await connection.openStream([SimulatedPeers.echo], isKnown: false)
                }
            }
            for stream in held { await stream.close() }
        }
    }
}
