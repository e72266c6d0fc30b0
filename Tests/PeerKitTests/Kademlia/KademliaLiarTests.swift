import Testing

@testable import PeerKit

@Suite("A distributed hash table with liars in it") struct KademliaLiarTests {
    /// Honest peers, and liars of every sort among them.
    private func makeSwarm(
        _ simulation: Simulation, honest: Int, liars: Int, lies: [LookupLiar.Lie], paths: Int
    ) async throws -> (SimulatedTable, [PeerNode]) {
        var swarm = SimulatedTable(simulation)
        let conspiracy = LookupLiar.Conspiracy()
        try await swarm.grow(by: honest) { $0.disjointPaths = paths }
        for member in swarm.members {
            conspiracy.aim(at: try await member.node.dialable)
        }
        var nodes: [PeerNode] = []
        for number in 0..<liars {
            let place = simulation.node("liar\(number)")
            let liar = LookupLiar(lie: lies[number % lies.count], conspiracy: conspiracy)
            let node = try await SimulatedPeers.start(place, services: [liar])
            conspiracy.join(try await node.dialable)
            // Everybody hears of the liars.
            for offset in 0..<(honest / 4) {
                let victim = swarm.members[(number * 5 + offset * 3) % honest]
                try await node.connect(to: try await victim.node.address)
            }
            nodes.append(node)
        }
        try await swarm.settle()
        return (swarm, nodes)
    }

    @Test("20 % liars of all sorts keep nobody from being found, and are caught")
    func findsThroughLiars() throws {
        try Simulation.run(seed: 3, conditions: .lan) { simulation in
            let (swarm, liars) = try await makeSwarm(
                simulation, honest: 40, liars: 10, lies: LookupLiar.Lie.allCases, paths: 4)
            var found = 0
            var asked = 0
            for (index, member) in swarm.members.enumerated() {
                for offset in [3, 11] {
                    let other = swarm.members[(index + offset) % swarm.members.count]
                    await member.node.disconnect(other.id)
                    asked += 1
                    let answer = try? await member.table.findPeer(other.id)
                    if answer?.isReached == true { found += 1 }
                }
            }
            #expect(found * 100 >= asked * 95, "\(found) of \(asked)")
            var faults: [String: Int] = [:]
            for member in swarm.members {
                faults.merge(await member.table.statistics.faults, uniquingKeysWith: +)
            }
            #expect(faults["protocolViolation", default: 0] > 0)
            #expect(faults["falseClaim", default: 0] > 0)
            #expect(faults["unresponsive", default: 0] > 0)
            // Whoever answers garbage or nothing has no place in any table.
            let useless = Set(liars.indices.filter { $0 % 5 < 2 }.map { liars[$0].peerID })
            for member in swarm.members {
                let known = await member.table.table().flatMap { $0.peers.map(\.id) }
                #expect(useless.isDisjoint(with: known))
            }
            for liar in liars { await liar.stop() }
            try await swarm.stop()
        }
    }

    @Test("who takes requests and never answers is reported, and who refuses at once is not")
    func silence() throws {
        try Simulation.run(seed: 8, conditions: .lan) { simulation in
            var swarm = SimulatedTable(simulation)
            let log = FaultLog()
            try await swarm.grow(by: 2)
            let conspiracy = LookupLiar.Conspiracy()
            let silent = LookupLiar(lie: .silence, conspiracy: conspiracy)
            let liar = try await SimulatedPeers.start(
                simulation.node("silent"), services: [silent])
            let mute = try await SimulatedPeers.start(simulation.node("mute"))
            await mute.handle("/ipfs/kad/1.0.0") { stream in await stream.reset() }
            let table = Kademlia()
            let asker = try await SimulatedPeers.start(
                simulation.node("asker"), configure: { $0.log = log.logger }, services: [table])
            for node in [liar, mute, swarm.members[0].node, swarm.members[1].node] {
                try await asker.connect(to: try await node.address)
            }
            // Each is asked once before it may enter the table.
            try await simulation.sleep(for: .seconds(30))
            #expect(silent.asked.withLockedValue { $0 } >= 1)
            #expect(log.count(.unresponsive, by: liar.peerID) >= 1)
            #expect(log.count(.unresponsive, by: mute.peerID) == 0)
            #expect(asker.standing(of: liar.peerID) < 0)
            let known = await table.table().flatMap { $0.peers.map(\.id) }
            #expect(Set(known) == Set(swarm.members.map(\.id)))
            for node in [liar, mute, asker] { await node.stop() }
            try await swarm.stop()
        }
    }

