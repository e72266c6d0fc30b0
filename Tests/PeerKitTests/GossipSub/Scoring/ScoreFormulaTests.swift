import Testing

@testable import PeerKit

@Suite("The score function, by hand") struct ScoreFormulaTests {
    private let peer = PeerID.counted(1)
    private let other = PeerID.counted(2)

    /// One topic, "t", of weight 1 in which nothing counts, and nothing else counts either.
    private func parameters(
        _ change: (inout TopicScoreParameters) -> Void = { _ in }
    ) -> PeerScoreParameters {
        var topic = TopicScoreParameters()
        topic.timeInMeshWeight = 0
        topic.firstMessageDeliveriesWeight = 0
        topic.invalidMessageDeliveriesWeight = 0
        change(&topic)
        var parameters = PeerScoreParameters()
        parameters.topics = ["t": topic]
        parameters.otherTopics = nil
        parameters.topicScoreCap = 0
        parameters.ipColocationWeight = 0
        parameters.behaviourPenaltyWeight = 0
        return parameters
    }

    private func scoring(_ parameters: PeerScoreParameters) -> PeerScoring {
        var scoring = PeerScoring(parameters, at: .at(0))
        scoring.addPeer(peer, addresses: [], at: .at(0))
        scoring.addPeer(other, addresses: [], at: .at(0))
        return scoring
    }

    /// Delivers `count` messages, numbered from `first`, from one peer.
    private func deliver(
        _ count: Int, from first: Int = 0, by peer: PeerID, at now: Double = 0,
        to scoring: inout PeerScoring
    ) {
        for number in first..<first + count {
            scoring.validating(.counted(number), from: peer, in: "t", at: .at(now))
            scoring.delivered(.counted(number), from: peer, in: "t", at: .at(now))
        }
    }

    @Test("P1: whole quanta of time in the mesh, as of the last decay, capped, none outside")
    func timeInMesh() {
        var scoring = scoring(
            parameters {
                $0.timeInMeshWeight = 0.5
                $0.timeInMeshQuantum = .seconds(3)
                $0.timeInMeshCap = 4
                $0.topicWeight = 2
            })
        scoring.graft(peer, in: "t", at: .at(0))
        #expect(scoring.score(of: peer) == 0)
        scoring.refresh(at: .at(8))
        #expect(scoring.score(of: peer) == 2)  // 2 quanta · 0.5 · 2
        scoring.refresh(at: .at(100))
        #expect(scoring.score(of: peer) == 4)  // 4 quanta at most
        scoring.prune(peer, in: "t", at: .at(100))
        #expect(scoring.score(of: peer) == 0)
        scoring.graft(peer, in: "t", at: .at(200))
        #expect(scoring.score(of: peer) == 0, "a new stay begins anew")
    }

    @Test("P2: first deliveries, capped, decaying to 0")
    func firstDeliveries() {
        var scoring = scoring(
            parameters {
                $0.firstMessageDeliveriesWeight = 3
                $0.firstMessageDeliveriesCap = 4
                $0.firstMessageDeliveriesDecay = 0.1
            })
        deliver(2, by: peer, to: &scoring)
        #expect(scoring.score(of: peer) == 6)
        #expect(scoring.score(of: other) == 0)
        deliver(10, from: 2, by: peer, to: &scoring)
        #expect(scoring.score(of: peer) == 12)
        scoring.refresh(at: .at(1))
        #expect(abs(scoring.score(of: peer) - 1.2) < 1e-12)
        scoring.refresh(at: .at(2))
        #expect(abs(scoring.score(of: peer) - 0.12) < 1e-12)
        scoring.refresh(at: .at(3))
        #expect(scoring.score(of: peer) == 0, "0.004 is below decayToZero")
    }

    private func meshDeliveries() -> PeerScoreParameters {
        parameters {
            $0.meshMessageDeliveriesWeight = -2
            $0.meshMessageDeliveriesThreshold = 5
            $0.meshMessageDeliveriesCap = 6
            $0.meshMessageDeliveriesDecay = 0.999_999
            $0.meshMessageDeliveriesWindow = .milliseconds(10)
            $0.meshMessageDeliveriesActivation = .seconds(10)
            $0.meshFailurePenaltyWeight = -1
            $0.meshFailurePenaltyDecay = 0.5
        }
    }

