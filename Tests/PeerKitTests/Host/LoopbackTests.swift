import NIOCore
import Testing

@testable import PeerKit

/// Two nodes on real sockets: the same code as in production, end to end.
@Suite("Two nodes on loopback") struct LoopbackTests {
    static let echo: ProtocolID = "/echo/1.0.0"

    /// Starts a node that serves echo, and one that only dials, and stops both afterwards.
    private func withNodes<T: Sendable>(
        server: PeerNodeConfiguration = .init(), client: PeerNodeConfiguration = .init(),
        _ body: (PeerNode, PeerNode, Multiaddr) async throws -> T
    ) async throws -> T {
        let a = try await PeerNode(identity: .generate(), configuration: server)
        await a.handle(Self.echo) { stream in
            while let bytes = try await stream.read() { try await stream.write(bytes) }
        }
        var dialOnly = client
        dialOnly.listenAddresses = []
        let b = try await PeerNode(identity: .generate(), configuration: dialOnly)
        try await a.start()
        try await b.start()
        do {
            let address = try #require(await a.listenAddresses.first)
            let value = try await body(a, b, address)
            await b.stop()
            await a.stop()
            return value
        } catch {
            await b.stop()
            await a.stop()
            throw error
        }
    }

    private func echo(_ bytes: [UInt8], over stream: PeerStream) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask {
                try await stream.write(bytes)
                await stream.closeWrite()
                return nil
            }
            group.addTask { Array(try await stream.readToEnd(limit: 64 << 20).readableBytesView) }
            var answer: [UInt8] = []
            for try await part in group { if let part { answer = part } }
            return answer
        }
    }

    @Test("echoes what is sent, then ends", arguments: [0, 1, 70_000, 4 << 20])
    func echoes(count: Int) async throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) }
        let answer = try await withNodes { _, client, address in
            let peer = try await client.connect(to: address)
            let stream = try await client.newStream(to: peer, protocol: Self.echo)
            return try await echo(bytes, over: stream)
        }
        #expect(answer == bytes)
    }

    @Test func carriesFiveHundredStreamsOnOneConnection() async throws {
        try await withNodes { server, client, address in
            let peer = try await client.connect(to: address)
            try await withThrowingTaskGroup { group in
                for number in 0..<500 {
                    group.addTask {
                        let stream = try await client.newStream(to: peer, protocol: Self.echo)
                        let bytes = [UInt8](
                            repeating: UInt8(truncatingIfNeeded: number), count: 999)
                        #expect(try await echo(bytes, over: stream) == bytes)
                        await stream.close()
                    }
                }
                try await group.waitForAll()
            }
            #expect(await client.snapshot(of: peer)?.connections.count == 1)
        }
    }

    @Test func identifiesBothWaysWithSignedRecords() async throws {
        try await withNodes { server, client, address in
            let events = server.events()
            let mine = client.events()
            let peer = try await client.connect(to: address)
            for await case .identified(let who, let info) in events {
                #expect(who == client.peerID)
                #expect(info.agentVersion == "psic/\(PeerKitVersion.current)")
                break
            }
            for await case .identified(let who, let info) in mine {
                #expect(who == peer)
                #expect(info.protocols.contains(Self.echo))
                #expect(info.record?.peerID == peer)
                #expect(info.dialableAddresses == [address.withoutPeerID])
                #expect(info.observedAddress?.ipAddress?.isLoopback == true)
                break
            }
        }
    }

    @Test func measuresRoundTrips() async throws {
        let times = try await withNodes { _, client, address in
            try await client.ping(client.connect(to: address), count: 3)
        }
        #expect(times.count == 3)
        #expect(times.allSatisfy { $0 > .zero })
    }

    @Test func refusesAnotherPeerThanTheOneDialled() async throws {
        try await withNodes { server, client, address in
            let stranger = PeerIdentity.generate().peerID
            let wrong = address.withoutPeerID.withPeerID(stranger)
            do {
                try await client.connect(to: wrong)
                Issue.record("connected to another peer")
            } catch HostError.dialFailed(_, let failures) {
                #expect(
                    failures.map(\.error)
                        == [
                            .upgrade(
                                .noise(.unexpectedPeer(expected: stranger, actual: server.peerID)))
                        ])
            }
        }
    }

    @Test func saysWhenAProtocolIsUnknown() async throws {
        try await withNodes { _, client, address in
            let peer = try await client.connect(to: address)
            await #expect(throws: StreamError.unsupported(["/nobody/1.0.0"])) {
                _ = try await client.newStream(to: peer, protocol: "/nobody/1.0.0")
            }
        }
    }

    @Test func readDeadlinePasses() async throws {
        try await withNodes { _, client, address in
            let peer = try await client.connect(to: address)
            let stream = try await client.newStream(to: peer, protocol: Self.echo)
            await stream.setDeadline(client.runtime.clock.now.advanced(by: .milliseconds(20)))
            await #expect(throws: StreamError.deadlineExceeded) { _ = try await stream.read() }
        }
    }

    @Test func aWriterWaitsForItsReader() async throws {
        try await withNodes { server, client, address in
            let gate = AsyncStream.makeStream(of: Void.self)
            await server.handle("/slow/1.0.0") { stream in
                for await _ in gate.stream { break }
                let bytes = try await stream.readToEnd(limit: 32 << 20)
                try await stream.write(Array("\(bytes.readableBytes)".utf8))
            }
            let peer = try await client.connect(to: address)
            let stream = try await client.newStream(to: peer, protocol: "/slow/1.0.0")
            await stream.setDeadline(client.runtime.clock.now.advanced(by: .milliseconds(200)))
            // More than windows and socket buffers hold: without a reader it cannot finish.
            await #expect(throws: StreamError.deadlineExceeded) {
                try await stream.write([UInt8](repeating: 1, count: 24 << 20))
            }
            gate.continuation.yield()
        }
    }

    @Test func reportsARefusedConnection() async throws {
        let client = try await PeerNode(identity: .generate())
        try await client.start()
        let port = try #require(await client.listenAddresses.first?.ipEndpoint?.port)
        await client.stop()
        let other = try await PeerNode(identity: .generate())
        try await other.start()
        let dead = try Multiaddr("/ip4/127.0.0.1/tcp/\(port)/p2p/\(client.peerID)")
        await #expect(throws: HostError.self) { try await other.connect(to: dead) }
        // The next try by ID alone comes too soon.
        do {
            try await other.connect(to: client.peerID)
            Issue.record("connected to a stopped node")
        } catch HostError.backingOff(let peer, _) {
            #expect(peer == client.peerID)
        }
        await other.stop()
    }

    @Test func anAddressInUseIsSaid() async throws {
        try await withNodes { server, _, address in
            var taken = PeerNodeConfiguration()
            taken.listenAddresses = [address.withoutPeerID]
            let second = try await PeerNode(identity: .generate(), configuration: taken)
            let endpoint = try #require(address.ipEndpoint)
            await #expect(
                throws: HostError.cannotListen(address.withoutPeerID, .addressInUse(endpoint))
            ) { try await second.start() }
        }
    }

    @Test func limitsConnectionsPerPeer() async throws {
        var strict = PeerNodeConfiguration()
        strict.limits.maximumConnectionsPerPeer = 2
        try await withNodes(server: strict) { server, client, address in
            for _ in 0..<20 {
                _ = try? await client.dialer.dial([address.withoutPeerID], expecting: server.peerID)
            }
            #expect(await server.snapshot(of: client.peerID)?.connections.count ?? 0 <= 2)
            // The dialler is done with its handshake before the listener is with its own.
            for _ in 0..<500 where server.refusals["maximumConnectionsPerPeer"] != 18 {
                try await server.runtime.sleep(for: .milliseconds(10))
            }
            #expect(server.refusals["maximumConnectionsPerPeer"] == 18)
        }
    }

    @Test func stopLetsWorkFinish() async throws {
        try await withNodes { server, client, address in
            let (begun, note) = AsyncStream.makeStream(of: Void.self)
            await server.handle("/job/1.0.0") { stream in
                _ = try await stream.read()
                note.yield()
                try await server.runtime.sleep(for: .milliseconds(100))
                try await stream.write(Array("done".utf8))
            }
            let peer = try await client.connect(to: address)
            let stream = try await client.newStream(to: peer, protocol: "/job/1.0.0")
            try await stream.write([1])
            for await _ in begun { break }
            async let stopped: Void = server.stop()
            let answer = try await stream.readToEnd(limit: 16)
            #expect(Array(answer.readableBytesView) == Array("done".utf8))
            await stopped
        }
    }
}
