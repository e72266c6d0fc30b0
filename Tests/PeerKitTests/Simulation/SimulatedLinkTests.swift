import Testing

@testable import PeerKit

@Suite("Simulated links") struct SimulatedLinkTests {
    @Test("a machine may have any address, but no other's")
    func addresses() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let address = IPAddress.v4(IPv4Address(81, 7, 0, 9))
            let node = simulation.node("far", address: address)
            #expect(node.address == address)
            let pair = try await simulation.connectedPair(simulation.node("near"), node)
            #expect(pair.client.channel.remoteEndpoint.address == address)
        }
    }

    @Test("a share of the links is cut, the same both ways and for the same seed")
    func cutShare() throws {
        let nodes = 60
        func cuts(seed: UInt64, _ shares: [Double]) throws -> [Set<Int>] {
            try Simulation.run(seed: seed) { simulation in
                let places = (0..<nodes).map { simulation.node("n\($0)") }
                let network = simulation.state.object.network
                return shares.map { share in
                    simulation.cutLinks(share: share)
                    var cut: Set<Int> = []
                    for (i, a) in places.enumerated() {
                        for (j, b) in places.enumerated() {
                            let (from, to) = (a.process.object.machine, b.process.object.machine)
                            if !network.canReach(from, to) { cut.insert(i * nodes + j) }
                        }
                    }
                    return cut
                }
            }
        }
        let sets = try cuts(seed: 1, [0, 0.2, 0.3, 1])
        let pairs = nodes * (nodes - 1)
        #expect(sets[0].isEmpty)
        #expect((pairs * 17 / 100...pairs * 23 / 100).contains(sets[1].count))
        #expect(sets[1].isSubset(of: sets[2]))
        #expect(sets[1].allSatisfy { sets[1].contains($0 % nodes * nodes + $0 / nodes) })
        // Nobody is cut off from itself.
        #expect(sets[3].count == pairs)
        #expect(try cuts(seed: 1, [0.2]) == [sets[1]])
        #expect(try cuts(seed: 2, [0.2]) != [sets[1]])
    }

    @Test("conditions of one machine hold both ways, those of every link replace them")
    func conditions() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let (a, b) = (simulation.node("a"), simulation.node("b"))
            let c = simulation.node("c")
            func latency(_ from: SimulatedNode, _ to: SimulatedNode) -> Latency {
                simulation.state.object.network.link(
                    from.process.object.machine, to.process.object.machine
                ).conditions.latency
            }
            let slow = Latency.constant(.seconds(1))
            let ideal = Latency.constant(.milliseconds(1))
            #expect(latency(a, b) == ideal)
            simulation.setLinks(of: b, LinkConditions(latency: slow))
            #expect(latency(a, b) == slow)
            #expect(latency(b, c) == slow)
            #expect(latency(a, c) == ideal)
            #expect(latency(b, b) == LinkConditions.loopback.latency)
            simulation.setLinks(of: b, nil)
            #expect(latency(a, b) == ideal)
            simulation.setLinks(of: b, LinkConditions(latency: slow))
            let other = Latency.constant(.milliseconds(5))
            simulation.setEveryLink(LinkConditions(latency: other))
            #expect(latency(a, b) == other)
            #expect(latency(b, c) == other)
            #expect(latency(b, b) == LinkConditions.loopback.latency)
        }
    }
}
