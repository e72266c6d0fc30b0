import PeerKit

/// As many false peers as true ones, from a few machines.
enum SybilFlood: Scenario {
    static let name = "sybil-flood"
    static let summary =
        "Half of all IDs belong to liars on a few machines: do look-ups still succeed?"

    static func peers(at scale: ScenarioScale) -> Int { scale.pick(small: 20, full: 500) }

    static func play(on stage: Stage) async throws {
        let swarm = Swarm(on: stage)
        let sybils = stage.peers / 2
        let machines = max(2, stage.peers / 100)
        try await stage.phase("grow") { try await swarm.growTable(stage.peers - sybils) }
        try await stage.phase("flood") {
            try await swarm.startLiars(
                sybils, [.collusion, .invention], against: swarm.honest, each: 20,
                onMachines: machines)
            try await swarm.simulation.sleep(for: .seconds(120))
        }
        let lookups = try await stage.phase("look up") {
            await swarm.lookUp(stage.scale.pick(small: 40, full: 500))
        }
        let share = await swarm.tables()
        await stage.note("sybils", Double(sybils), .count)
        await stage.note("their machines", Double(machines), .count)
        await stage.note("table entries that are sybils", share.attackers, of: share.entries)
        await stage.note(lookups, "look-ups", least: 95)
        await swarm.stop()
    }
}