    @Test("P3: nothing is expected before the activation, then the square of the deficit counts")
    func meshDeficit() {
        var scoring = scoring(meshDeliveries())
        scoring.graft(peer, in: "t", at: .at(0))
        scoring.refresh(at: .at(10))
        #expect(scoring.score(of: peer) == 0)
        scoring.refresh(at: .at(11))
        #expect(scoring.score(of: peer) == -50)  // -2 · 5²
        deliver(3, by: peer, at: 11, to: &scoring)
        #expect(scoring.score(of: peer) == -8)  // -2 · 2²
        deliver(9, from: 3, by: peer, at: 11, to: &scoring)
        #expect(scoring.score(of: peer) == 0)
        #expect(scoring.explain(peer).topics[0].meshMessageDeliveries == 6, "capped")
    }

    @Test("P3: a delivery during validation or within the window counts once, a later one never")
    func meshWindow() {
        var scoring = scoring(meshDeliveries())
        for peer in [peer, other] { scoring.graft(peer, in: "t", at: .at(0)) }
        let count = { (scoring: PeerScoring, peer: PeerID) in
            scoring.explain(peer).topics[0].meshMessageDeliveries
        }
        // During validation, twice.
        scoring.validating(.counted(1), from: peer, in: "t", at: .at(1))
        scoring.duplicate(.counted(1), from: other, in: "t", at: .at(1))
        scoring.duplicate(.counted(1), from: other, in: "t", at: .at(1))
        #expect(count(scoring, other) == 0, "not before it is known to be valid")
        scoring.delivered(.counted(1), from: peer, in: "t", at: .at(2))
        #expect(count(scoring, other) == 1)
        // Once more within the window: by the same, and by the first deliverer.
        scoring.duplicate(.counted(1), from: other, in: "t", at: .at(2.005))
        scoring.duplicate(.counted(1), from: peer, in: "t", at: .at(2.005))
        #expect(count(scoring, other) == 1)
        #expect(count(scoring, peer) == 1)
        // Within the window for the first time, and after it.
        scoring.validating(.counted(2), from: peer, in: "t", at: .at(3))
        scoring.delivered(.counted(2), from: peer, in: "t", at: .at(3))
        scoring.duplicate(.counted(2), from: other, in: "t", at: .at(3.010))
        #expect(count(scoring, other) == 2)
        scoring.validating(.counted(3), from: peer, in: "t", at: .at(4))
        scoring.delivered(.counted(3), from: peer, in: "t", at: .at(4))
        scoring.duplicate(.counted(3), from: other, in: "t", at: .at(4.011))
        #expect(count(scoring, other) == 2)
    }

    @Test("P3 counts for peers in the mesh only")
    func meshDeliveriesOutside() {
        var scoring = scoring(meshDeliveries())
        deliver(3, by: peer, to: &scoring)
        #expect(scoring.explain(peer).topics[0].meshMessageDeliveries == 0)
        scoring.refresh(at: .at(100))
        #expect(scoring.score(of: peer) == 0)
    }

    @Test("P3b: who leaves the mesh with a deficit keeps its square, decaying; P3 ends")
    func meshFailure() {
        var scoring = scoring(meshDeliveries())
        scoring.graft(peer, in: "t", at: .at(0))
        scoring.refresh(at: .at(11))
        deliver(2, by: peer, at: 11, to: &scoring)
        #expect(scoring.score(of: peer) == -18)  // -2 · 3²
        scoring.prune(peer, in: "t", at: .at(11))
        #expect(scoring.score(of: peer) == -9)  // -1 · 3²
        scoring.prune(peer, in: "t", at: .at(11))
        #expect(scoring.score(of: peer) == -9, "once for each stay")
        scoring.refresh(at: .at(12))
        #expect(scoring.score(of: peer) == -4.5)
        // A second stay that is too short to fail in.
        scoring.graft(peer, in: "t", at: .at(12))
        scoring.refresh(at: .at(13))
        scoring.prune(peer, in: "t", at: .at(13))
        #expect(scoring.score(of: peer) == -2.25)
    }

