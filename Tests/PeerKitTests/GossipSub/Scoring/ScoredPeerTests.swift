import Testing

@testable import PeerKit

@Suite("Scores of peers that come and go") struct ScoredPeerTests {
    private let peer = PeerID.counted(1)

    private func scoring(
        _ change: (inout PeerScoreParameters) -> Void = { _ in },
        limits: PeerScoringLimits = .init()
    ) -> PeerScoring {
        var parameters = PeerScoreParameters()
        change(&parameters)
        return PeerScoring(parameters, limits: limits, at: .at(0))
    }

    // MARK: Retention

    @Test("a bad score outlives the connection, does not decay meanwhile, and comes back")
    func badScoreIsRetained() {
        var scoring = scoring()
        scoring.addPeer(peer, addresses: [], at: .at(0))
        for _ in 0..<3 { scoring.countInvalidMessage(from: peer, in: "t") }
        #expect(scoring.score(of: peer) == -90)
        scoring.removePeer(peer, at: .at(1))
        scoring.refresh(at: .at(3000))
        #expect(scoring.score(of: peer) == -90)
        #expect(!scoring.explain(peer).isConnected)
        scoring.addPeer(peer, addresses: [], at: .at(3001))
        #expect(scoring.score(of: peer) == -90)
        #expect(scoring.retainedCount == 0)
        scoring.refresh(at: .at(3002))
        #expect(scoring.score(of: peer) > -90, "it decays again")
    }

    @Test("after its time it is forgotten, by decay or when the peer comes back")
    func retentionEnds() {
        var scoring = scoring()
        for number in 1...2 {
            scoring.addPeer(.counted(number), addresses: [], at: .at(0))
            scoring.countInvalidMessage(from: .counted(number), in: "t")
            scoring.removePeer(.counted(number), at: .at(1))
        }
        scoring.addPeer(.counted(1), addresses: [], at: .at(3602))
        #expect(scoring.score(of: .counted(1)) == 0)
        #expect(scoring.score(of: .counted(2)) == -10)
        scoring.refresh(at: .at(3602))
        #expect(scoring.peers.count == 1)
        #expect(scoring.retainedCount == 0)
    }

    @Test("a good score is forgotten with the connection")
    func goodScoreIsForgotten() {
        var scoring = scoring()
        scoring.addPeer(peer, addresses: [], at: .at(0))
        scoring.delivered(.counted(1), from: peer, in: "t", at: .at(0))
        #expect(scoring.score(of: peer) == 1)
        scoring.removePeer(peer, at: .at(1))
        #expect(scoring.peers.isEmpty)
    }

    @Test("what was earned does not soften what is remembered")
    func rewardsAreNotRetained() {
        var scoring = scoring()
        scoring.addPeer(peer, addresses: [], at: .at(0))
        for number in 0..<9 { scoring.delivered(.counted(number), from: peer, in: "t", at: .at(0)) }
        scoring.countInvalidMessage(from: peer, in: "t")
        #expect(scoring.score(of: peer) == -1)
        scoring.removePeer(peer, at: .at(0))
        #expect(scoring.score(of: peer) == -10)
    }

    @Test("who leaves the mesh by disconnecting keeps the penalty for its deficit")
    func disconnectingFromMesh() {
        var scoring = scoring { $0.otherTopics = .delivering(messagesPerSecond: 2) }
        scoring.addPeer(peer, addresses: [], at: .at(0))
        scoring.graft(peer, in: "t", at: .at(0))
        scoring.refresh(at: .at(61))
        let deficit = scoring.score(of: peer)
        #expect(abs(deficit + 60) < 1)
        scoring.removePeer(peer, at: .at(62))
        #expect(abs(scoring.score(of: peer) + 60) < 1e-9)
        scoring.addPeer(peer, addresses: [], at: .at(63))
        #expect(scoring.score(of: peer) < -50)
        #expect(!scoring.explain(peer).topics[0].isInMesh)
    }

