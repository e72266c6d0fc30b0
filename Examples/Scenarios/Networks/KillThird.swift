import PeerKit

/// A third of the network dies at once.
enum KillThird: Scenario {
    static let name = "kill-third"
    static let summary =
        "A third is killed at once; the rest must be whole within 30 s, the killed rejoin alone."

    static func peers(at scale: ScenarioScale) -> Int { scale.pick(small: 24, full: 300) }

    static func play(on stage: Stage) async throws {
        let network = GossipNetwork(on: stage)
        let swarm = network.swarm
        try await stage.phase("grow") { try await network.growWhole(stage.peers) }
        let victims = await swarm.sample(stage.peers / 3, of: swarm.honest)
        await swarm.crash(victims)
        let (healing, tally) = try await stage.phase("heal") {
            try await network.timeUntilWhole(atMost: .seconds(120))
        }
        let tries = stage.scale.pick(small: 40, full: 300)
        let lookups = try await stage.phase("look up") { await swarm.lookUp(tries) }

        // Nobody tells them whom to join: all they have is what is on their disks.
        let (back, joined) = try await stage.phase("restart") {
            let back = try await swarm.restart(victims)
            try await swarm.subscribe(back, to: network.meter, in: network.readers)
            try await stage.simulation.sleep(for: .seconds(30))
            let connected = await swarm.each(back) { await !$0.node.connectedPeers.isEmpty }
            return (back, connected.count { $0 })
        }
        let again = try await stage.phase("publish") {
            try await network.publish(stage.scale.pick(small: 10, full: 30))
        }
        let found = try await stage.phase("look up the restarted") {
            await swarm.lookUp(tries, for: back)
        }
        await stage.note("killed", victims.count, of: stage.peers)
        await stage.note(
            "time until the rest is whole", healing.seconds, .seconds, .atMost(30))
        await stage.note(tally, "messages then", least: 100)
        await stage.note(lookups, "look-ups by the rest", least: 100)
        await stage.note("restarted that found somebody", joined, of: back.count, .atLeast(100))
        await stage.note(again, "messages to all", least: 100)
        await stage.note(found, "look-ups of the restarted", least: 99)
        await network.stop()
    }
}

extension GossipNetwork {
    /// Starts peers with everything in them, in waves that join through three that are there.
    func growWhole(_ count: Int, settle: Duration = .seconds(90)) async throws {
        let members = try await swarm.growTable(count, .whole(verifier), settle: .zero)
        try await swarm.subscribe(members, to: meter, in: readers)
        try await swarm.simulation.sleep(for: settle)
    }

    /// Publishes a message each second until five in a row reach everybody.
    ///
    /// - Returns: How long after the call the first of those was published (the limit, if there
    ///   are none), and how the five went.
    func timeUntilWhole(atMost limit: Duration) async throws -> (Duration, GossipTally) {
        let start = swarm.simulation.now
        var tally = GossipTally()
        while start.duration(to: swarm.simulation.now) < limit {
            let begun = start.duration(to: swarm.simulation.now)
            tally = try await publish(5, every: .milliseconds(200), grace: .seconds(3))
            if tally.complete == tally.messages { return (begun, tally) }
        }
        return (limit, tally)
    }
}
