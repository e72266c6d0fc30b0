import Testing

@testable import PeerKit

@Suite("A distributed hash table in simulation") struct KademliaSimulationTests {
    @Test("every peer finds every other by its ID") func findsEverybody() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 60)
            try await swarm.settle()
            var hops: [Int] = []
            for (index, member) in swarm.members.enumerated() {
                let other = swarm.members[(index + 31) % 60]
                await member.node.disconnect(other.id)
                let found = try await member.table.findPeer(other.id)
                #expect(found.isReached)
                #expect(found.addresses == [try await other.node.address.withoutPeerID])
                hops.append(found.report.hops)
            }
            #expect(hops.sorted()[hops.count / 2] <= 2)
            try await swarm.stop()
        }
    }

    @Test("closestPeers gives the k nearest of all") func closest() throws {
        try Simulation.run(seed: 2, conditions: .lan) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 40)
            try await swarm.settle()
            for number in 0..<5 {
                let key: [UInt8] = [UInt8(number), 42]
                let asker = swarm.members[number * 7]
                let found = try await asker.table.closestPeers(to: key)
                let nearest = swarm.members.map(\.id).filter { $0 != asker.id }
                    .map { KademliaPeer(id: $0, addresses: []) }
                    .nearest(to: KademliaKey(hashing: key)).prefix(20).map(\.id)
                #expect(found.peers.map(\.id) == nearest)
                #expect(found.report.failed.isEmpty)
            }
            try await swarm.stop()
        }
    }

    @Test("a peer that nobody is gets found by nobody, and the report says who was asked")
    func findsNobody() throws {
        try Simulation.run(seed: 3, conditions: .ideal) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 5)
            try await swarm.settle()
            let nobody = KademliaTestPeers.make(1)[0].id
            do {
                _ = try await swarm.members[0].table.findPeer(nobody)
                Issue.record("found")
            } catch KademliaError.notFound(let report) {
                #expect(report.queried == 4)
            }
            let alone = try await SimulatedTable.start(simulation.node("alone"))
            await #expect(throws: KademliaError.noPeers) {
                _ = try await alone.table.findPeer(nobody)
            }
            await alone.node.stop()
            try await swarm.stop()
        }
    }

    @Test("peers in client mode are found, and enter nobody's table") func clients() throws {
        try Simulation.run(seed: 4, conditions: .ideal) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 8)
            let client = try await SimulatedTable.start(simulation.node("client")) {
                $0.mode = .client
            }
            try await client.node.connect(to: try await swarm.members[0].node.address)
            try await swarm.settle()
            #expect(await client.table.statistics.peers == 8)
            for member in swarm.members {
                let known = await member.table.table().flatMap { $0.peers.map(\.id) }
                #expect(!known.contains(client.id))
            }
            await swarm.members[5].node.disconnect(client.id)
            let found = try await swarm.members[5].table.findPeer(client.id)
            #expect(found.isReached)
            await client.node.stop()
            try await swarm.stop()
        }
    }

    @Test("networks of different protocol names never meet") func privateNetworks() throws {
        try Simulation.run(seed: 5, conditions: .ideal) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 4)
            try await swarm.grow(by: 4, name: "private") { $0.protocolID = "/ours/kad/1.0.0" }
            for index in 0..<4 {
                try await swarm.members[index].node.connect(
                    to: try await swarm.members[4 + index].node.address)
            }
            try await swarm.settle()
            let sides = [Set(swarm.members[..<4].map(\.id)), Set(swarm.members[4...].map(\.id))]
            for (index, member) in swarm.members.enumerated() {
                let known = await member.table.table().flatMap { $0.peers.map(\.id) }
                #expect(sides[1 - index / 4].isDisjoint(with: known))
            }
            try await swarm.stop()
        }
    }

    @Test("look-ups succeed while peers crash and others come") func churn() throws {
        try Simulation.run(seed: 6, conditions: .wan) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 40)
            try await swarm.settle()
            var (asked, found) = (0, 0)
            // One leaves and one comes every half minute for ten minutes: half of all.
            for round in 0..<20 {
                let victim = swarm.members[round]
                victim.place.crash(round % 2 == 0 ? .process : .power)
                await victim.node.stop()
                let newcomer = try await SimulatedTable.start(simulation.node("new\(round)"))
                try await newcomer.node.connect(
                    to: try await swarm.members[39 - round % 10].node.address)
                try await simulation.sleep(for: .seconds(30))
                for offset in 0..<2 {
                    let asker = swarm.members[20 + (round * 3 + offset * 7) % 20]
                    let other = swarm.members[20 + (round * 5 + offset * 3 + 1) % 20]
                    guard asker.id != other.id else { continue }
                    await asker.node.disconnect(other.id)
                    asked += 1
                    if (try? await asker.table.findPeer(other.id))?.isReached == true {
                        found += 1
                    }
                }
                asked += 1
                if (try? await swarm.members[35].table.findPeer(newcomer.id))?.isReached == true {
                    found += 1
                }
                swarm.add(newcomer)
            }
            #expect(found * 100 >= asked * 99, "\(found) of \(asked)")
            try await swarm.stop()
        }
    }

    @Test("a peer that was killed comes back by its own table alone") func restart() throws {
        try Simulation.run(seed: 7, conditions: .lan) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 15)
            try await swarm.settle()
            let victim = swarm.members[4]
            let key = PublicKeyValidator.key(of: victim.id)
            _ = try await victim.table.put(victim.node.identity.publicKey.protobuf, for: key)
            try await simulation.sleep(for: .seconds(5))
            let held = await victim.table.statistics
            victim.place.crash()
            await victim.node.stop()
            try await simulation.sleep(for: .seconds(30))
            let again = try await SimulatedTable.start(
                victim.place.restart(), identity: victim.node.identity)
            try await simulation.sleep(for: .seconds(10))
            let statistics = await again.table.statistics
            #expect(statistics.peers >= 10)
            #expect(statistics.records == held.records && statistics.publications == 1)
            let found = try await again.table.findPeer(swarm.members[9].id)
            #expect(found.isReached)
            await swarm.members[11].node.disconnect(again.id)
            #expect(try await swarm.members[11].table.findPeer(again.id).isReached)
            await again.node.stop()
            try await swarm.stop()
        }
    }

    @Test("the table stays within its bounds, and idle streams are closed") func atRest() throws {
        try Simulation.run(seed: 8, conditions: .lan) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 50)
            try await swarm.settle()
            try await simulation.sleep(for: .seconds(120))
            for member in swarm.members {
                let buckets = await member.table.table()
                #expect(buckets.allSatisfy { $0.peers.count <= 20 && $0.replacements <= 20 })
                #expect(await member.table.statistics.idleStreams == 0)
            }
            // Nothing is asked before the next refresh, ten minutes after the start.
            var before = 0
            for member in swarm.members { before += await member.table.statistics.requests }
            try await simulation.sleep(for: .seconds(300))
            var after = 0
            for member in swarm.members { after += await member.table.statistics.requests }
            #expect(after - before <= swarm.members.count)
            try await swarm.stop()
        }
    }
}
