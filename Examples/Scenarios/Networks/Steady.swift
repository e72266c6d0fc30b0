import PeerKit

/// What a peer costs that has two dozen connections and little to say.
enum Steady: Scenario {
    static let name = "steady"
    static let summary =
        "Cost of bare peers with two dozen connections each: idle, and with a request a second."

    static func play(on stage: Stage) async throws {
        let swarm = Swarm(on: stage)
        let members = try await stage.phase("start") {
            try await swarm.start(stage.peers, .bare)
        }
        let failures = try await stage.phase("connect") {
            await swarm.join(members, through: members, degree: 12)
        }
        let idle = Duration.seconds(stage.scale.pick(small: 10, full: 60))
        try await stage.phase("idle") { try await stage.simulation.sleep(for: idle) }
        let (answered, asked) = try await stage.phase("requests") {
            try await request(swarm, members, rounds: stage.scale.pick(small: 3, full: 30))
        }
        var connections = 0
        for member in members { connections += await member.node.connectedPeers.count }
        await stage.note("failed dials", Double(failures), .count, .atMost(0))
        await stage.note(
            "connections", Double(connections) / Double(members.count), .perPeer, .atLeast(12))
        await stage.note("requests answered", answered, of: asked, .atLeast(100))
        await swarm.stop()
    }

    /// Every second each peer sends a neighbour 64 bytes on a new stream and waits for them.
    private static func request(
        _ swarm: Swarm, _ members: [SwarmMember], rounds: Int
    ) async throws -> (answered: Int, asked: Int) {
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
