import PeerKit

/// Attackers that waste what they can.
enum Degradation: Scenario {
    static let name = "degradation"
    static let summary =
        "A third of the peers drops everything, insists on its places and makes empty promises."

    static func peers(at scale: ScenarioScale) -> Int { scale.pick(small: 20, full: 300) }

    static func play(on stage: Stage) async throws {
        let network = GossipNetwork(on: stage)
        let sybils = stage.peers / 3
        let count = stage.scale.pick(small: 10, full: 50)
        try await stage.phase("grow") { try await network.grow(stage.peers - sybils) }
        let before = try await stage.phase("quiet") { try await network.publish(count) }
        try await stage.phase("infiltrate") { try await network.infiltrate(sybils, .degrading) }
        let during = try await stage.phase("attack") { try await network.publish(count) }
        let later = try await stage.phase("later") {
            try await stage.simulation.sleep(for: .seconds(30))
            return try await network.publish(count)
        }
        await stage.note(before, "before the attack", least: 100)
        await stage.note(during, "in the attack", least: 99)
        await stage.note(later, "later", least: 99)
        await network.noteMeshes(stage, "at the end")
        await network.stop()
    }
}
