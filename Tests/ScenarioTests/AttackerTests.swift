import PeerKit
import Testing

@testable import Scenarios

@Suite("Attackers") struct AttackerTests {
    @Test("messages written by hand are read back")
    func wire() {
        var message = WireMessage()
        message.add(1, number: 300)
        message.add(2, "topic".utf8)
        message.add(3) { $0.add(1, [1, 2, 3]) }
        let fields = WireMessage.fields(of: message.bytes)
        #expect(fields.map(\.field) == [1, 2, 3])
        #expect(WireMessage.all(2, of: message.bytes) == [Array("topic".utf8)])
        #expect(
            WireMessage.all(3, of: message.bytes).first.map { WireMessage.all(1, of: $0) } == [
                [1, 2, 3]
            ])
        // Cut short, what was whole before the cut is kept.
        #expect(WireMessage.fields(of: Array(message.bytes.dropLast())).map(\.field) == [1, 2])
    }

    @Test("ground identities share their leading bits with the victim's")
    func grinder() throws {
        try Simulation.run(seed: 1) { simulation in
            var generator = RuntimeGenerator(simulation.node("a").runtime.random)
            let victim = PeerIdentity.generate(using: &generator).peerID
            let grinder = KeyGrinder(towards: victim, bits: 6)
            for _ in 0..<4 {
                let identity = grinder.next(using: &generator)
                let shared = KademliaKey(identity.peerID).commonPrefixLength(
                    with: KademliaKey(victim))
                #expect(shared >= 6)
            }
        }
    }

    @Test("a ring of liars names those that are nearest")
    func ring() throws {
        try Simulation.run(seed: 1) { simulation in
            var generator = RuntimeGenerator(simulation.node("a").runtime.random)
            var ring = LiarRing()
            let ids = (0..<30).map { _ in PeerIdentity.generate(using: &generator).peerID }
            for id in ids { ring.add(id, at: .loopback) }
            let key = KademliaKey(hashing: [1, 2, 3])
            let wanted = ids.sorted {
                KademliaKey($0).distance(to: key) < KademliaKey($1).distance(to: key)
            }
            #expect(ring.closest(to: key, count: 5).map(\.id) == Array(wanted.prefix(5)))
        }
    }

    @Test("saboteurs get into meshes and pass nothing on, unless they are told to")
    func saboteur() throws {
        for (conduct, forwards) in [(GossipSaboteur.Conduct.silent, false), (.covert, true)] {
            let (received, forwarded, places) = try Simulation.run(
                seed: 3, conditions: .continent
            ) { simulation in
                let stage = Stage(simulation: simulation, scale: .small, peers: 8)
                let network = GossipNetwork(on: stage)
                try await network.grow(6, degree: 3)
                try await network.infiltrate(2, conduct, degree: 6)
                try await simulation.sleep(for: .seconds(5))
                _ = try await network.publish(4)
                var (received, forwarded, places) = (0, 0, 0)
                for member in await network.swarm.attackers {
                    guard let saboteur = member.services.saboteur else { continue }
                    received += await saboteur.received
                    forwarded += await saboteur.forwarded
                    places += await saboteur.places
                }
                await network.stop()
                return (received, forwarded, places)
            }
            #expect(received > 0)
            #expect(places > 0)
            #expect((forwarded > 0) == forwards)
        }
    }

    @Test("the shared verifier gives the answers of the real one")
    func verifier() async throws {
        var generator = SystemRandomNumberGenerator()
        let identity = PeerIdentity.generate(using: &generator)
        var message = PubSubMessage(
            data: [1, 2, 3], sequenceNumber: MessageSigning.sequenceNumber(1), topic: "t")
        try await MessageSigning.sign(&message, with: identity.signer)
        var forged = message
        forged.data = [1, 2, 4]
        let shared = SharedVerifier()
        for _ in 0..<2 {
            #expect(shared.fault(of: message, under: .strictSign) == nil)
            #expect(shared.fault(of: forged, under: .strictSign) != nil)
        }
    }

    @Test("each peer of a swarm has a network of its own")
    func addresses() {
        let all = (0..<3000).map { Swarm.publicAddress($0) }
        #expect(Set(all).count == all.count)
        let groups = Set(
            all.compactMap { address -> UInt32? in
                if case .v4(let address) = address { address.rawValue >> 16 } else { nil }
            })
        #expect(groups.count == all.count)
        #expect(all.allSatisfy { !$0.isLoopback && !$0.isPrivate && !$0.isLinkLocal })
    }
}
