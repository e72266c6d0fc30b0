import PeerKit

/// Attackers that silence one author.
enum Censorship: Scenario {
    static let name = "censorship"
    static let summary =
        "Half of the peers pass on everything but what one author says, and crowd around it."

    static func peers(at scale: ScenarioScale) -> Int { scale.pick(small: 20, full: 300) }

    static func play(on stage: Stage) async throws {
        let network = GossipNetwork(on: stage)
        let sybils = stage.peers / 2
        let count = stage.scale.pick(small: 10, full: 50)
        try await stage.phase("grow") { try await network.grow(stage.peers - sybils) }
        guard let victim = await network.swarm.sample(network.swarm.honest) else {
            return
        }
        try await stage.phase("infiltrate") {
            try await network.infiltrate(sybils, .censoring(victim.id))
            // Every one of them is a neighbour of the author.
            let attackers = await network.swarm.attackers
            await network.swarm.join(attackers, through: [victim], degree: 1)
            try await stage.simulation.sleep(for: .seconds(20))
        }
        let censored = try await stage.phase("the victim speaks") {
            try await network.publish(count, from: [victim])
        }
        let others = try await stage.phase("others speak") { try await network.publish(count) }
        await stage.note(censored, "the victim's messages", least: 99)
        await stage.note(others, "others' messages", least: 99)
        await network.noteMeshes(stage, "at the end")
        await network.stop()
    }
}
