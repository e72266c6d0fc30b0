import Testing

@testable import PeerKit

/// A machine under random events, with what must always hold.
@Suite("GossipSub under random events") struct GossipSubRandomTests {
    @Test("invariants hold after each of 4,000 random events", arguments: [UInt64](1...12))
    func invariants(seed: UInt64) throws {
        var dice = WireTestGenerator(seed: seed)
        var router = try TestRouter(seed: seed, topics: ["a"]) {
            $0.parameters.floodPublish = seed.isMultiple(of: 2)
            $0.parameters.offersPeerExchange = true
            $0.explicitPeers = [.test(3)]
            $0.limits.maximumTopics = 3
            $0.limits.maximumTopicsPerPeer = 3
            $0.limits.maximumUnwantedPerPeer = 8
            $0.limits.maximumPendingMessages = 16
            $0.limits.maximumDeferredMessages = 4
            $0.eagerPeers = 1
        }
        router.verdict = { message in
            [.accept, .accept, .reject, .ignore, nil][message.data.count % 5]
        }
        router.fault = { $0.data.count % 11 == 0 ? .invalidSignature : nil }
        var messages: [PubSubMessage] = []
        for _ in 0..<4000 {
            step(&router, &dice, &messages)
            try check(router)
        }
    }

    private func step(
        _ router: inout TestRouter, _ dice: inout WireTestGenerator,
        _ messages: inout [PubSubMessage]
    ) {
        let names = ["a", "b", "c", "d"]
        let name = names[dice.below(4)]
        let peer = PeerID.test(1 + dice.below(30))
        let version = GossipSubVersion.allCases[dice.below(4)]
        switch dice.below(16) {
        case 0, 1:
            router.machine.addPeer(
                peer, version, isOutbound: dice.below(2) == 0, addresses: [], at: router.now)
        case 2: if dice.below(4) == 0 { router.machine.removePeer(peer, at: router.now) }
        case 3: router.machine.streamLost(peer, at: router.now)
        case 4: router.machine.streamRestored(peer)
        case 5: router.machine.setVersion(version, of: peer)
        case 6: router.machine.streamOpened(by: peer)
        case 7: _ = try? router.join(name)
        case 8: if dice.below(4) == 0 { _ = router.leave(name) }
        case 9:
            router.beat()
            router.machine.sendDeferred(at: router.now)
        case 10:
            router.machine.scoring.setApplicationScore(peer, Double(dice.below(60)) - 30)
        case 11: _ = try? router.publish(router.message(by: TestRouter.local, topic: name))
        default:
            let message = router.message(topic: name, size: dice.below(3000))
            messages.append(message)
            var rpc = GossipRPC()
            let known = messages[dice.below(messages.count)]
            if dice.below(2) == 0 { rpc.messages = [message, known] }
            if dice.below(3) == 0 { rpc.graft = [name] }
            if dice.below(3) == 0 {
                rpc.prune = [
                    .init(
                        topic: name, peers: [.init(id: .test(dice.below(60)), signedRecord: nil)],
                        backoff: .seconds(dice.below(100)))
                ]
            }
            rpc.subscriptions = [.init(topic: name, isSubscribed: dice.below(5) > 0)]
            rpc.have = [.init(topic: name, ids: [known.testID, MessageID(dice.bytes(8))])]
            rpc.want = [known.testID]
            rpc.dontWant = [known.testID]
            router.receive(from: peer) { $0 = rpc }
        }
        _ = router.run()
    }

    private func check(_ router: TestRouter) throws {
        let machine = router.machine
        try #require(machine.topics.count <= machine.limits.maximumTopics)
        try #require(machine.pending.count <= machine.limits.maximumPendingMessages)
        try #require(machine.deferred.count <= machine.limits.maximumDeferredMessages)
        for name in machine.topics.names {
            let topic = try #require(machine.topics[name], "a machine was not put back")
            try #require(topic.isJoined == (machine.joined[name] != nil))
            try #require(topic.isJoined || topic.mesh.isEmpty)
            try #require(!topic.isJoined || topic.fanout.isEmpty)
            for peer in topic.mesh {
                let known = try #require(machine.peers[peer], "a stranger in the mesh")
                try #require(known.isReachable)
                try #require(!machine.explicitPeers.contains(peer))
            }
            for peer in topic.subscribers {
                let known = try #require(machine.peers[peer])
                try #require(known.topics.contains(name))
            }
            let flooding = topic.subscribers.filter { machine.peers[$0]?.version == .floodsub }
            try #require(Set(flooding) == Set(topic.floodsubPeers))
        }
        for (peer, known) in machine.peers {
            try #require(known.topics.count <= machine.limits.maximumTopicsPerPeer)
            try #require(known.unwantedCount <= machine.limits.maximumUnwantedPerPeer)
            for name in known.topics {
                guard let topic = machine.topics[name] else { continue }
                try #require(topic.subscribers.contains(peer))
            }
            let inMesh = machine.topics.names.filter {
                machine.topics[$0]?.mesh.contains(peer) ?? false
            }
            let scored = machine.scoring.explain(peer).topics.filter(\.isInMesh).map(\.topic)
            try #require(Set(inMesh) == Set(scored), "mesh and score disagree")
        }
    }
}
