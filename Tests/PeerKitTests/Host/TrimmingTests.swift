import Testing

@testable import PeerKit

@Suite("A node with many connections") struct TrimmingTests {
    @Test("keeps those with weight, and those that are protected")
    func trims() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let hub = try await SimulatedPeers.start(
                simulation.node("hub"),
                configure: {
                    $0.waterMarks.low = 4
                    $0.waterMarks.high = 8
                })
            var peers: [PeerNode] = []
            for number in 0..<12 {
                let peer = try await SimulatedPeers.start(simulation.node("peer-\(number)"))
                try await peer.connect(to: try await hub.address)
                peers.append(peer)
            }
            for peer in peers.prefix(2) { hub.tag(peer.peerID, as: "test", weight: 10) }
            hub.protect(peers[2].peerID, because: "test")
            try await simulation.sleep(for: .seconds(10))
            // In their grace all stay.
            #expect(await hub.connectedPeers.count == 12)
            try await simulation.sleep(for: .seconds(30))
            let left = await Set(hub.connectedPeers)
            #expect(left.count == 4)
            #expect(left.isSuperset(of: peers.prefix(3).map(\.peerID)))
            for peer in peers { await peer.stop() }
            await hub.stop()
            try hub.requireNothingLeft()
        }
    }

    @Test("connections in use are closed only above the high mark")
    func sparesStreams() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let hub = try await SimulatedPeers.start(
                simulation.node("hub"),
                configure: {
                    $0.waterMarks.low = 2
                    $0.waterMarks.high = 5
                })
            var peers: [PeerNode] = []
            var streams: [PeerStream] = []
            for number in 0..<8 {
                let peer = try await SimulatedPeers.start(simulation.node("peer-\(number)"))
                try await peer.connect(to: try await hub.address)
                streams.append(
                    try await peer.newStream(to: hub.peerID, protocol: SimulatedPeers.echo))
                peers.append(peer)
            }
            try await simulation.sleep(for: .seconds(60))
            #expect(await hub.connectedPeers.count == 5)
            var alive = 0
            for stream in streams where (try? await stream.echo([1])) == [1] { alive += 1 }
            #expect(alive == 5)
            for peer in peers { await peer.stop() }
            await hub.stop()
            try hub.requireNothingLeft()
        }
    }

    @Test("disconnecting and connecting by ID at once gives a connection", arguments: 1...20)
    func reconnectsAtOnce(seed: UInt64) throws {
        try SimulatedPeers.pair(seed: seed) { pair in
            let (server, client) = (pair.server, pair.client)
            for _ in 0..<5 {
                await client.disconnect(server.peerID)
                try await client.connect(to: server.peerID)
                let stream = try await pair.stream()
                #expect(try await stream.echo([1, 2]) == [1, 2])
                await stream.close()
            }
        }
    }

    @Test("who waits when a connection has come and gone gets another one")
    func dialsAnewForWhoWaits() throws {
        try SimulatedPeers.pair { pair in
            let (server, client) = (pair.server, pair.client)
            await client.disconnect(server.peerID)
            try await pair.simulation.sleep(for: .seconds(1))
            // Closes each connection in the turn in which it comes, for a while.
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    var closed = 0
                    for await event in client.events() {
                        guard case .connected = event else { continue }
                        await client.disconnect(server.peerID)
                        closed += 1
                        if closed == 3 { return }
                    }
                }
                for _ in 0..<30 {
                    group.addTask { try await client.connect(to: server.peerID) }
                    try await pair.simulation.sleep(for: .microseconds(700))
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("protocols registered together are told together, to all peers")
    func coalescesPushes() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let hub = try await SimulatedPeers.start(simulation.node("hub"))
            var peers: [PeerNode] = []
            for number in 0..<40 {
                let peer = try await SimulatedPeers.start(simulation.node("peer-\(number)"))
                try await peer.connect(to: try await hub.address)
                peers.append(peer)
            }
            try await simulation.sleep(for: .seconds(2))
            let events = peers[0].events()
            for number in 0..<50 { await hub.handle("/many/\(number)") { _ in } }
            try await simulation.sleep(for: .seconds(2))
            for peer in peers {
                let known = await peer.identity(of: hub.peerID)?.protocols ?? []
                #expect(known.contains("/many/0") && known.contains("/many/49"))
            }
            for peer in peers { await peer.stop() }
            var pushes = 0
            for await event in events {
                if case .identified = event { pushes += 1 }
            }
            #expect(pushes == 1)
            await hub.stop()
        }
    }

    @Test func tellsWhatEnoughOthersSee() throws {
        try SimulatedPeers.pair(
            server: { $0.observation.minimumObservers = 2 }
        ) { pair in
            let (server, client) = (pair.server, pair.client)
            try await pair.simulation.sleep(for: .seconds(1))
            let seen = try Multiaddr("/ip4/203.0.113.5/tcp/4901")
            for number in 1...2 {
                let info = ConnectionInfo(
                    id: UInt64(number),
                    remotePeer: try PeerIdentity.numbered(UInt64(number)).peerID,
                    direction: .inbound, localAddress: seen,
                    remoteAddress: try Multiaddr("/ip4/198.51.\(number).1/tcp/5000"))
                await server.observed(seen, by: info.remotePeer, over: info)
            }
            #expect(await server.observedAddresses == [seen])
            try await pair.simulation.sleep(for: .seconds(1))
            #expect(await client.addresses(of: server.peerID).contains(seen))
            #expect(
                await client.identity(of: server.peerID)?.record?.addresses.contains(seen) == true)
            #expect(await !server.listenAddresses.contains { $0.withoutPeerID == seen })
        }
    }
}