    @Test("nothing is remembered of a peer that did nothing, or where nothing is to be remembered")
    func nothingToRetain() {
        var scoring = scoring()
        scoring.addPeer(peer, addresses: [], at: .at(0))
        scoring.graft(peer, in: "t", at: .at(0))
        scoring.removePeer(peer, at: .at(0.5))
        #expect(scoring.peers.isEmpty && scoring.retainedCount == 0)
        scoring = self.scoring { $0.retainScore = .zero }
        scoring.addPeer(peer, addresses: [], at: .at(0))
        scoring.countInvalidMessage(from: peer, in: "t")
        scoring.removePeer(peer, at: .at(0))
        #expect(scoring.peers.isEmpty && scoring.retainedCount == 0)
    }

    @Test("ten times as many bad peers as are remembered: the worst are not washed out")
    func retentionIsBounded() {
        var limits = PeerScoringLimits()
        limits.maximumRetainedPeers = 20
        var scoring = scoring(limits: limits)
        let worst = PeerID.counted(5000)
        scoring.addPeer(worst, addresses: [], at: .at(0))
        for _ in 0..<9 { scoring.countInvalidMessage(from: worst, in: "t") }
        scoring.removePeer(worst, at: .at(0))
        for number in 0..<200 {
            scoring.addPeer(.counted(number), addresses: [], at: .at(1))
            scoring.countInvalidMessage(from: .counted(number), in: "t")
            scoring.removePeer(.counted(number), at: .at(1))
        }
        #expect(scoring.retainedCount == 20)
        #expect(scoring.peers.count == 20)
        #expect(scoring.score(of: worst) == -810)
    }

    @Test("a peer that nobody added has a score of 0 and leaves no trace")
    func unknownPeer() {
        var scoring = scoring()
        scoring.graft(peer, in: "t", at: .at(0))
        scoring.delivered(.counted(1), from: peer, in: "t", at: .at(0))
        scoring.countInvalidMessage(from: peer, in: "t")
        scoring.addBehaviourPenalty(peer, 100)
        scoring.setApplicationScore(peer, 100)
        scoring.removePeer(peer, at: .at(0))
        #expect(scoring.score(of: peer) == 0 && scoring.peers.isEmpty)
        #expect(scoring.explain(peer) == PeerScoreSnapshot(peer: peer))
    }

    // MARK: Addresses

    @Test("P6: the square of the peers above the threshold, for all of them")
    func colocation() throws {
        var scoring = scoring { $0.ipColocationThreshold = 3 }
        for number in 0..<5 {
            scoring.addPeer(.counted(number), addresses: [try IPAddress("10.0.0.1")], at: .at(0))
        }
        scoring.addPeer(.counted(9), addresses: [try IPAddress("10.0.0.2")], at: .at(0))
        #expect(scoring.score(of: .counted(0)) == -20)  // -5 · 2²
        #expect(scoring.score(of: .counted(4)) == -20)
        #expect(scoring.score(of: .counted(9)) == 0)
        scoring.setAddresses(.counted(4), [try IPAddress("10.0.0.2")])
        #expect(scoring.score(of: .counted(0)) == -5)
        #expect(scoring.score(of: .counted(4)) == 0)
        scoring.forget(.counted(3))
        #expect(scoring.score(of: .counted(0)) == 0)
    }

    @Test("P6: IPv4 written in IPv6 is the same address; IPv6 counts by network too")
    func colocationForms() throws {
        var scoring = scoring { $0.ipColocationThreshold = 1 }
        for (number, address) in [
            "10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::2",
        ].enumerated() {
            scoring.addPeer(.counted(number), addresses: [try IPAddress(address)], at: .at(0))
        }
        #expect((0..<5).map { scoring.score(of: .counted($0)) } == [-5, -5, -5, -5, 0])
    }

    @Test("P6: loopback and allowed ranges may be shared by any number")
    func allowlist() throws {
        let range = PeerScoreParameters.AddressRange(try IPAddress("10.0.0.0"), prefixLength: 8)
        var scoring = scoring {
            $0.ipColocationThreshold = 1
            $0.ipColocationAllowlist = [range]
        }
        for number in 0..<20 {
            let address = ["127.0.0.1", "::1", "10.9.9.9"][number % 3]
            scoring.addPeer(.counted(number), addresses: [try IPAddress(address)], at: .at(0))
        }
        #expect((0..<20).allSatisfy { scoring.score(of: .counted($0)) == 0 })
        #expect(scoring.colocated.isEmpty)
    }