    @Test("P4: the square of the number of invalid messages, decaying")
    func invalidMessages() {
        var scoring = scoring(
            parameters {
                $0.invalidMessageDeliveriesWeight = -1.5
                $0.invalidMessageDeliveriesDecay = 0.5
                $0.topicWeight = 2
            })
        for _ in 0..<4 { scoring.countInvalidMessage(from: peer, in: "t") }
        #expect(scoring.score(of: peer) == -48)  // 2 · -1.5 · 4²
        scoring.refresh(at: .at(1))
        #expect(scoring.score(of: peer) == -12)  // 2 · -1.5 · 2²
    }

    @Test("P4: all who sent a rejected message are to blame, and who sends it later")
    func rejection() {
        var scoring = scoring(parameters { $0.invalidMessageDeliveriesWeight = -1 })
        let third = PeerID.counted(3)
        scoring.addPeer(third, addresses: [], at: .at(0))
        scoring.validating(.counted(1), from: peer, in: "t", at: .at(0))
        scoring.duplicate(.counted(1), from: other, in: "t", at: .at(0))
        scoring.rejected(.counted(1), from: peer, in: "t", at: .at(1))
        scoring.rejected(.counted(1), from: peer, in: "t", at: .at(1))
        #expect([peer, other, third].map { scoring.score(of: $0) } == [-1, -1, 0])
        scoring.duplicate(.counted(1), from: third, in: "t", at: .at(60))
        scoring.duplicate(.counted(1), from: third, in: "t", at: .at(60))
        #expect(scoring.score(of: third) == -4)
        scoring.delivered(.counted(1), from: peer, in: "t", at: .at(61))
        #expect(scoring.explain(peer).topics[0].firstMessageDeliveries == 0)
    }

    @Test("an ignored message counts for nobody and against nobody, and neither do its duplicates")
    func ignored() {
        var scoring = scoring(
            parameters {
                $0.invalidMessageDeliveriesWeight = -1
                $0.firstMessageDeliveriesWeight = 1
            })
        scoring.validating(.counted(1), from: peer, in: "t", at: .at(0))
        scoring.duplicate(.counted(1), from: other, in: "t", at: .at(0))
        scoring.ignored(.counted(1))
        scoring.duplicate(.counted(1), from: other, in: "t", at: .at(0))
        #expect(scoring.score(of: peer) == 0 && scoring.score(of: other) == 0)
    }

    @Test("P5: what the application says, by weight; what is no number counts as 0")
    func application() {
        var parameters = parameters()
        parameters.applicationWeight = 3
        var scoring = scoring(parameters)
        scoring.setApplicationScore(peer, -2)
        #expect(scoring.score(of: peer) == -6)
        scoring.setApplicationScore(peer, 5)
        #expect(scoring.score(of: peer) == 15)
        scoring.setApplicationScore(peer, .nan)
        #expect(scoring.score(of: peer) == 0)
    }

    @Test("P7: the square of what is above the threshold, decaying")
    func behaviour() {
        var parameters = parameters()
        parameters.behaviourPenaltyWeight = -2
        parameters.behaviourPenaltyThreshold = 3
        parameters.behaviourPenaltyDecay = 0.5
        var scoring = scoring(parameters)
        scoring.addBehaviourPenalty(peer, 3)
        #expect(scoring.score(of: peer) == 0)
        scoring.addBehaviourPenalty(peer, 5)
        #expect(scoring.score(of: peer) == -50)  // -2 · 5²
        scoring.refresh(at: .at(1))
        #expect(scoring.score(of: peer) == -2)  // -2 · 1²
        scoring.addBehaviourPenalty(peer, -100)
        scoring.addBehaviourPenalty(peer, .infinity)
        #expect(scoring.score(of: peer) == -2)
    }

