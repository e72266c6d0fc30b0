import Testing

@testable import PeerKit

@Suite("Connecting, in a simulated network") struct ConnectingTests {
    @Test("names are resolved at each dial, to the family that is asked for")
    func names() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let place = simulation.node("server")
            let server = try await SimulatedPeers.start(place)
            let client = try await SimulatedPeers.start(simulation.node("client"))
            let nowhere = try IPAddress("2001:db8::1")
            func address(_ text: String) throws -> Multiaddr {
                try Multiaddr("\(text)/tcp/4901/p2p/\(server.peerID)")
            }
            func unresolved(_ kind: String, _ name: String) async throws -> Bool {
                let error = await #expect(throws: HostError.self) {
                    try await client.connect(to: try address("/\(kind)/\(name)"))
                }
                guard case .dialFailed(_, let failures)? = error else { return false }
                return failures.contains { $0.error == .network(.unresolved(name)) }
            }
            simulation.setName("peer.example", [nowhere])
            #expect(try await unresolved("dns4", "peer.example"))
            try await simulation.sleep(for: .seconds(120))
            simulation.setName("four.example", [place.address])
            #expect(try await unresolved("dns6", "four.example"))
            // The name means something else from now on.
            simulation.setName("peer.example", [nowhere, place.address])
            try await simulation.sleep(for: .seconds(120))
            for kind in ["dns4", "dns"] {
                await client.disconnect(server.peerID)
                #expect(
                    try await client.connect(to: try address("/\(kind)/peer.example"))
                        == server.peerID)
            }
            let error = await #expect(throws: HostError.self) {
                try await client.connect(to: try address("/dnsaddr/peer.example"))
            }
            #expect(error?.description.contains("/dnsaddr is not resolved") == true)
            await client.stop()
            await server.stop()
        }
    }

    // MARK: Two connections

    @Test("two peers that dial each other at once end with one connection", arguments: 1...8)
    func simultaneousDials(seed: UInt64) throws {
        try Simulation.run(seed: seed, conditions: .ideal) { simulation in
            let a = try await SimulatedPeers.start(simulation.node("a"))
            let b = try await SimulatedPeers.start(simulation.node("b"))
            async let first = a.connect(to: try await b.address)
            async let second = b.connect(to: try await a.address)
            #expect(try await first == b.peerID)
            #expect(try await second == a.peerID)
            let stream = try await a.newStream(to: b.peerID, protocol: SimulatedPeers.echo)
            try await simulation.sleep(for: .seconds(1))
            #expect(await a.connectionCount(with: b.peerID) == 2)
            #expect(await b.connectionCount(with: a.peerID) == 2)
            // Beyond the grace, and a second one should the stream be on the spare connection.
            try await simulation.sleep(for: .seconds(11))
            #expect(try await stream.echo([1, 2, 3]) == [1, 2, 3])
            await stream.close()
            try await simulation.sleep(for: .seconds(12))
            #expect(await a.connectionCount(with: b.peerID) == 1)
            #expect(await b.connectionCount(with: a.peerID) == 1)
            let ids = await (
                a.snapshot(of: b.peerID)?.connections.first?.direction,
                b.snapshot(of: a.peerID)?.connections.first?.direction
            )
            // The one dialled by the smaller ID.
            #expect(ids.0 == (a.peerID < b.peerID ? .outbound : .inbound))
            #expect(ids.1 == (b.peerID < a.peerID ? .outbound : .inbound))
            await a.stop()
            await b.stop()
            try a.requireNothingLeft()
            try b.requireNothingLeft()
        }
    }

    @Test("a stream keeps its spare connection, and the end of it lets it go")
    func aStreamOnASpareConnectionLives() throws {
        try SimulatedPeers.pair { pair in
            let (client, server) = (pair.client, pair.server)
            // The dialler of both: the second is spare.
            let address = try await server.address.withoutPeerID
            let second = try await client.dialer.dial([address], expecting: server.peerID)
            let connection = try #require(
                await client.peers[server.peerID]?.connectionList.first { $0.id == second.id })
            let stream = try await connection.openStream([SimulatedPeers.echo], isKnown: false)
            try await pair.simulation.sleep(for: .seconds(60))
            #expect(await client.connectionCount(with: server.peerID) == 2)
            #expect(try await stream.echo([5]) == [5])
            await stream.close()
            try await pair.simulation.sleep(for: .seconds(25))
            #expect(await client.connectionCount(with: server.peerID) == 1)
            #expect(await server.connectionCount(with: client.peerID) == 1)
        }
    }

    // MARK: Dials that fail

    @Test func aDialWithoutAnswerTimesOut() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let (placeA, placeB) = (simulation.node("a"), simulation.node("b"))
            let a = try await SimulatedPeers.start(placeA)
            let b = try await SimulatedPeers.start(placeB)
            simulation.setCut(true, from: placeA, to: placeB)
            let start = simulation.now
            let address = try await b.address
            let error = await #expect(throws: HostError.self) { try await a.connect(to: address) }
            guard case .dialFailed(_, let failures) = error, let failure = failures.first,
                case .network(.timedOut) = failure.error
            else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(start.duration(to: simulation.now) <= .seconds(10.1))
            try a.requireNothingLeft()
            await a.stop()
            await b.stop()
        }
    }

    @Test("a peer that never speaks costs no more than the time of a handshake")
    func silentPeer() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let silent = try await SilentPeer(simulation.node("silent"))
            let a = try await SimulatedPeers.start(simulation.node("a"))
            let address = Multiaddr(ip: silent.endpoint, transport: .tcp)
            let start = simulation.now
            let error = await #expect(throws: HostError.self) { try await a.connect(to: address) }
            #expect(
                error
                    == .dialFailed(nil, [.init(address: address, error: .timedOut("handshake"))]))
            #expect(start.duration(to: simulation.now) <= .seconds(10.1))
            try a.requireNothingLeft()
            await a.stop()
        }
    }

    @Test("a peer that speaks nonsense is left at once", arguments: 1...10)
    func garbagePeer(seed: UInt64) throws {
        try Simulation.run(seed: seed, conditions: .ideal) { simulation in
            let garbage = try await GarbagePeer(simulation.node("garbage"))
            let a = try await SimulatedPeers.start(simulation.node("a"))
            let address = Multiaddr(ip: garbage.endpoint, transport: .tcp)
            let start = simulation.now
            await #expect(throws: HostError.self) { try await a.connect(to: address) }
            // Random bytes may be the beginning of a long message: then it waits for the rest.
            #expect(start.duration(to: simulation.now) <= .seconds(10.1))
            try a.requireNothingLeft()
            await a.stop()
        }
    }

    @Test func failedDialsBackOffAndThenTryAgain() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let placeB = simulation.node("b")
            let a = try await SimulatedPeers.start(simulation.node("a"))
            var generator = RuntimeGenerator(placeB.runtime.random)
            let identity = PeerIdentity.generate(using: &generator)
            let endpoint = IPEndpoint(address: placeB.address, port: 4901)
            await a.learn(
                identity.peerID, at: [Multiaddr(ip: endpoint, transport: .tcp)], source: "test")
            var pause = 1.0
            for _ in 0..<4 {
                await #expect(throws: HostError.self) { try await a.connect(to: identity.peerID) }
                let error = await #expect(throws: HostError.self) {
                    try await a.connect(to: identity.peerID)
                }
                guard case .backingOff(_, let time) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect((pause * 0.74...pause * 1.25).contains(time.seconds))
                try await simulation.sleep(for: time)
                pause *= 2
            }
            let b = try await SimulatedPeers.start(placeB, identity: identity)
            try await simulation.sleep(for: .seconds(20))
            try await a.connect(to: identity.peerID)
            #expect(await a.connectedPeers == [identity.peerID])
            await a.stop()
            await b.stop()
        }
    }

    @Test("ten callers share one dial, and one who gives up spoils nothing")
    func dialsByIDCoalesce() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let a = try await SimulatedPeers.start(simulation.node("a"))
            let b = try await SimulatedPeers.start(simulation.node("b"))
            await a.learn(b.peerID, at: [try await b.address], source: "test")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10 { group.addTask { try await a.connect(to: b.peerID) } }
                group.addTask {
                    await #expect(throws: HostError.cancelled) {
                        try await withThrowingTaskGroup(of: Void.self) { inner in
                            inner.addTask { try await a.connect(to: b.peerID) }
                            inner.cancelAll()
                            try await inner.waitForAll()
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(simulation.statistics.connections == 1)
            #expect(await a.connectionCount(with: b.peerID) == 1)
            await a.stop()
            await b.stop()
        }
    }

    @Test("a stream may be opened the moment the dial is done", arguments: 1...20)
    func newStreamDialsAndOpens(seed: UInt64) throws {
        try Simulation.run(seed: seed, conditions: .ideal) { simulation in
            let a = try await SimulatedPeers.start(simulation.node("a"))
            let b = try await SimulatedPeers.start(simulation.node("b"))
            await a.learn(b.peerID, at: [try await b.address], source: "test")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let stream = try await a.newStream(
                            to: b.peerID, protocol: SimulatedPeers.echo)
                        #expect(try await stream.echo([UInt8(number)]) == [UInt8(number)])
                    }
                }
                try await group.waitForAll()
            }
            await a.stop()
            await b.stop()
            try a.requireNothingLeft()
            try b.requireNothingLeft()
        }
    }

    @Test("whoever is cancelled before it begins to wait does not wait", arguments: 1...20)
    func cancelledBeforeTheDial(seed: UInt64) throws {
        try Simulation.run(seed: seed, conditions: .ideal) { simulation in
            let a = try await SimulatedPeers.start(simulation.node("a"))
            let silent = try await SilentPeer(simulation.node("silent"))
            let peer = try PeerIdentity.numbered(1).peerID
            let address = Multiaddr(ip: silent.endpoint, transport: .tcp)
            await a.learn(peer, at: [address], source: "test")
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        await #expect(throws: HostError.cancelled) { try await a.connect(to: peer) }
                    }
                }
                group.cancelAll()
            }
            #expect(simulation.now < Instant.zero.advanced(by: .milliseconds(1)))
            await a.stop()
            try a.requireNothingLeft()
        }
    }

    @Test func aDialThatIsCancelledLeavesNothing() throws {
        for milliseconds in 0..<12 {
            try Simulation.run(seed: 1, conditions: .ideal) { simulation in
                let a = try await SimulatedPeers.start(simulation.node("a"))
                let b = try await SimulatedPeers.start(simulation.node("b"))
                let address = try await b.address.withoutPeerID
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try? await a.connect(to: address) }
                    group.addTask {
                        try? await simulation.sleep(for: .milliseconds(milliseconds))
                    }
                    if milliseconds > 0 { await group.next() }
                    group.cancelAll()
                }
                await a.stop()
                await b.stop()
                try a.requireNothingLeft()
                try b.requireNothingLeft()
            }
        }
    }

    @Test func whoDialsTheUnspecifiedAddressIsNotCountedForEver() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let a = try await SimulatedPeers.start(simulation.node("a"))
            let b = try await SimulatedPeers.start(simulation.node("b"))
            let port = try #require(await b.address.ipEndpoint?.port)
            let bytes = try #require(await b.address.ipAddress?.bytes)
            let mapped = IPAddress.v6(
                IPv6Address(mapped: IPv4Address(bytes[0], bytes[1], bytes[2], bytes[3])))
            let address = Multiaddr(ip: IPEndpoint(address: mapped, port: port), transport: .tcp)
            let peer = try await a.connect(to: address)
            #expect(peer == b.peerID)
            await a.disconnect(peer)
            try await simulation.sleep(for: .seconds(1))
            try a.requireNothingLeft()
            await a.stop()
            await b.stop()
        }
    }

    @Test func aNodeDoesNotConnectToItself() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let a = try await SimulatedPeers.start(simulation.node("a"))
            let address = try await a.address
            await #expect(throws: HostError.dialledSelf) { try await a.connect(to: address) }
            await #expect(throws: HostError.dialledSelf) {
                try await a.connect(to: address.withoutPeerID)
            }
            try await simulation.sleep(for: .seconds(1))
            try a.requireNothingLeft()
            await a.stop()
        }
    }

    // MARK: Ends

    /// How the client hears that the server is gone, and how long it takes.
    private func hearOfTheEnd(
        limit: Duration, of pair: SimulatedPeers.Pair,
        _ act: @escaping @Sendable () async throws -> Void
    ) async throws -> (ConnectionError, Duration) {
        let events = pair.client.events()
        let start = pair.simulation.now
        try await act()
        return try await pair.client.runtime.withTimeout(limit) {
            for await case .disconnected(_, let reason) in events {
                return (reason, start.duration(to: pair.simulation.now))
            }
            throw CancellationError()
        }
    }

    @Test func anOrderlyStopIsHeardAtOnce() throws {
        try SimulatedPeers.pair { pair in
            let (reason, time) = try await hearOfTheEnd(limit: .seconds(2), of: pair) {
                await pair.server.stop()
            }
            #expect(reason == .closedByRemote)
            #expect(time < .seconds(1))
        }
    }

    @Test func aKilledProcessIsHeardAtOnce() throws {
        try SimulatedPeers.pair { pair in
            let (reason, time) = try await hearOfTheEnd(limit: .seconds(2), of: pair) {
                pair.serverPlace.crash()
            }
            #expect(reason == .closedByRemote)
            #expect(time < .seconds(1))
        }
    }

    @Test func aLossOfPowerIsNoticedByKeepAlive() throws {
        try SimulatedPeers.pair { pair in
            let (reason, time) = try await hearOfTheEnd(limit: .seconds(100), of: pair) {
                pair.serverPlace.crash(.power)
            }
            guard case .timedOut = reason else {
                Issue.record("\(reason)")
                return
            }
            // One interval and one time-out of the multiplexer.
            #expect(time <= .seconds(41))
        }
    }

    @Test func aShortPartitionIsSurvived() throws {
        try SimulatedPeers.pair { pair in
            let stream = try await pair.stream()
            try await stream.write([1])
            #expect(try await stream.read(exactly: 1).readableBytes == 1)
            pair.simulation.partition([[pair.serverPlace], [pair.clientPlace]])
            async let answer = stream.echo([UInt8](repeating: 3, count: 100_000))
            try await pair.simulation.sleep(for: .seconds(5))
            pair.simulation.heal()
            #expect(try await answer.count == 100_000)
        }
    }

    @Test func aLongPartitionEndsTheConnectionAndHealingBringsItBack() throws {
        try SimulatedPeers.pair { pair in
            let stream = try await pair.stream()
            pair.simulation.partition([[pair.serverPlace], [pair.clientPlace]])
            await #expect(throws: StreamError.self) { _ = try await stream.read() }
            try await pair.simulation.sleep(for: .seconds(60))
            #expect(await pair.server.connectedPeers.isEmpty)
            #expect(await pair.client.connectedPeers.isEmpty)
            try pair.server.requireNothingLeft()
            try pair.client.requireNothingLeft()
            pair.simulation.heal()
            let again = try await pair.stream()
            #expect(try await again.echo([1, 2]) == [1, 2])
        }
    }

    @Test("a peer comes back as who it was", arguments: [SimulatedNode.CrashKind.process, .power])
    func restartsWithTheSameIdentity(kind: SimulatedNode.CrashKind) throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let (placeA, placeB) = (simulation.node("a"), simulation.node("b"))
            let a = try await SimulatedPeers.start(placeA)
            let b = try await SimulatedPeers.start(placeB)
            let peer = try await a.connect(to: try await b.address)
            placeB.crash(kind)
            await b.stop()
            try await simulation.sleep(for: .seconds(50))
            #expect(await a.connectedPeers.isEmpty)
            let again = try await SimulatedPeers.start(placeB.restart(), identity: b.identity)
            #expect(again.peerID == peer)
            let stream = try await a.newStream(to: peer, protocol: SimulatedPeers.echo)
            #expect(try await stream.echo([9]) == [9])
            await a.stop()
            await again.stop()
            try a.requireNothingLeft()
        }
    }

    // MARK: Determinism

    @Test func theSameSeedGivesTheSameTrace() throws {
        @Sendable func trace(_ seed: UInt64) throws -> String {
            try Simulation.run(seed: seed, conditions: .wan) { simulation in
                var nodes: [PeerNode] = []
                for number in 0..<3 {
                    nodes.append(try await SimulatedPeers.start(simulation.node("n\(number)")))
                }
                for node in nodes {
                    for other in nodes where other.peerID != node.peerID {
                        _ = try? await node.connect(to: try await other.address)
                        let stream = try await node.newStream(
                            to: other.peerID, protocol: SimulatedPeers.echo)
                        _ = try await stream.echo([UInt8](repeating: 1, count: 20_000))
                    }
                }
                try await simulation.sleep(for: .seconds(60))
                for node in nodes { await node.stop() }
                return simulation.traceHex
            }
        }
        let first = try trace(3)
        #expect(try trace(3) == first)
        #expect(try trace(4) != first)
    }
}
