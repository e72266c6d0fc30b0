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

    @Test("every message reaches all of 40 peers exactly once, in two seconds")
    func delivery() throws {
        try Simulation.gossip(seed: 7) { swarm in
            try await swarm.add(40)
            try await swarm.subscribeAll(to: "news")
            try await swarm.connectRing(chords: 6, seed: 1)
            try await swarm.simulation.sleep(for: .seconds(5))
            for number in 0..<40 { try await swarm.publish("m\(number)", by: number, to: "news") }
            try await swarm.simulation.sleep(for: .seconds(2))
            let wanted = (0..<40).map { "m\($0)" }.sorted()
            for member in swarm.members { #expect(member.inbox.texts.sorted() == wanted) }
            for member in swarm.members {
                let mesh = await member.gossip.mesh(of: "news").count
                #expect((5...12).contains(mesh), "mesh of \(mesh)")
            }
        }
    }
}