    @Test("the cap bounds what topics earn together, not what they cost, nor the rest")
    func cap() {
        var parameters = parameters {
            $0.firstMessageDeliveriesWeight = 10
            $0.invalidMessageDeliveriesWeight = -1
        }
        parameters.topicScoreCap = 15
        var scoring = scoring(parameters)
        deliver(4, by: peer, to: &scoring)
        #expect(scoring.score(of: peer) == 15)
        scoring.setApplicationScore(peer, 1)
        #expect(scoring.score(of: peer) == 16)
        for _ in 0..<10 { scoring.countInvalidMessage(from: peer, in: "t") }
        #expect(scoring.score(of: peer) == 40 - 100 + 1)
    }

    @Test("topics add up by weight; one without parameters counts only if others are set")
    func topics() {
        var parameters = parameters { $0.firstMessageDeliveriesWeight = 1 }
        parameters.topics["u"] = parameters.topics["t"]
        parameters.topics["u"]?.topicWeight = 0.25
        for (others, expected) in [(nil, 1.25), (parameters.topics["t"], 2.25)] {
            parameters.otherTopics = others
            var scoring = scoring(parameters)
            for (number, topic) in ["t", "u", "v"].enumerated() {
                scoring.delivered(.counted(number), from: peer, in: topic, at: .at(0))
            }
            #expect(scoring.score(of: peer) == expected)
        }
    }

    @Test("an explanation adds up to the score")
    func explanation() throws {
        var parameters = PeerScoreParameters()
        parameters.otherTopics = .delivering(messagesPerSecond: 3)
        parameters.ipColocationThreshold = 1
        var scoring = PeerScoring(parameters, at: .at(0))
        for peer in [peer, other] {
            scoring.addPeer(peer, addresses: [try IPAddress("10.0.0.1")], at: .at(0))
            scoring.graft(peer, in: "t", at: .at(0))
            scoring.graft(peer, in: "a", at: .at(0))
        }
        deliver(3, by: peer, to: &scoring)
        scoring.countInvalidMessage(from: peer, in: "a")
        scoring.addBehaviourPenalty(peer, 20)
        scoring.setApplicationScore(peer, 4)
        scoring.refresh(at: .at(70))
        let snapshot = scoring.explain(peer)
        #expect(snapshot.topics.map(\.topic) == ["a", "t"])
        for topic in snapshot.topics {
            let sum =
                topic.timeInMeshPart + topic.firstMessageDeliveriesPart
                + topic.meshMessageDeliveriesPart + topic.meshFailurePart
                + topic.invalidMessagesPart
            #expect(abs(sum - topic.total) < 1e-9)
            #expect(topic.secondsInMesh == 70 && topic.isInMesh && topic.isDeliveryExpected)
        }
        #expect(snapshot.ipColocationPart == -5)
        #expect(snapshot.applicationPart == 4)
        #expect(snapshot.behaviourPart < 0)
        let sum =
            snapshot.topicsPart + snapshot.applicationPart + snapshot.ipColocationPart
            + snapshot.behaviourPart
        #expect(abs(sum - snapshot.score) < 1e-9)
        #expect(snapshot.score == scoring.score(of: peer))
        #expect(scoring.snapshots().map(\.peer) == [peer, other].sorted())
    }

    @Test("many intervals at once decay as one after the other")
    func longSleep() {
        let parameters = parameters {
            $0.firstMessageDeliveriesWeight = 1
            $0.firstMessageDeliveriesDecay = 0.97
        }
        var steps = scoring(parameters)
        deliver(20, by: peer, to: &steps)
        var leap = steps
        for second in 1...100 { steps.refresh(at: .at(Double(second))) }
        leap.refresh(at: .at(100.7))
        #expect(abs(steps.score(of: peer) - leap.score(of: peer)) < 1e-9)
        #expect(steps.score(of: peer) > 0.9)
        leap.refresh(at: .at(100.9))
        #expect(abs(steps.score(of: peer) - leap.score(of: peer)) < 1e-9)
        leap.refresh(at: .at(101))
        #expect(leap.score(of: peer) < steps.score(of: peer), "0.7 s were not lost")
    }
}
