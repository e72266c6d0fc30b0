import Testing

@testable import PeerKit

@Suite("Finding peers on a LAN, in a simulated network") struct LANDiscoveryTests {
    private func discovery(
        _ network: String = "psic", connects: Bool = true
    ) -> LANDiscovery {
        var configuration = LANDiscovery.Configuration()
        configuration.network = network
        configuration.connects = connects
        return LANDiscovery(configuration)
    }

    @Test("peers of one network find each other and nobody else", arguments: 1...5)
    func findsItsOwn(seed: UInt64) throws {
        try Simulation.run(seed: seed, conditions: .lan) { simulation in
            var nodes: [(network: String, node: PeerNode, service: LANDiscovery)] = []
            for number in 0..<6 {
                let network = number < 4 ? "ours" : "theirs"
                let service = discovery(network)
                let node = try await SimulatedPeers.start(
                    simulation.node("n\(number)"), services: [service])
                nodes.append((network, node, service))
            }
            try await simulation.sleep(for: .seconds(10))
            for (network, node, service) in nodes {
                let others = nodes.filter { $0.network == network && $0.node.peerID != node.peerID }
                #expect(await node.connectedPeers == others.map(\.node.peerID).sorted())
                let counters = await service.counters
                #expect(counters.ignored[.foreignNetwork] ?? 0 > 0)
                #expect(counters.sent > 3)
                // Between two that find each other at once there is one connection.
                for other in others {
                    #expect(await node.connectionCount(with: other.node.peerID) == 1)
                }
            }
            for (_, node, _) in nodes { await node.stop() }
            for (_, node, _) in nodes { try node.requireNothingLeft() }
        }
    }

    @Test func processesOfOneMachineShareThePort() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let first = simulation.node("first")
            var nodes: [PeerNode] = []
            for number in 0..<12 {
                let place =
                    number == 0 ? first : simulation.node("n\(number)", onMachineOf: first)
                let service = discovery()
                nodes.append(
                    try await SimulatedPeers.start(
                        place, configure: { $0.listenAddresses = [.loopback] },
                        services: [service]))
            }
            try await simulation.sleep(for: .seconds(10))
            for node in nodes { #expect(await node.connectedPeers.count == 11) }
            for node in nodes { await node.stop() }
        }
    }

    @Test(
        "where a node joins by other ways too, whoever is heard of is dialled by one service only")
    func leavesDiallingToJoining() throws {
        try Simulation.run(seed: 2, conditions: .lan) { simulation in
            var nodes: [(node: PeerNode, joining: Joining)] = []
            for number in 0..<12 {
                var configuration = Joining.Configuration()
                configuration.target = 2
                let joining = Joining(configuration)
                let node = try await SimulatedPeers.start(
                    simulation.node("n\(number)"), services: [joining, discovery()])
                nodes.append((node, joining))
            }
            try await simulation.sleep(for: .seconds(15))
            for (node, joining) in nodes {
                // All of the LAN, though two would be enough for joining.
                #expect(await node.connectedPeers.count == 11)
                for (other, _) in nodes where other.peerID != node.peerID {
                    #expect(await node.connectionCount(with: other.peerID) == 1)
                }
                let report = try #require(await joining.report())
                let lan = try #require(report.sources.first { $0.name == "lan-discovery" })
                #expect(lan.found >= 1)
            }
            // Every connection was somebody's candidate: none was dialled beside joining.
            var dialled = 0
            for (_, joining) in nodes {
                dialled += await joining.report()?.sources.map(\.connected).reduce(0, +) ?? 0
            }
            #expect(dialled == 12 * 11 / 2)
            for (node, _) in nodes { await node.stop() }
        }
    }

    @Test func aLoopbackNodeIsNotHeardOnTheLAN() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let (local, wide) = (discovery(), discovery())
            let a = try await SimulatedPeers.start(
                simulation.node("a"), configure: { $0.listenAddresses = [.loopback] },
                services: [local])
            let b = try await SimulatedPeers.start(simulation.node("b"), services: [wide])
            try await simulation.sleep(for: .seconds(20))
            #expect(await a.peers.isEmpty)
            #expect(await b.peers.isEmpty)
            #expect(await wide.counters.accepted == 0)
            await a.stop()
            await b.stop()
        }
    }

    @Test func aLiarSendsNobodyToAThirdParty() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let victim = try await SilentPeer(simulation.node("victim"))
            let service = discovery()
            let a = try await SimulatedPeers.start(simulation.node("a"), services: [service])
            let liar = AddressLiar(
                place: simulation.node("liar"), key: try Ed25519PrivateKey.numbered(1))
            let before = simulation.statistics.connections
            try await liar.announce(Multiaddr(ip: victim.endpoint, transport: .tcp), count: 50)
            #expect(await service.counters.ignored[.foreignAddress] ?? 0 > 20)
            #expect(await a.peers.isEmpty)
            #expect(simulation.statistics.connections == before)
            await a.stop()
        }
    }

    @Test func whoComesLaterOrAgainIsFoundToo() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let placeA = simulation.node("a")
            let placeB = simulation.node("b")
            let (serviceA, serviceB, serviceC) = (discovery(), discovery(), discovery())
            let a = try await SimulatedPeers.start(placeA, services: [serviceA])
            try await simulation.sleep(for: .seconds(60))
            let b = try await SimulatedPeers.start(placeB, services: [serviceB])
            try await simulation.sleep(for: .seconds(8))
            #expect(await a.connectedPeers == [b.peerID])
            placeB.crash()
            await b.stop()
            try await simulation.sleep(for: .seconds(5))
            #expect(await a.connectedPeers.isEmpty)
            let again = try await SimulatedPeers.start(
                placeB.restart(), identity: b.identity, services: [serviceC])
            try await simulation.sleep(for: .seconds(20))
            #expect(await a.connectedPeers == [b.peerID])
            await a.stop()
            await again.stop()
        }
    }

    @Test func whoOnlyListensConnectsToNobody() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let (serviceA, serviceB) = (discovery(connects: false), discovery(connects: false))
            let a = try await SimulatedPeers.start(simulation.node("a"), services: [serviceA])
            let b = try await SimulatedPeers.start(simulation.node("b"), services: [serviceB])
            let events = a.events()
            for await case .discovered(let peer, let addresses, let source) in events {
                #expect(peer == b.peerID)
                #expect(addresses == [try await b.address.withoutPeerID])
                #expect(source == "lan-discovery")
                break
            }
            try await simulation.sleep(for: .seconds(20))
            #expect(simulation.statistics.connections == 0)
            await a.stop()
            await b.stop()
        }
    }
}
