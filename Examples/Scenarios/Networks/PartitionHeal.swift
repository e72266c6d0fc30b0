import PeerKit

/// Two halves that do not hear of each other for a while.
enum PartitionHeal: Scenario {
    static let name = "partition-heal"
    static let summary =
        "The network falls in two for five minutes: how long after is it one again?"

    static func peers(at scale: ScenarioScale) -> Int { scale.pick(small: 20, full: 300) }

    static func play(on stage: Stage) async throws {
        let network = GossipNetwork(on: stage)
        let swarm = network.swarm
        try await stage.phase("grow") { try await network.growWhole(stage.peers) }
        let members = await swarm.honest
        let half = members.count / 2
        stage.simulation.partition([
            members[..<half].map(\.place), members[half...].map(\.place),
        ])
        try await stage.phase("partition") {
            try await stage.simulation.sleep(for: .seconds(300))
        }
        stage.simulation.heal()
        let (time, tally) = try await stage.phase("heal") {
            try await network.timeUntilWhole(atMost: .seconds(300))
        }
        let lookups = try await stage.phase("look up") {
            await swarm.lookUp(
                stage.scale.pick(small: 40, full: 300), from: Array(members[..<half]),
                for: Array(members[half...]))
        }
        await stage.note(
            "time until messages reach both halves", time.seconds, .seconds, .atMost(120))
        await stage.note(tally, "messages then", least: 100)
        await stage.note(lookups, "look-ups across", least: 99)
        await network.stop()
    }
}
