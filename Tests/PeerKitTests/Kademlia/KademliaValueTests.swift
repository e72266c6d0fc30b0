import Testing

@testable import PeerKit

@Suite("Values and providers in a distributed hash table") struct KademliaValueTests {
    private func signed(
        _ text: String, _ sequence: UInt64, by member: SimulatedTable.Member
    ) async throws -> (key: [UInt8], value: [UInt8]) {
        try await SignedRecord.seal(
            Array(text.utf8), name: Array("note".utf8), sequence: sequence,
            with: member.node.identity.signer)
    }

    @Test("a value is stored with the k nearest and found by everybody") func putAndGet() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 30)
            try await swarm.settle()
            let (key, value) = try await signed("hello", 1, by: swarm.members[3])
            let outcome = try await swarm.members[3].table.put(value, for: key)
            #expect(outcome.stored.count == 20 && outcome.failed.isEmpty)
            for reader in swarm.members {
                let got = try await reader.table.get(key)
                #expect(got.value == value && got.agreeing >= 3)
            }
            await #expect(throws: KademliaError.invalidRecord(.malformedValue)) {
                _ = try await swarm.members[0].table.put([1], for: key)
            }
            try await swarm.stop()
        }
    }

    @Test("a newer value supersedes, and holders that missed it are given it") func correction()
        throws
    {
        try Simulation.run(seed: 2, conditions: .lan) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 12)
            try await swarm.settle()
            let publisher = swarm.members[0]
            let old = try await signed("old", 1, by: publisher)
            _ = try await publisher.table.put(old.value, for: old.key)
            let new = try await signed("new", 2, by: publisher)
            // Only one other hears of the new one.
            let holder = swarm.members[5]
            _ = await holder.table.offer(new.value, for: new.key)
            let got = try await swarm.members[7].table.get(old.key, quorum: 100)
            #expect(got.value == new.value)
            try await simulation.sleep(for: .seconds(5))
            for member in swarm.members where member.id != swarm.members[7].id {
                let held = await member.table.parts?.holdings.records.entry(
                    for: old.key, at: simulation.now)
                #expect(held?.value == new.value)
            }
            try await swarm.stop()
        }
    }

    @Test("values outlive half of their holders, and end with their time") func lifetime() throws {
        try Simulation.run(seed: 3, conditions: .lan) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 24) {
                $0.recordLifetime = .seconds(3600)
                $0.recordInterval = .seconds(1200)
            }
            try await swarm.settle()
            let publisher = swarm.members[23]
            let (key, value) = try await signed("hello", 1, by: publisher)
            _ = try await publisher.table.put(value, for: key)
            for member in swarm.members[0..<12] {
                member.place.crash()
                await member.node.stop()
            }
            #expect(try await swarm.members[15].table.get(key).value == value)
            // Put again by its publisher, so it is there after its first lifetime.
            try await simulation.sleep(for: .seconds(5000))
            #expect(try await swarm.members[16].table.get(key).value == value)
            await publisher.table.withdraw(valueFor: key)
            try await simulation.sleep(for: .seconds(5000))
            await #expect(throws: KademliaError.self) {
                _ = try await swarm.members[17].table.get(key)
            }
            #expect(await swarm.members[18].table.statistics.records == 0)
            try await swarm.stop()
        }
    }

    @Test("providers are found, last while they live, and are forgotten after") func providers()
        throws
    {
        try Simulation.run(seed: 4, conditions: .lan) { simulation in
            var swarm = SimulatedTable(simulation)
            try await swarm.grow(by: 25) {
                $0.providerLifetime = .seconds(3600)
                $0.providerInterval = .seconds(1200)
            }
            try await swarm.settle()
            let cid = CID(codec: .raw, multihash: .sha256(of: [1, 2, 3]))
            let providers = Array(swarm.members[0..<3])
            for provider in providers {
                let outcome = try await provider.table.provide(cid)
                #expect(outcome.announced.count == 20 && outcome.failed.isEmpty)
            }
            try await simulation.sleep(for: .seconds(2))
            for reader in swarm.members[5..<15] {
                let found = try await reader.table.findProviders(of: cid)
                #expect(Set(found.providers.map(\.id)) == Set(providers.map(\.id)))
                #expect(found.providers.allSatisfy { !$0.addresses.isEmpty })
            }
            let one = try await swarm.members[20].table.findProviders(of: cid, limit: 1)
            #expect(one.providers.count == 1)
            for provider in providers[1...] {
                provider.place.crash()
                await provider.node.stop()
            }
            try await simulation.sleep(for: .seconds(5000))
            let left = try await swarm.members[20].table.findProviders(of: cid)
            #expect(left.providers.map(\.id) == [providers[0].id])
            try await swarm.stop()
        }
    }

    @Test("answers: the peer itself, a missing key, another's provider record") func answers()
        throws
    {
        try SimulatedPeers.pair { pair in
            let table = Kademlia()
            try await table.attach(to: pair.server)
            let (local, remote) = (pair.server.peerID, pair.client.peerID)
            let address = IPAddress.v4(IPv4Address(10, 0, 0, 2))
            func ask(_ message: KademliaMessage) async throws -> KademliaMessage? {
                try await table.answer(message, to: remote, at: address)
            }
            // go-libp2p takes nobody into its table who does not answer this.
            let own = try await ask(.init(kind: .findNode, key: local.bytes))
            #expect(own?.closerPeers.map(\.id) == [local])
            #expect(own?.closerPeers.first?.addresses.isEmpty == false)
            await #expect(throws: Kademlia.Refusal.self) {
                _ = try await ask(.init(kind: .getValue))
            }
            let foreign = KademliaMessage(
                kind: .addProvider, key: [1],
                providerPeers: [KademliaPeer(id: local, addresses: [.loopback])])
            await #expect(throws: Kademlia.Refusal.self) { _ = try await ask(foreign) }
            let own2 = KademliaMessage(
                kind: .addProvider, key: [1],
                providerPeers: [
                    KademliaPeer(id: remote, addresses: [KademliaTestPeers.address(7)])
                ])
            #expect(try await ask(own2) == nil)
            let providers = try await ask(.init(kind: .getProviders, key: [1]))
            #expect(providers?.providerPeers.map(\.id) == [remote])
            let mismatch = KademliaMessage(
                kind: .putValue, key: [1], record: .init(key: [2], value: []))
            await #expect(throws: Kademlia.Refusal.self) { _ = try await ask(mismatch) }
            #expect(try await ask(.init(kind: .ping))?.kind == .ping)
        }
    }

    @Test("addresses are told and believed only where they make sense")
    func addressScopes() throws {
        let all = try ["127.0.0.1", "192.168.1.1", "203.0.113.1", "0.0.0.0", "224.0.0.1"].map {
            Multiaddr(
                ip: IPEndpoint(address: try IPAddress($0), port: 1), transport: .tcp)
        }
        func sensible(_ remote: String?) throws -> [Multiaddr] {
            try all.filter { $0.makesSense(with: try remote.map { try IPAddress($0) }) }
        }
        #expect(try sensible("127.0.0.1") == Array(all[0...2]))
        #expect(try sensible("192.168.1.7") == Array(all[1...2]))
        #expect(try sensible("198.51.100.7") == [all[2]])
        #expect(try sensible(nil) == [all[2]])
    }
}
