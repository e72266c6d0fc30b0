import PeerKit

/// Spreading messages that every peer thinks about before it passes them on.
///
/// Where a validation takes longer than a packet's way, as most do, IDONTWANTs come before the copies
/// that they spare. In ``GossipQuiet`` they do so only for copies that are held back for them.
enum GossipValidated: Scenario {
    static let name = "gossip-validated"
    static let summary =
        "Messages that each peer validates for 100 ms: what IDONTWANT spares."

    static func peers(at scale: ScenarioScale) -> Int { scale.pick(small: 20, full: 1000) }

    static func play(on stage: Stage) async throws {
        let network = GossipNetwork(on: stage)
        try await stage.phase("grow") {
            try await network.grow(stage.peers, validatingFor: .milliseconds(100))
        }
        let tally = try await stage.phase("publish") {
            try await network.publish(stage.scale.pick(small: 20, full: 100))
        }
        await stage.note(tally, "messages", least: 100, duplicates: 2.5)
        await network.noteMeshes(stage, "at the end")
        await network.stop()
    }
}
