import PeerKit

/// Peers whose clocks are wrong.
enum ClockSkew: Scenario {
    static let name = "clock-skew"
    static let summary =
        "Wall clocks are wrong by up to a day either way: look-ups and messages must not care."

    static func peers(at scale: ScenarioScale) -> Int { scale.pick(small: 20, full: 200) }

    static func play(on stage: Stage) async throws {
        let network = GossipNetwork(on: stage)
        let swarm = network.swarm
        try await stage.phase("grow") {
            let members = try await swarm.start(stage.peers, .whole(network.verifier))
            for member in members { member.place.setClockSkew(skew(of: member.number)) }
            try await swarm.subscribe(members, to: network.meter, in: network.readers)
            await swarm.join(members, through: members, degree: 5)
            try await stage.simulation.sleep(for: .seconds(60))
        }
        let tally = try await stage.phase("publish") {
            try await network.publish(stage.scale.pick(small: 20, full: 50))
        }
        let lookups = try await stage.phase("look up") {
            await swarm.lookUp(stage.scale.pick(small: 40, full: 300))
        }
        await stage.note(tally, "messages", least: 100)
        await stage.note(lookups, "look-ups", least: 99)
        await network.stop()
    }

    /// A third slow, a third fast, a third right; the farthest by a day.
    private static func skew(of number: Int) -> Duration {
        let hours = number / 3 % 24 + 1
        return .seconds(3600 * hours * [-1, 0, 1][number % 3])
    }
}
