import PeerKit

/// What a peer costs that has two dozen connections and little to say.
public enum Steady: Scenario {
    public static let name = "steady"
    public static let summary =
        "Cost of peers with two dozen connections each: idle, and with a request a second."

    public static func play(on stage: Stage) async throws {
        let swarm = Swarm(on: stage)
        try await stage.phase("start") { try await swarm.start(stage.peers) }
        let failures = try await stage.phase("connect") { await connect(swarm, degree: 12) }
        let idle = Duration.seconds(stage.scale.pick(small: 10, full: 60))
        try await stage.phase("idle") { try await stage.simulation.sleep(for: idle) }
        let answered = try await stage.phase("requests") {
            try await request(swarm, rounds: stage.scale.pick(small: 3, full: 30))
        }
        var connections = 0
        for member in await swarm.members {
            connections += await member.node.connectedPeers.count
        }
        let peers = Double(stage.peers)
        await stage.note("failed dials", Double(failures), .count, .atMost(0))
        await stage.note("connections", Double(connections) / peers, .perPeer, .atLeast(12))
        await stage.note("requests answered", answered.0, of: answered.1, .atLeast(100))
        await swarm.stop()
    }

    /// Each peer dials `degree` others; both sides use the connection.
    private static func connect(_ swarm: Swarm, degree: Int) async -> Int {
        let members = await swarm.members
        var generator = RuntimeGenerator(swarm.random)
        var goals: [[Multiaddr]] = []
        for member in members {
            var chosen: Set<Int> = [member.number]
            while chosen.count < min(degree + 1, members.count) {
                chosen.insert(Int.random(in: 0..<members.count, using: &generator))
            }
            goals.append(
                chosen.subtracting([member.number]).sorted().map { members[$0].address })
        }
        let plan = goals
        let failed = await swarm.each(members) { member in
            var failures = 0
            for goal in plan[member.number] {
                do { try await member.node.connect(to: goal) } catch { failures += 1 }
            }
            return failures
        }
        return failed.reduce(0, +)
    }

    /// Every second each peer sends a neighbour 64 bytes on a new stream and waits for them.
    private static func request(_ swarm: Swarm, rounds: Int) async throws -> (Int, Int) {
        let members = await swarm.members
        let simulation = swarm.simulation
        var answered = 0
        for round in 0..<rounds {
            let start = simulation.now
            let outcomes = await swarm.each(members, width: members.count) { member in
                let neighbours = await member.node.connectedPeers
                guard !neighbours.isEmpty else { return false }
                return await echo(member.node, neighbours[round % neighbours.count])
            }
            answered += outcomes.count { $0 }
            let rest = Duration.seconds(1) - start.duration(to: simulation.now)
            if rest > .zero { try await simulation.sleep(for: rest) }
        }
        return (answered, rounds * members.count)
    }

    private static func echo(_ node: PeerNode, _ peer: PeerID) async -> Bool {
        do {
            let stream = try await node.newStream(to: peer, protocol: Swarm.echo)
            try await stream.write([UInt8](repeating: 7, count: 64))
            await stream.closeWrite()
            let back = try await stream.readToEnd(limit: 1024)
            await stream.close()
            return back.readableBytes == 64
        } catch {
            return false
        }
    }
}