    @Test("values are stored beyond the reach of peers that name only their own kind")
    func storesThroughEclipse() throws {
        try Simulation.run(seed: 4, conditions: .lan) { simulation in
            let (swarm, liars) = try await makeSwarm(
                simulation, honest: 40, liars: 8, lies: [.eclipse], paths: 4)
            var got = 0
            for number in 0..<10 {
                let publisher = swarm.members[number]
                let (key, value) = try await SignedRecord.seal(
                    [UInt8(number)], name: [1], sequence: 1,
                    with: publisher.node.identity.signer)
                _ = try await publisher.table.put(value, for: key)
                let reader = swarm.members[39 - number]
                if let found = try? await reader.table.get(key, quorum: 2), found.value == value {
                    got += 1
                }
            }
            #expect(got >= 9, "\(got) of 10")
            for liar in liars { await liar.stop() }
            try await swarm.stop()
        }
    }

    @Test("a publisher that signs two values with one number is caught, and all settle on one")
    func equivocation() throws {
        try Simulation.run(seed: 5, conditions: .lan) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 12)
            try await swarm.settle()
            let place = simulation.node("equivocator")
            let node = try await SimulatedPeers.start(place)
            let publisher = try await EquivocatingPublisher(node, sequence: 7)
            var holders: [KademliaPeer] = []
            for member in swarm.members { holders.append(try await member.node.dialable) }
            await publisher.publish(to: holders)
            let winner = publisher.values.max { $0.signedData < $1.signedData }
            for reader in swarm.members {
                _ = try await reader.table.get(publisher.key, quorum: 12)
                try await simulation.sleep(for: .seconds(2))
            }
            var caught = 0
            for reader in swarm.members {
                let got = try await reader.table.get(publisher.key, quorum: 12)
                #expect(got.value == winner)
                if await reader.table.statistics.faults["equivocation", default: 0] > 0 {
                    caught += 1
                }
            }
            #expect(caught >= 6)
            await node.stop()
            try await swarm.stop()
        }
    }

    @Test("an old value put again changes nothing and counts against who put it")
    func replay() throws {
        try Simulation.run(seed: 6, conditions: .lan) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 10)
            try await swarm.settle()
            let signer = swarm.members[0].node.identity.signer
            let old = try await SignedRecord.seal([1], name: [1], sequence: 1, with: signer)
            let new = try await SignedRecord.seal([2], name: [1], sequence: 2, with: signer)
            _ = try await swarm.members[0].table.put(old.value, for: old.key)
            _ = try await swarm.members[0].table.put(new.value, for: new.key)
            let node = try await SimulatedPeers.start(simulation.node("replayer"))
            var holders: [KademliaPeer] = []
            for member in swarm.members { holders.append(try await member.node.dialable) }
            await RecordReplayer(node: node).replay(old.value, for: old.key, to: holders)
            for member in swarm.members {
                #expect(await member.table.statistics.faults["replay"] == 1)
                #expect(try await member.table.get(new.key).value == new.value)
            }
            await node.stop()
            try await swarm.stop()
        }
    }

    @Test("a flooder is answered as much as its rate allows, and others as before")
    func flooder() throws {
        try Simulation.run(seed: 7, conditions: .ideal) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 3)
            try await swarm.settle()
            let node = try await SimulatedPeers.start(simulation.node("flooder"))
            let victim = swarm.members[0]
            try await node.connect(to: try await victim.node.address)
            let start = simulation.now
            let limits = KademliaLimits()
            let count = Int(limits.requestBurst) * 10
            let answered = try await RequestFlooder(node: node).flood(victim.id, count: count)
            let seconds = start.duration(to: simulation.now).seconds
            #expect(Double(answered) <= limits.requestBurst + limits.requestRate * seconds + 1)
            #expect(answered < count)
            let statistics = await victim.table.statistics
            #expect(statistics.faults["excess", default: 0] > 0)
            let other = swarm.members[1]
            await other.node.disconnect(swarm.members[2].id)
            #expect(try await other.table.findPeer(swarm.members[2].id).isReached)
            await node.stop()
            try await swarm.stop()
        }
    }
}

extension PeerNode {
    /// Where it can be dialled.
    fileprivate nonisolated var dialable: KademliaPeer {
        get async throws {
            KademliaPeer(id: peerID, addresses: [try await address.withoutPeerID])
        }
    }
}

extension [UInt8] {
    /// The data of a signed record, as something that can be compared.
    fileprivate var signedData: String {
        contains(Array("other".utf8)) ? "other" : "one"
    }
}
