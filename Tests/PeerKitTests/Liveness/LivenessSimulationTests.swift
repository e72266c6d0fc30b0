import Testing

@testable import PeerKit

@Suite("Liveness in a network") struct LivenessSimulationTests {
    private func start(
        _ count: Int, _ simulation: Simulation
    ) async throws -> (places: [SimulatedNode], nodes: [PeerNode], services: [Liveness]) {
        var places: [SimulatedNode] = []
        var nodes: [PeerNode] = []
        var services: [Liveness] = []
        for number in 0..<count {
            let place = simulation.node("peer-\(number)")
            let liveness = Liveness()
            let node = try await SimulatedPeers.start(place, services: [liveness])
            for other in nodes { try await node.connect(to: try await other.address) }
            places.append(place)
            nodes.append(node)
            services.append(liveness)
        }
        try await simulation.sleep(for: .seconds(1))
        return (places, nodes, services)
    }

    @Test("a peer that vanishes is dropped by all, and nobody else is")
    func dropsTheDead() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let (places, nodes, services) = try await start(6, simulation)
            simulation.partition([[places[5]]])
            try await simulation.sleep(for: .seconds(60))
            for (node, liveness) in zip(nodes, services).prefix(5) {
                #expect(await node.connectedPeers.count == 4)
                let statistics = await liveness.statistics
                #expect(statistics.suspected <= 1)
                #expect(statistics.refuted == 0)
            }
            simulation.heal()
            for node in nodes { await node.stop() }
        }
    }

    @Test("quiet peers that answer are never suspected")
    func leavesTheQuietAlone() throws {
        try Simulation.run(seed: 1) { simulation in
            let (_, nodes, services) = try await start(4, simulation)
            try await simulation.sleep(for: .seconds(300))
            for (node, liveness) in zip(nodes, services) {
                #expect(await node.connectedPeers.count == 3)
                #expect(await liveness.statistics == LivenessStatistics())
                #expect(node.standings().isEmpty)
            }
            for node in nodes { await node.stop() }
        }
    }

    @Test("a short silence is refuted, not punished with the connection")
    func survivesAHiccup() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let (places, nodes, _) = try await start(4, simulation)
            simulation.partition([[places[3]]])
            try await simulation.sleep(for: .seconds(17))
            simulation.heal()
            try await simulation.sleep(for: .seconds(60))
            for node in nodes { #expect(await node.connectedPeers.count == 3) }
            for node in nodes { await node.stop() }
        }
    }

    @Test("probes for others: reached, not connected, and not a peer ID")
    func answersProbes() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let (_, nodes, _) = try await start(3, simulation)
            let asker = nodes[0]
            func ask(_ request: [UInt8]) async throws -> [UInt8]? {
                let stream = try await asker.newStream(
                    to: nodes[1].peerID, protocol: Liveness.protocolID)
                try await stream.writeMessage(request)
                let answer = try await stream.readMessage(limit: 1)
                await stream.close()
                return answer.map { Array($0.readableBytesView) }
            }
            #expect(try await ask(nodes[2].peerID.bytes) == [1])
            #expect(try await ask(try PeerIdentity.numbered(77).peerID.bytes) == [0])
            await #expect(throws: StreamError.self) { _ = try await ask([1, 2, 3]) }
            await #expect(throws: StreamError.self) {
                _ = try await ask([UInt8](repeating: 0, count: 640))
            }
            #expect(nodes[1].standing(of: asker.peerID) <= -39)
            for node in nodes { await node.stop() }
        }
    }

    @Test func forgetsPeersThatWereLongGone() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let node = try await SimulatedPeers.start(
                simulation.node("a"), configure: { $0.limits.peerMemory = .seconds(60) },
                services: [Liveness()])
            await node.learn(
                try PeerIdentity.numbered(1).peerID, at: [try Multiaddr("/ip4/10.0.0.77/tcp/1")],
                source: "test")
            try await simulation.sleep(for: .seconds(50))
            #expect(await node.peers.count == 1)
            try await simulation.sleep(for: .seconds(20))
            #expect(await node.peers.isEmpty)
            await node.stop()
        }
    }
}
