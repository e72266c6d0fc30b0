import PeerKit

/// The network and its attackers begin together.
enum ColdBoot: Scenario {
    static let name = "cold-boot"
    static let summary =
        "Sybils, one for each honest peer, are there from the first second and drop everything."

    static func peers(at scale: ScenarioScale) -> Int { scale.pick(small: 20, full: 400) }

    static func play(on stage: Stage) async throws {
        let network = GossipNetwork(on: stage)
        let sybils = stage.peers / 2
        try await stage.phase("boot") {
            // The honest know each other by nothing but their first connections; the sybils are
            // quicker, for nobody has filled a mesh yet.
            try await network.grow(stage.peers - sybils, degree: 5, settle: .zero)
            try await network.infiltrate(sybils, .silent, degree: 20)
            try await stage.simulation.sleep(for: .seconds(5))
        }
        await network.noteMeshes(stage, "after boot")
        let first = try await stage.phase("first messages") {
            try await network.publish(stage.scale.pick(small: 10, full: 40))
        }
        let later = try await stage.phase("later messages") {
            try await stage.simulation.sleep(for: .seconds(60))
            return try await network.publish(stage.scale.pick(small: 10, full: 40))
        }
        await stage.note(first, "first messages", least: 99)
        await stage.note(later, "later messages", least: 99)
        await network.noteMeshes(stage, "at the end")
        await network.stop()
    }
}
