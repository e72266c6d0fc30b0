import Testing

@testable import PeerKit

@Suite("Parameters of the mesh") struct GossipSubParameterTests {
    @Test("the defaults are go-libp2p's, and allowed")
    func defaults() throws {
        let parameters = try GossipSubParameters().validated()
        #expect(parameters.d == 6 && parameters.dLow == 5 && parameters.dHigh == 12)
        #expect(parameters.dScore == 4 && parameters.dOut == 2 && parameters.dLazy == 6)
        #expect(parameters.historyLength == 5 && parameters.historyGossip == 3)
        #expect(parameters.gossipFactor == 0.25 && parameters.gossipRetransmission == 3)
        #expect(parameters.pruneBackoff == .seconds(60))
        #expect(parameters.unsubscribeBackoff == .seconds(10))
        #expect(parameters.seenTTL == .seconds(120))
    }

    @Test("a node without meshes sets all degrees to 0")
    func meshless() throws {
        var parameters = GossipSubParameters()
        (parameters.d, parameters.dLow, parameters.dHigh) = (0, 0, 0)
        (parameters.dOut, parameters.dScore) = (0, 0)
        #expect(parameters.isMeshless)
        try parameters.validated()
        parameters.dScore = 1
        #expect(throws: GossipSubParameterError.self) { try parameters.validated() }
    }

    @Test("other sensible sets are allowed")
    func otherSets() throws {
        // Ethereum's consensus layer.
        var parameters = GossipSubParameters()
        (parameters.d, parameters.dLow, parameters.dHigh) = (8, 6, 12)
        parameters.heartbeatInterval = .milliseconds(700)
        (parameters.historyLength, parameters.seenTTL) = (6, .seconds(390))
        try parameters.validated()
        // A simulation of few peers.
        parameters = GossipSubParameters()
        (parameters.d, parameters.dLow, parameters.dHigh) = (2, 1, 3)
        (parameters.dScore, parameters.dOut) = (1, 0)
        try parameters.validated()
    }

    @Test(
        "a combination that would break a mesh is refused, with its name and a reason",
        arguments: [
            .init("d") { $0.dLow = 7 }, .init("d") { $0.dHigh = 5 }, .init("d") { $0.dLow = 0 },
            .init("d") { $0.d = -1 }, .init("dOut") { $0.dOut = 5 }, .init("dOut") { $0.dOut = -1 },
            .init("dOut") {
                $0.dOut = 4; $0.dScore = 0
            }, .init("dScore") { $0.dScore = 5 },
            .init("dScore") { $0.dScore = -1 }, .init("dScore") { $0.dScore = .max },
            .init("opportunisticGraftPeers") { $0.opportunisticGraftPeers = 13 },
            .init("opportunisticGraftTicks and directConnectTicks") {
                $0.opportunisticGraftTicks = 0
            },
            .init("heartbeatInterval") { $0.heartbeatInterval = .zero },
            .init("heartbeatInterval") { $0.heartbeatInitialDelay = .seconds(-1) },
            .init("pruneBackoff") { $0.pruneBackoff = .seconds(1) },
            .init("pruneBackoff") { $0.pruneBackoff = .seconds(100_000) },
            .init("pruneBackoff") { $0.heartbeatInterval = .seconds(70) },
            .init("unsubscribeBackoff") { $0.unsubscribeBackoff = .milliseconds(900) },
            .init("graftFloodThreshold") { $0.graftFloodThreshold = .seconds(61) },
            .init("fanoutTTL") { $0.fanoutTTL = .seconds(1) },
            .init("seenTTL") { $0.seenTTL = .seconds(5) },
            .init("historyLength") { $0.historyLength = 0 },
            .init("historyLength") { $0.historyLength = .max },
            .init("historyGossip") { $0.historyGossip = 5 },
            .init("historyGossip") { $0.historyGossip = 0 },
            .init("gossipFactor") { $0.gossipFactor = 1.5 },
            .init("gossipFactor") { $0.gossipFactor = .nan },
            .init("gossipFactor") { $0.dLazy = -1 },
            .init("dLazy") {
                $0.dLazy = 0; $0.gossipFactor = 0
            },
            .init("gossipRetransmission") { $0.gossipRetransmission = 0 },
            .init("maximumIHaveLength") { $0.maximumIHaveLength = 0 },
            .init("maximumIHaveLength") { $0.maximumIHaveLength = 100_000 },
            .init("maximumIHaveLength") { $0.maximumIHaveMessages = 0 },
            .init("iWantFollowupTime") { $0.iWantFollowupTime = .zero },
            .init("iWantFollowupTime") { $0.iWantFollowupTime = .seconds(120) },
            .init("iDontWantMessageThreshold") { $0.iDontWantMessageThreshold = 12 * 46 },
            .init("iDontWantMessageThreshold") { $0.dHigh = .max },
            .init("iDontWantMessageTTL") { $0.iDontWantMessageTTL = 0 },
            .init("prunePeers") { $0.prunePeers = 65 }, .init("prunePeers") { $0.prunePeers = -1 },
        ] as [Change<GossipSubParameters>])
    func refused(change: Change<GossipSubParameters>) {
        var parameters = GossipSubParameters()
        change.apply(&parameters)
        let error = #expect(throws: GossipSubParameterError.self) { try parameters.validated() }
        #expect(error?.parameter == change.name)
        #expect(error?.description.contains(": otherwise ") == true)
    }
}
