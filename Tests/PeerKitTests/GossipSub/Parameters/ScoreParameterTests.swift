import Testing

@testable import PeerKit

@Suite("Parameters of scores") struct ScoreParameterTests {
    @Test("the defaults are allowed, and fit each other")
    func defaults() throws {
        try PeerScoreThresholds().validated(with: PeerScoreParameters())
        try TopicScoreParameters.delivering(messagesPerSecond: 2).validated()
        try TopicScoreParameters.delivering(messagesPerSecond: 0.01).validated()
    }

    @Test("decay factors, against factorⁿ = 0.01 by hand")
    func decay() {
        // 0.01^(1/10) = 10^(-0.2); 0.01^(1/1) = 0.01; half a second counts as one.
        #expect(
            abs(PeerScoreParameters.scoreParameterDecay(.seconds(10)) - 0.630957344480193) < 1e-14)
        #expect(abs(PeerScoreParameters.scoreParameterDecay(.seconds(1)) - 0.01) < 1e-15)
        #expect(abs(PeerScoreParameters.scoreParameterDecay(.milliseconds(500)) - 0.01) < 1e-15)
        // 20 s in intervals of 2 s to 0.001: 10^(-0.3).
        let other = PeerScoreParameters.scoreParameterDecay(
            .seconds(20), interval: .seconds(2), toZero: 0.001)
        #expect(abs(other - 0.501187233627272) < 1e-14)
    }

    @Test("expected deliveries: the balance of growth and decay is what the arithmetic says")
    func deliveringArithmetic() {
        let parameters = TopicScoreParameters.delivering(messagesPerSecond: 4, share: 0.5)
        var counter = 0.0
        // One that delivers exactly its share, two messages a second, for ten minutes.
        for _ in 0..<600 {
            counter += 2
            counter *= parameters.meshMessageDeliveriesDecay
        }
        #expect(abs(counter - parameters.meshMessageDeliveriesThreshold) < 1e-6)
        let worst =
            parameters.meshMessageDeliveriesThreshold * parameters.meshMessageDeliveriesThreshold
            * parameters.meshMessageDeliveriesWeight
        #expect(abs(worst + 60) < 1e-9)
        let thresholds = PeerScoreThresholds()
        #expect(worst < thresholds.publish)
        #expect(2 * worst < thresholds.graylist)
    }

    @Test("the most that a topic earns is the cap over all, and the worst outweighs it")
    func defaultArithmetic() {
        let topic = TopicScoreParameters()
        let parameters = PeerScoreParameters()
        #expect(abs(topic.maximumScore - parameters.topicScoreCap) < 1e-9)
        let thresholds = PeerScoreThresholds()
        let cost = { (count: Double) in count * count * topic.invalidMessageDeliveriesWeight }
        #expect(cost(1) >= thresholds.gossip && cost(2) < thresholds.gossip)
        #expect(cost(3) < thresholds.graylist)
        #expect(cost(5) + parameters.topicScoreCap < thresholds.graylist)
        #expect(thresholds.acceptPeerExchange < parameters.topicScoreCap)
    }

    @Test(
        "topics: wrong signs, caps and decays are refused by name",
        arguments: [
            .init("topicWeight") { $0.topicWeight = -1 },
            .init("topicWeight") { $0.topicWeight = .nan },
            .init("timeInMeshWeight") { $0.timeInMeshWeight = -1 },
            .init("timeInMeshQuantum") { $0.timeInMeshQuantum = .zero },
            .init("timeInMeshCap") { $0.timeInMeshCap = 0 },
            .init("timeInMeshCap") { $0.timeInMeshCap = .infinity },
            .init("firstMessageDeliveriesWeight") { $0.firstMessageDeliveriesWeight = -1 },
            .init("firstMessageDeliveriesDecay") { $0.firstMessageDeliveriesDecay = 1 },
            .init("firstMessageDeliveriesDecay") { $0.firstMessageDeliveriesDecay = 0 },
            .init("firstMessageDeliveriesCap") { $0.firstMessageDeliveriesCap = 0 },
            .init("meshMessageDeliveriesWeight") { $0.meshMessageDeliveriesWeight = 1 },
            .init("meshMessageDeliveriesDecay") { $0.meshMessageDeliveriesDecay = 1.5 },
            .init("meshMessageDeliveriesThreshold") { $0.meshMessageDeliveriesThreshold = 0 },
            .init("meshMessageDeliveriesCap") { $0.meshMessageDeliveriesCap = 0.1 },
            .init("meshMessageDeliveriesCap") { $0.meshMessageDeliveriesCap = .nan },
            .init("meshMessageDeliveriesWindow") { $0.meshMessageDeliveriesWindow = .seconds(-1) },
            .init("meshMessageDeliveriesActivation") {
                $0.meshMessageDeliveriesActivation = .milliseconds(999)
            },
            .init("meshMessageDeliveriesActivation") {
                $0.meshMessageDeliveriesWindow = .seconds(60)
            },
            .init("meshFailurePenaltyWeight") { $0.meshFailurePenaltyWeight = 1 },
            .init("meshFailurePenaltyDecay") { $0.meshFailurePenaltyDecay = .nan },
            .init("meshFailurePenaltyWeight") { $0.meshMessageDeliveriesWeight = 0 },
            .init("invalidMessageDeliveriesWeight") { $0.invalidMessageDeliveriesWeight = 1 },
            .init("invalidMessageDeliveriesDecay") { $0.invalidMessageDeliveriesDecay = 0 },
        ] as [Change<TopicScoreParameters>])
    func topicRefused(change: Change<TopicScoreParameters>) {
        var topic = TopicScoreParameters.delivering(messagesPerSecond: 1)
        change.apply(&topic)
        let error = #expect(throws: GossipSubParameterError.self) { try topic.validated() }
        #expect(error?.parameter == change.name)
        var all = PeerScoreParameters()
        all.topics["news"] = topic
        let outer = #expect(throws: GossipSubParameterError.self) { try all.validated() }
        #expect(outer?.parameter == "topics[news].\(change.name)")
    }

    @Test("a component of weight 0 may have any parameters")
    func switchedOff() throws {
        var topic = TopicScoreParameters()
        topic.timeInMeshWeight = 0
        topic.timeInMeshCap = -1
        topic.firstMessageDeliveriesWeight = 0
        topic.firstMessageDeliveriesDecay = 7
        topic.meshMessageDeliveriesThreshold = -1
        topic.meshFailurePenaltyDecay = 2
        topic.invalidMessageDeliveriesWeight = 0
        topic.invalidMessageDeliveriesDecay = 2
        try topic.validated()
    }

    @Test(
        "peers: wrong signs, bounds and times are refused by name",
        arguments: [
            .init("topicScoreCap") { $0.topicScoreCap = -1 },
            .init("applicationWeight") { $0.applicationWeight = .nan },
            .init("toleratedStanding") { $0.toleratedStanding = -1 },
            .init("ipColocationWeight") { $0.ipColocationWeight = 1 },
            .init("ipColocationThreshold") { $0.ipColocationThreshold = 0 },
            .init("behaviourPenaltyWeight") { $0.behaviourPenaltyWeight = 1 },
            .init("behaviourPenaltyThreshold") { $0.behaviourPenaltyThreshold = -1 },
            .init("behaviourPenaltyDecay") { $0.behaviourPenaltyDecay = 1 },
            .init("decayInterval") { $0.decayInterval = .milliseconds(99) },
            .init("decayToZero") { $0.decayToZero = 0 },
            .init("decayToZero") { $0.decayToZero = 1 },
            .init("retainScore") { $0.retainScore = .seconds(-1) },
            .init("deliveryRecordTTL") { $0.deliveryRecordTTL = .zero },
            .init("otherTopics.topicWeight") { $0.otherTopics?.topicWeight = -1 },
        ] as [Change<PeerScoreParameters>])
    func peersRefused(change: Change<PeerScoreParameters>) {
        var parameters = PeerScoreParameters()
        change.apply(&parameters)
        let error = #expect(throws: GossipSubParameterError.self) { try parameters.validated() }
        #expect(error?.parameter == change.name)
    }

    @Test(
        "thresholds: the wrong order or sign is refused by name, and what no score can reach",
        arguments: [
            .init("gossip") { $0.gossip = 1 }, .init("gossip") { $0.gossip = .nan },
            .init("publish") { $0.publish = -9 }, .init("graylist") { $0.graylist = -49 },
            .init("acceptPeerExchange") { $0.acceptPeerExchange = -1 },
            .init("opportunisticGraft") { $0.opportunisticGraft = -1 },
            .init("opportunisticGraft") { $0.opportunisticGraft = 51 },
        ] as [Change<PeerScoreThresholds>])
    func thresholdsRefused(change: Change<PeerScoreThresholds>) {
        var thresholds = PeerScoreThresholds()
        change.apply(&thresholds)
        let error = #expect(throws: GossipSubParameterError.self) {
            try thresholds.validated(with: PeerScoreParameters())
        }
        #expect(error?.parameter == change.name)
    }

    @Test("standing counts beyond what is tolerated; who is suspended is graylisted")
    func standing() {
        let parameters = PeerScoreParameters()
        #expect(
            [0, -1, -20, -21, -30].map { parameters.applicationScore(standing: $0) }
                == [0, 0, 0, -1, -10])
        let suspended = parameters.applicationScore(
            standing: -StandingPolicy().suspensionPoints - 1)
        #expect(suspended * parameters.applicationWeight < PeerScoreThresholds().graylist)
    }

    @Test("ranges of addresses")
    func addressRanges() throws {
        let range = PeerScoreParameters.AddressRange(try IPAddress("10.1.0.0"), prefixLength: 15)
        #expect(range.contains(try IPAddress("10.0.255.255")))
        #expect(range.contains(try IPAddress("::ffff:10.1.2.3")))
        #expect(!range.contains(try IPAddress("10.2.0.0")))
        #expect(!range.contains(try IPAddress("::1")))
        let whole = PeerScoreParameters.AddressRange(try IPAddress("::1"), prefixLength: 999)
        #expect(whole.contains(try IPAddress("::1")))
        #expect(!whole.contains(try IPAddress("::2")))
    }
}
