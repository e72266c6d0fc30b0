import PeerKit

/// Peers behind bad lines.
enum SlowPeers: Scenario {
    static let name = "slow-peers"
    static let summary =
        "A fifth of the peers has a second of latency and 20 kB/s: do the others notice?"

    static func peers(at scale: ScenarioScale) -> Int { scale.pick(small: 20, full: 400) }

    static func play(on stage: Stage) async throws {
        let network = GossipNetwork(on: stage)
        let count = stage.scale.pick(small: 20, full: 60)
        try await stage.phase("grow") { try await network.grow(stage.peers) }
        let before = try await stage.phase("before") {
            try await network.publish(count, grace: .seconds(20))
        }
        let swarm = network.swarm
        let slow = await swarm.sample(stage.peers / 5, of: swarm.honest)
        let line = LinkConditions(
            latency: .normal(mean: .seconds(1), deviation: .milliseconds(100)), bandwidth: 20_000)
        for member in slow { stage.simulation.setLinks(of: member.place, line) }
        let numbers = Set(slow.map(\.number))
        let fast = await swarm.honest.filter { !numbers.contains($0.number) }
        let tally = try await stage.phase("slow") {
            try await network.publish(count, from: fast, grace: .seconds(40))
        }
        await stage.note(before, "before", least: 100)
        await stage.note(tally, "with slow peers", least: 99)
        let (usual, median) = (
            before.times.quantile(0.5)?.milliseconds ?? 0,
            tally.times.quantile(0.5)?.milliseconds ?? 0
        )
        await stage.note(
            "median time, times that without slow peers", median / max(1, usual), .count,
            .atMost(2))
        await network.stop()
    }
}
