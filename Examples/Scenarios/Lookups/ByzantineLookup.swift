import PeerKit

/// Finding honest peers among liars.
enum ByzantineLookup: Scenario {
    static let name = "byzantine-lookup"
    static let summary =
        "Look-ups of honest peers while a fifth of all answer with lies, silence or garbage."

    static func play(on stage: Stage) async throws {
        let swarm = Swarm(on: stage)
        let liars = stage.peers / 5
        try await stage.phase("grow") {
            // The liars are there from the first: the tables grow around them.
            let first = try await swarm.growTable(stage.peers / 4, settle: .seconds(5))
            try await swarm.startLiars(
                liars, Array(LookupLiar.Lie.allCases), against: first, each: 12)
            try await swarm.growTable(stage.peers - liars - first.count)
        }
        let lookups = try await stage.phase("look up") {
            await swarm.lookUp(stage.scale.pick(small: 60, full: 1000))
        }
        await stage.note("liars", liars, of: stage.peers)
        await stage.note(lookups, "look-ups", least: 95, hops: 4)
        let share = await swarm.tables()
        await stage.note("table entries that are liars", share.attackers, of: share.entries)
        await swarm.stop()
    }
}

extension Swarm {
    /// Starts liars that know each other, the kinds of lie in turn, each connecting to `count`
    /// random victims.
    func startLiars(
        _ number: Int, _ lies: [LookupLiar.Lie], against victims: [SwarmMember], each count: Int,
        as identities: [PeerIdentity]? = nil, onMachines machines: Int? = nil
    ) async throws {
        var ring = LiarRing()
        var liars: [(place: SimulatedNode, identity: PeerIdentity)] = []
        var hosts: [SimulatedNode] = []
        for index in 0..<number {
            let name = "liar-\(members.count + index)"
            let place: SimulatedNode
            if let machines, hosts.count >= machines {
                place = simulation.node(name, onMachineOf: hosts[index % machines])
            } else {
                place = simulation.node(
                    name, address: Self.publicAddress(members.count + index))
                hosts.append(place)
            }
            var own = RuntimeGenerator(place.runtime.random)
            let identity = identities?[index] ?? .generate(using: &own)
            liars.append((place, identity))
        }
        var ports: [IPAddress: UInt16] = [:]
        var addresses: [Multiaddr] = []
        for (place, identity) in liars {
            let port = ports[place.address, default: Self.port]
            ports[place.address] = port + 1
            let address = Multiaddr(
                ip: IPEndpoint(address: place.address, port: port), transport: .tcp)
            addresses.append(address)
            ring.add(identity.peerID, at: address)
        }
        let all = ring
        for (index, (place, identity)) in liars.enumerated() {
            let prey = sample(count, of: victims).map(\.address)
            let lie = lies[index % lies.count]
            var recipe = SwarmRecipe(isHonest: false) { _ in
                SwarmRecipe.Services(others: [
                    LookupLiar(
                        lie, serving: SwarmRecipe.tableProtocol, in: all, against: prey)
                ])
            }
            let address = addresses[index]
            recipe.configure = { $0.listenAddresses = [address] }
            try await startOne(recipe, as: identity, at: place)
        }
    }

    /// How many entries the honest peers' tables have, and how many of them are attackers.
    func tables(of some: [SwarmMember]? = nil) async -> (entries: Int, attackers: Int) {
        let foes = Set(attackers.map(\.id))
        var (entries, taken) = (0, 0)
        for member in some ?? honest {
            guard let buckets = await member.services.kademlia?.table() else { continue }
            for bucket in buckets {
                entries += bucket.peers.count
                taken += bucket.peers.count { foes.contains($0.id) }
            }
        }
        return (entries, taken)
    }
}