    @Test("P6: an address given twice counts once; ten times too many count up to the limit")
    func manyAddresses() throws {
        var scoring = scoring { $0.ipColocationThreshold = 1 }
        let address = try IPAddress("10.0.0.1")
        scoring.addPeer(peer, addresses: [address, address], at: .at(0))
        #expect(scoring.score(of: peer) == 0)
        let many = (0..<80).map { IPAddress.v4(IPv4Address(10, 1, 0, $0)) }
        scoring.setAddresses(peer, many)
        #expect(scoring.colocated.count == 8)
        scoring.setAddresses(peer, [])
        #expect(scoring.colocated.isEmpty)
    }

    // MARK: Topics and records

    @Test("new parameters of a topic apply at once, and lower caps to what is counted already")
    func newParameters() {
        var scoring = scoring()
        scoring.addPeer(peer, addresses: [], at: .at(0))
        for number in 0..<30 {
            scoring.delivered(.counted(number), from: peer, in: "t", at: .at(0))
        }
        #expect(scoring.score(of: peer) == 30)
        var parameters = TopicScoreParameters()
        parameters.firstMessageDeliveriesCap = 8
        parameters.firstMessageDeliveriesWeight = 0.5
        scoring.setParameters(parameters, of: "t")
        #expect(scoring.score(of: peer) == 4)
        #expect(scoring.parameters.parameters(for: "t") == parameters)
    }

    @Test("ten times as many topics as are scored: the later ones are not")
    func topicsAreBounded() {
        var limits = PeerScoringLimits()
        limits.maximumTopics = 5
        var scoring = scoring(limits: limits)
        scoring.addPeer(peer, addresses: [], at: .at(0))
        for number in 0..<50 {
            scoring.delivered(.counted(number), from: peer, in: "topic \(number)", at: .at(0))
        }
        #expect(scoring.score(of: peer) == 5)
        #expect(scoring.explain(peer).topics.count == 5)
    }

    @Test("records of valid messages end with the window, those of invalid ones with their time")
    func recordsExpire() {
        var scoring = scoring()
        scoring.addPeer(peer, addresses: [], at: .at(0))
        scoring.validating(.counted(1), from: peer, in: "t", at: .at(0))
        scoring.delivered(.counted(1), from: peer, in: "t", at: .at(0))
        scoring.validating(.counted(2), from: peer, in: "t", at: .at(0))
        scoring.rejected(.counted(2), from: peer, in: "t", at: .at(0))
        scoring.validating(.counted(3), from: peer, in: "t", at: .at(0))
        scoring.validating(.counted(4), from: peer, in: "t", at: .at(0))
        scoring.ignored(.counted(4))
        #expect(scoring.deliveries.count == 3)
        scoring.refresh(at: .at(1))
        #expect(scoring.deliveries.count == 2)
        scoring.refresh(at: .at(121))
        #expect(scoring.deliveries.count == 0)
    }

    @Test("ten times as many messages, and senders of one, as are recorded: the bounds hold")
    func recordsAreBounded() {
        var limits = PeerScoringLimits()
        limits.maximumDeliveryRecords = 50
        limits.maximumPeersPerDelivery = 8
        var scoring = scoring(limits: limits)
        for number in 0..<80 { scoring.addPeer(.counted(number), addresses: [], at: .at(0)) }
        for number in 0..<500 {
            scoring.validating(.counted(number), from: peer, in: "t", at: .at(0))
        }
        #expect(scoring.deliveries.count == 50)
        for number in 0..<80 {
            scoring.duplicate(.counted(499), from: .counted(number), in: "t", at: .at(0))
        }
        scoring.rejected(.counted(499), from: peer, in: "t", at: .at(0))
        let blamed = (0..<80).filter { scoring.score(of: .counted($0)) < 0 }
        #expect(blamed.count == 8)
        scoring.rejected(.counted(498), from: peer, in: "t", at: .at(0))
        #expect(scoring.score(of: peer) == -40)
    }
}
