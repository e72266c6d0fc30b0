import Testing

@testable import PeerKit

@Suite("A distributed hash table in simulation") struct KademliaSimulationTests {
    @Test("every peer finds every other by its ID") func findsEverybody() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 30)
            try await swarm.settle()
            var hops: [Int] = []
            for (index, member) in swarm.members.enumerated() {
                for other in [1, 7, 13].map({ swarm.members[(index + $0) % 30] }) {
                    let found = try await member.table.findPeer(other.id)
                    #expect(found.isReached)
                    #expect(found.addresses == [try await other.node.address.withoutPeerID])
                    hops.append(found.report.hops)
                }
            }
            #expect(hops.sorted()[hops.count / 2] <= 2)
            try await swarm.stop()
        }
    }
}
