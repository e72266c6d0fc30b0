import PeerKit

/// Spreading messages among saboteurs.
enum GossipSybils: Scenario {
    static let name = "gossip-sybils"
    static let summary =
        "Messages while 30 % of the peers take places in the meshes and pass nothing on."

    static func play(on stage: Stage) async throws {
        let network = GossipNetwork(on: stage)
        let sybils = stage.peers * 3 / 10
        try await stage.phase("grow") { try await network.grow(stage.peers - sybils) }
        try await stage.phase("infiltrate") {
            try await network.infiltrate(sybils, .silent)
            try await stage.simulation.sleep(for: .seconds(15))
        }
        await network.noteMeshes(stage, "before")
        let tally = try await stage.phase("publish") {
            try await network.publish(stage.scale.pick(small: 20, full: 100))
        }
        await stage.note("sybils", sybils, of: stage.peers)
        await stage.note(tally, "messages", least: 99)
        await network.noteMeshes(stage, "after")
        await network.stop()
    }
}
