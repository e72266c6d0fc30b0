import PeerKit

/// Hiding one peer from everybody.
enum Eclipse: Scenario {
    static let name = "eclipse"
    static let summary =
        "Attackers with IDs near a victim's claim to be all there is: is it still found?"

    static let minimumPeers = 20
    static func peers(at scale: ScenarioScale) -> Int { scale.pick(small: 24, full: 500) }

    static func play(on stage: Stage) async throws {
        let swarm = Swarm(on: stage)
        let sybils = max(8, stage.peers / 10)
        try await stage.phase("grow") { try await swarm.growTable(stage.peers - sybils) }
        guard let victim = await swarm.sample(swarm.honest) else { return }
        let bits = stage.scale.pick(small: 6, full: 13)
        try await stage.phase("attack") {
            try await attack(swarm, victim, sybils: sybils, bits: bits)
        }
        let tries = stage.scale.pick(small: 30, full: 300)
        let others = await swarm.honest.filter { $0.number != victim.number }
        let (towards, from) = try await stage.phase("look up") {
            (
                await swarm.lookUp(tries, from: others, for: [victim]),
                await swarm.lookUp(tries, from: [victim], for: others)
            )
        }
        let table = await swarm.tables(of: [victim])
        await stage.note("sybils", Double(sybils), .count)
        await stage.note("bits that their IDs share with the victim's", Double(bits), .count)
        await stage.note("the victim's table taken", table.attackers, of: table.entries)
        await stage.note(towards, "look-ups of the victim", least: 95)
        await stage.note(from, "look-ups by the victim", least: 95)
        await swarm.stop()
    }

    /// Sybils on a handful of machines, all near the victim; half of what they know of the others
    /// is the victim's neighbourhood.
    private static func attack(
        _ swarm: Swarm, _ victim: SwarmMember, sybils: Int, bits: Int
    ) async throws {
        let grinder = KeyGrinder(towards: victim.id, bits: bits)
        var generator = RuntimeGenerator(swarm.simulation.node("grinder").runtime.random)
        let identities = (0..<sybils).map { _ in grinder.next(using: &generator) }
        let key = KademliaKey(victim.id)
        let neighbours = await swarm.honest.sorted {
            KademliaKey($0.id).distance(to: key) < KademliaKey($1.id).distance(to: key)
        }
        try await swarm.startLiars(
            sybils, [.collusion], against: Array(neighbours.prefix(20)), each: 20,
            as: identities, onMachines: 8)
        try await swarm.simulation.sleep(for: .seconds(120))
    }
}
