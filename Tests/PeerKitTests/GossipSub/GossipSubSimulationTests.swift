import Testing

@testable import PeerKit

@Suite("GossipSub among simulated peers") struct GossipSubSimulationTests {
    @Test("two peers hear each other, signed, with the author's name")
    func two() throws {
        try Simulation.gossip { swarm in
            try await swarm.add(2)
            try await swarm.subscribeAll(to: "news")
            try await swarm.connect(0, 1)
            try await swarm.simulation.sleep(for: .seconds(3))
            try await swarm.publish("from 0", by: 0, to: "news")
            try await swarm.publish("from 1", by: 1, to: "news")
            try await swarm.simulation.sleep(for: .seconds(1))
            let first = swarm.members[0]
            let second = swarm.members[1]
            #expect(first.inbox.texts.sorted() == ["from 0", "from 1"])
            #expect(second.inbox.texts.sorted() == ["from 0", "from 1"])
            let heard = try #require(second.inbox.all.first { $0.data == Array("from 0".utf8) })
            #expect(heard.from == first.node.peerID)
            #expect(heard.receivedFrom == first.node.peerID)
            #expect(await second.gossip.mesh(of: "news") == [first.node.peerID])
            #expect(await second.gossip.peers(in: "news") == [first.node.peerID])
            #expect(await second.gossip.topics() == ["news"])
        }
    }

    /// With one executor connections are written to in the router's own turn, with more in turns of
    /// their own.
    @Test("every message reaches all of 40 peers exactly once, in two seconds", arguments: 1...3)
    func delivery(executors: Int) throws {
        try Simulation.gossip(seed: 7) { swarm in
            swarm.executors = executors
            try await swarm.add(40)
            try await swarm.subscribeAll(to: "news")
            try await swarm.connectRing(chords: 6, seed: 1)
            try await swarm.simulation.sleep(for: .seconds(5))
            for number in 0..<40 { try await swarm.publish("m\(number)", by: number, to: "news") }
            try await swarm.simulation.sleep(for: .seconds(2))
            let wanted = (0..<40).map { "m\($0)" }.sorted()
            for member in swarm.members { #expect(member.inbox.texts.sorted() == wanted) }
            for member in swarm.members {
                #expect(await member.gossip.statistics.framesDropped == 0)
                let mesh = await member.gossip.mesh(of: "news").count
                #expect((5...12).contains(mesh), "mesh of \(mesh)")
            }
        }
    }

    /// Nearly a megabyte each, beyond window and output queue: what a stream cannot take at once is
    /// waited for. Few enough that none is dropped for a peer's sake (`maximumQueuedDataBytes`).
    @Test("messages that the streams cannot take at once still come, in order", arguments: 1...3)
    func largeMessages(executors: Int) throws {
        try Simulation.gossip(seed: 11) { swarm in
            swarm.executors = executors
            try await swarm.add(4)
            try await swarm.subscribeAll(to: "news")
            for number in 1..<4 { try await swarm.connect(0, number) }
            try await swarm.simulation.sleep(for: .seconds(3))
            for number in 0..<4 {
                let text = String(repeating: "\(number)", count: 900_000)
                try await swarm.publish(text, by: 0, to: "news")
            }
            try await swarm.simulation.sleep(for: .seconds(20))
            for member in swarm.members[1...] {
                let first = member.inbox.texts.map { $0.prefix(1) }
                #expect(first == ["0", "1", "2", "3"])
                #expect(member.inbox.texts.allSatisfy { $0.utf8.count == 900_000 })
            }
        }
    }
}
