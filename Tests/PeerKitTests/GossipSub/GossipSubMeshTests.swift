import Testing

@testable import PeerKit

@Suite("The mesh of a topic") struct GossipSubMeshTests {
    @Test("joining announces the topic to all and grafts D of them")
    func joins() throws {
        var router = try TestRouter(topics: [])
        let peers = router.addPeers(1...10)
        let actions = try router.join("t")
        #expect(actions.grafted().count == 6)
        #expect(router.mesh() == actions.grafted())
        for peer in peers {
            #expect(
                actions.control(to: peer).subscriptions
                    == [.init(topic: "t", isSubscribed: true)])
        }
    }

    @Test("a peer that comes is told all topics, and an empty RPC if there are none")
    func greets() throws {
        var router = try TestRouter(topics: ["a", "b"])
        let peer = PeerID.test(1)
        router.machine.addPeer(peer, .meshsub11, isOutbound: false, addresses: [], at: router.now)
        #expect(router.run().control(to: peer).subscriptions.map(\.topic) == ["a", "b"])
        var silent = try TestRouter(topics: [])
        silent.machine.addPeer(peer, .meshsub11, isOutbound: false, addresses: [], at: silent.now)
        #expect(silent.run() == [.sendControl(GossipRPC(), to: peer)])
    }

    @Test("below Dlo the heartbeat grafts up to D, from Dlo on it grafts nobody")
    func fills() throws {
        var router = try TestRouter()
        let peers = router.addPeers(1...20)
        router.graft(Array(peers[..<4]))
        #expect(router.mesh().count == 4)
        #expect(router.beat().grafted().count == 2)
        #expect(router.mesh().count == 6)
        router.receive(from: router.mesh().sorted()[0]) {
            $0.prune = [.init(topic: "t", peers: [], backoff: .seconds(60))]
        }
        #expect(router.mesh().count == 5)
        #expect(router.beat().grafted().isEmpty)
    }

    @Test("above Dhi the heartbeat prunes to D and keeps the best by score")
    func shrinks() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            var router = try TestRouter(seed: seed) { $0.parameters.dOut = 0 }
            let peers = router.addPeers(1...14, isOutbound: true)
            router.graft(peers)
            #expect(router.mesh().count == 14)
            let best = Set(peers[5..<9])
            for peer in best { router.machine.scoring.setApplicationScore(peer, 5) }
            let pruned = router.beat().pruned()
            #expect(pruned.count == 8)
            #expect(router.mesh().count == 6)
            #expect(best.isSubset(of: router.mesh()))
        }
    }

    @Test("pruning to D keeps Dout peers that this side dialled, whatever their score")
    func keepsOutbound() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            var router = try TestRouter(seed: seed)
            let inbound = router.addPeers(1...11)
            let outbound = router.addPeers(12...14, isOutbound: true)
            router.graft(inbound + outbound)
            #expect(router.mesh().count == 14)
            for peer in inbound { router.machine.scoring.setApplicationScore(peer, 5) }
            router.beat()
            #expect(router.mesh().count == 6)
            #expect(router.mesh().intersection(outbound).count >= 2)
        }
    }

    @Test("a mesh without Dout dialled peers grafts some although it is large enough")
    func addsOutbound() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...6))
        let outbound = router.addPeers(7...12, isOutbound: true)
        let grafted = router.beat().grafted()
        #expect(grafted.count == 2)
        #expect(grafted.isSubset(of: outbound))
        #expect(router.mesh().count == 8)
    }

    @Test("peers of negative score are pruned without peers to go to")
    func prunesBadPeers() throws {
        var router = try TestRouter { $0.parameters.offersPeerExchange = true }
        let peers = router.addPeers(1...8)
        router.graft(Array(peers[..<6]))
        router.machine.scoring.setApplicationScore(peers[0], -1)
        let actions = router.beat()
        #expect(actions.pruned() == [peers[0]])
        #expect(actions.prune(to: peers[0])?.peers == [])
        #expect(!router.mesh().contains(peers[0]))
        router.machine.scoring.setApplicationScore(peers[0], 0)
        router.beat(30)
        #expect(!router.mesh().contains(peers[0]), "grafted again during the back-off")
    }

    // MARK: GRAFT

    @Test("GRAFT for a topic that is not joined has no answer")
    func unknownTopic() throws {
        var router = try TestRouter()
        let peer = router.addPeers([1])[0]
        #expect(router.receive(from: peer) { $0.graft = ["other"] }.isEmpty)
        #expect(router.penalty(peer) == 0)
    }

    @Test("a full mesh takes only peers that this side dialled")
    func fullMesh() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...12))
        #expect(router.mesh().count == 12)
        let inbound = router.addPeers([13])[0]
        let outbound = router.addPeers([14], isOutbound: true)[0]
        let refusal = router.receive(from: inbound) { $0.graft = ["t"] }
        #expect(refusal.prune(to: inbound)?.backoff == .seconds(60))
        #expect(!router.mesh().contains(inbound))
        #expect(router.receive(from: outbound) { $0.graft = ["t"] }.pruned().isEmpty)
        #expect(router.mesh().contains(outbound))
    }

    @Test(
        "GRAFT during the back-off is refused, begins it anew and is penalised: twice at once, once later",
        arguments: [(1, 2.0), (9, 2.0), (11, 1.0), (59, 1.0), (60, 0.0)])
    func backoff(seconds: Int, penalty: Double) throws {
        var router = try TestRouter()
        let peer = router.addPeers([1])[0]
        router.graft([peer])
        router.machine.scoring.setApplicationScore(peer, -1)
        #expect(router.beat().pruned() == [peer])
        router.machine.scoring.setApplicationScore(peer, 0)
        router.now = router.now.advanced(by: .seconds(seconds))
        let actions = router.receive(from: peer) { $0.graft = ["t"] }
        #expect(router.penalty(peer) == penalty)
        #expect(router.mesh().contains(peer) == (penalty == 0))
        guard penalty > 0 else { return }
        #expect(actions.prune(to: peer)?.backoff == .seconds(60))
        #expect(actions.reports == [.excess])
        router.now = router.now.advanced(by: .seconds(59))
        router.receive(from: peer) { $0.graft = ["t"] }
        #expect(!router.mesh().contains(peer), "the back-off did not begin anew")
    }

    @Test("GRAFT by a peer of negative score is refused, without peers to go to")
    func graftByBadPeer() throws {
        var router = try TestRouter { $0.parameters.offersPeerExchange = true }
        let peers = router.addPeers(1...5)
        router.machine.scoring.setApplicationScore(peers[0], -0.5)
        let actions = router.receive(from: peers[0]) { $0.graft = ["t"] }
        #expect(actions.prune(to: peers[0])?.peers == [])
        #expect(router.mesh().isEmpty)
    }

    @Test("GRAFT twice changes nothing")
    func graftTwice() throws {
        var router = try TestRouter()
        let peer = router.addPeers([1])[0]
        router.graft([peer])
        #expect(router.receive(from: peer) { $0.graft = ["t", "t"] }.isEmpty)
        #expect(router.mesh() == [peer])
    }

    // MARK: PRUNE

    @Test("a peer that pruned us is not grafted before its back-off and a heartbeat are over")
    func pruneByPeer() throws {
        var router = try TestRouter()
        let peer = router.addPeers([1])[0]
        router.graft([peer])
        router.receive(from: peer) {
            $0.prune = [.init(topic: "t", peers: [], backoff: .seconds(20))]
        }
        #expect(router.mesh().isEmpty)
        #expect(router.beat(20).grafted().isEmpty)
        #expect(router.beat(2).grafted() == [peer])
    }

    @Test("a PRUNE without back-off, as of GossipSub 1.0, counts for a minute")
    func pruneWithoutBackoff() throws {
        var router = try TestRouter()
        let peer = router.addPeers([1], .meshsub10)[0]
        router.graft([peer])
        router.receive(from: peer) { $0.prune = [.init(topic: "t", peers: [], backoff: nil)] }
        #expect(router.beat(60).grafted().isEmpty)
        #expect(router.beat(2).grafted() == [peer])
    }

    @Test("no PRUNE shuts a peer out for longer than the limit")
    func longBackoff() throws {
        var router = try TestRouter()
        let peer = router.addPeers([1])[0]
        router.receive(from: peer) {
            $0.prune = [.init(topic: "t", peers: [], backoff: .seconds(Int64.max))]
        }
        let end = try #require(router.machine.topics["t"]?.backoffs.end(of: peer))
        #expect(router.now.duration(to: end) == GossipSubLimits().maximumBackoff)
    }

    @Test("peers of GossipSub 1.0 are pruned without back-off and peers")
    func pruneOldPeer() throws {
        var router = try TestRouter { $0.parameters.offersPeerExchange = true }
        let peers = router.addPeers(1...3, .meshsub10)
        router.graft(peers)
        let prune = try #require(router.leave("t").prune(to: peers[0]))
        #expect(prune.backoff == nil)
        #expect(prune.peers.isEmpty)
    }

    @Test("leaving prunes the mesh for ten seconds, and joining again keeps to that")
    func leaves() throws {
        var router = try TestRouter()
        let peers = router.addPeers(1...4)
        router.graft(peers)
        let actions = router.leave("t")
        for peer in peers {
            #expect(actions.prune(to: peer)?.backoff == .seconds(10))
            #expect(
                actions.control(to: peer).subscriptions
                    == [.init(topic: "t", isSubscribed: false)])
        }
        router.beat(2)
        #expect(try router.join("t").grafted().isEmpty)
        #expect(router.beat(8).grafted().isEmpty)
        #expect(router.beat(2).grafted() == Set(peers))
    }

    @Test("a topic that was left is forgotten when its back-offs are over")
    func forgetsTopics() throws {
        var router = try TestRouter()
        router.graft(router.addPeers(1...4))
        _ = router.leave("t")
        router.beat(60)
        #expect(router.machine.topics.count == 0)
    }

    @Test("a peer that unsubscribes or goes leaves the mesh")
    func leavers() throws {
        var router = try TestRouter()
        let peers = router.addPeers(1...3)
        router.graft(peers)
        router.receive(from: peers[0]) {
            $0.subscriptions = [.init(topic: "t", isSubscribed: false)]
        }
        router.machine.removePeer(peers[1], at: router.now)
        router.machine.streamLost(peers[2], at: router.now)
        #expect(router.mesh().isEmpty)
        #expect(router.beat(5).grafted().isEmpty, "grafted a peer that cannot be told")
        router.machine.streamRestored(peers[2])
        #expect(router.run().control(to: peers[2]).subscriptions.map(\.topic) == ["t"])
        #expect(router.beat().grafted() == [peers[2]])
    }

    // MARK: Opportunistic grafting

    @Test("a mesh of poor median takes two better peers, once a minute")
    func opportunistic() throws {
        var router = try TestRouter { $0.parameters.dOut = 0 }
        let poor = router.addPeers(1...6)
        router.graft(poor)
        let better = router.addPeers(7...12)
        for peer in better { router.machine.scoring.setApplicationScore(peer, 1.5) }
        #expect(router.beat(59).grafted().isEmpty)
        let grafted = router.beat().grafted()
        #expect(grafted.count == 2)
        #expect(grafted.isSubset(of: better))
    }

    @Test("a mesh of good median takes nobody")
    func notOpportunistic() throws {
        var router = try TestRouter { $0.parameters.dOut = 0 }
        let good = router.addPeers(1...6)
        router.graft(good)
        for peer in good { router.machine.scoring.setApplicationScore(peer, 3) }
        for peer in router.addPeers(7...12) {
            router.machine.scoring.setApplicationScore(peer, 9)
        }
        #expect(router.beat(61).grafted().isEmpty)
    }

    // MARK: Others

    @Test("explicit peers are in no mesh, and their GRAFT is refused")
    func explicitPeers() throws {
        let explicit = PeerID.test(1)
        var router = try TestRouter { $0.explicitPeers = [explicit] }
        router.addPeers(1...4)
        router.beat(3)
        #expect(!router.mesh().contains(explicit))
        #expect(router.mesh().count == 3)
        let actions = router.receive(from: explicit) { $0.graft = ["t"] }
        #expect(actions.pruned() == [explicit])
        #expect(!router.mesh().contains(explicit))
        let message = router.message()
        #expect(router.receive(message, from: .test(2)).receivers.contains(explicit))
    }

    @Test(
        "an explicit peer that is not connected is dialled, at once and then every 300 heartbeats")
    func dialsExplicitPeers() throws {
        let explicit = PeerID.test(1)
        var router = try TestRouter { $0.explicitPeers = [explicit] }
        #expect(router.beat().contains(.connectExplicit(explicit)))
        #expect(!router.beat(299).contains(.connectExplicit(explicit)))
        #expect(router.beat().contains(.connectExplicit(explicit)))
    }

    @Test("floodsub peers are never grafted, and get every message")
    func floodsub() throws {
        var router = try TestRouter()
        let peers = router.addPeers(1...3, .floodsub)
        #expect(router.beat(3).grafted().isEmpty)
        router.receive(from: peers[0]) { $0.graft = ["t"] }
        #expect(router.mesh().isEmpty)
        let source = router.addPeers([9])[0]
        let actions = router.receive(router.message(), from: source)
        #expect(actions.receivers == Set(peers))
    }
}
