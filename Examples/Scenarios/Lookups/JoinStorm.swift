import PeerKit

/// Everybody comes at once.
enum JoinStorm: Scenario {
    static let name = "join-storm"
    static let summary =
        "As many newcomers as there are peers join within five seconds through three of them."

    static func peers(at scale: ScenarioScale) -> Int { scale.pick(small: 20, full: 500) }

    static func play(on stage: Stage) async throws {
        let swarm = Swarm(on: stage)
        let old = try await stage.phase("grow") {
            try await swarm.growTable(stage.peers / 2)
        }
        let newcomers = try await swarm.start(stage.peers - old.count, .lookups)
        let doors = await swarm.sample(3, of: old)
        let failures = try await stage.phase("storm") {
            let failures = await storm(swarm, newcomers, through: doors)
            try await swarm.simulation.sleep(for: .seconds(30))
            return failures
        }
        let lookups = try await stage.phase("look up") {
            let tries = stage.scale.pick(small: 40, full: 500)
            return await swarm.lookUp(tries, for: newcomers)
        }
        let empty = await swarm.each(newcomers, width: newcomers.count) { member in
            await member.services.kademlia?.table().allSatisfy(\.peers.isEmpty) ?? true
        }
        await stage.note("newcomers that nobody let in", Double(failures), .count, .atMost(0))
        await stage.note(
            "newcomers with an empty table", Double(empty.count { $0 }), .count, .atMost(0))
        await stage.note(lookups, "look-ups of newcomers", least: 99)
        await swarm.stop()
    }

    /// Each newcomer tries the doors in turn, with pauses, until one opens.
    ///
    /// - Returns: How many stayed outside.
    private static func storm(
        _ swarm: Swarm, _ newcomers: [SwarmMember], through doors: [SwarmMember]
    ) async -> Int {
        let goals = doors.map(\.address)
        let count = newcomers.count
        let joined = await swarm.each(newcomers, width: count) { member in
            let runtime = member.place.runtime
            let delay = Duration.seconds(5) * Double(member.number % count) / Double(count)
            try? await runtime.sleep(for: delay)
            for attempt in 0..<10 {
                let goal = goals[(member.number + attempt) % goals.count]
                do {
                    try await member.node.connect(to: goal)
                    return true
                } catch {
                    try? await runtime.sleep(for: .seconds(1))
                }
            }
            return false
        }
        return joined.count { !$0 }
    }
}
