import PeerKit

/// Spreading messages when nothing goes wrong.
enum GossipQuiet: Scenario {
    static let name = "gossip-quiet"
    static let summary = "Messages to everybody when nothing goes wrong."

    static func play(on stage: Stage) async throws {
        let network = GossipNetwork(on: stage)
        try await stage.phase("grow") { try await network.grow(stage.peers) }
        try await stage.phase("idle") { try await stage.simulation.sleep(for: .seconds(30)) }
        let tally = try await stage.phase("publish") {
            try await network.publish(stage.scale.pick(small: 20, full: 100))
        }
        await stage.note(tally, "messages", least: 100, duplicates: 2.5)
        await network.noteMeshes(stage, "at the end")
        await network.stop()
    }
}
