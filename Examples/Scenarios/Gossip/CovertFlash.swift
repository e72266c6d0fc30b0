import PeerKit

/// Attackers that were good peers until they were not.
enum CovertFlash: Scenario {
    static let name = "covert-flash"
    static let summary =
        "Sybils, one for each honest peer, earn a score, then all drop everything at once."

    static func peers(at scale: ScenarioScale) -> Int { scale.pick(small: 20, full: 400) }

    static func play(on stage: Stage) async throws {
        let network = GossipNetwork(on: stage)
        let sybils = stage.peers / 2
        let count = stage.scale.pick(small: 10, full: 40)
        try await stage.phase("grow") {
            try await network.grow(stage.peers - sybils)
            try await network.infiltrate(sybils, .covert)
            try await stage.simulation.sleep(for: .seconds(10))
        }
        let before = try await stage.phase("covert") { try await network.publish(count * 2) }
        await network.noteMeshes(stage, "before the flash")
        await network.turn(.silent)
        let flash = try await stage.phase("flash") { try await network.publish(count) }
        let later = try await stage.phase("later") {
            try await stage.simulation.sleep(for: .seconds(60))
            return try await network.publish(count)
        }
        await stage.note(before, "before the flash", least: 99)
        await stage.note(flash, "in the flash", least: 99)
        await stage.note(later, "later", least: 99)
        await network.noteMeshes(stage, "at the end")
        await network.stop()
    }
}
