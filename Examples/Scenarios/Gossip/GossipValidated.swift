import PeerKit

/// Spreading messages that every peer thinks about before it passes them on.
///
/// This is where IDONTWANT earns its place. A peer that passes a message on at once sends its copies
/// before any IDONTWANT can reach it: the one that would spare a copy leaves together with the copy
/// that came the other way. So ``GossipQuiet``, without validation, has as many duplicates with it as
/// without. With a validation that takes longer than a packet's way, as most do, the IDONTWANTs come
/// first.
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
