import Testing

@testable import psic_node

@Suite("Summary of a testnet") struct TestnetSummaryTests {
    private func peer(
        _ name: String, hash: String? = "h", rounds: Int = 3, state: String = "finished"
    ) -> TestnetSummary.Peer {
        TestnetSummary.Peer(
            peerID: name, modelHash: hash, testAccuracy: hash == nil ? nil : 0.5,
            roundsCompleted: rounds, bytesSent: 1, bytesReceived: 2, state: state)
    }

    private func summary(_ peers: [TestnetSummary.Peer]) -> TestnetSummary {
        TestnetSummary(peers: peers, rounds: 3, seconds: 1.5)
    }

    @Test func theJSONFormStays() {
        let text = JSON.text(
            summary([peer("a"), peer("b", hash: nil, rounds: 0, state: "missing")]))
        #expect(
            text == """
                {"converged":false,"missing":["b"],"peers":[\
                {"bytesReceived":2,"bytesSent":1,"modelHash":"h","peerID":"a",\
                "roundsCompleted":3,"state":"finished","testAccuracy":0.5},\
                {"bytesReceived":2,"bytesSent":1,"modelHash":null,"peerID":"b",\
                "roundsCompleted":0,"state":"missing","testAccuracy":null}],\
                "rounds":3,"seconds":1.5}
                """)
    }

    @Test func allWithOneModelHaveConverged() {
        #expect(summary([peer("a"), peer("b"), peer("c")]).hasConverged)
    }

    @Test func aMissingPeerDoesNotHinderTheOthers() {
        let result = summary([
            peer("a"), peer("b"), peer("c", hash: "old", rounds: 1, state: "missing"),
        ])
        #expect(result.hasConverged)
        #expect(result.missing == ["c"])
        #expect(result.lines.last == "missing: peer-2")
    }

    @Test func halfOfThePeersAreNotEnough() {
        #expect(!summary([peer("a"), peer("b", state: "missing")]).hasConverged)
    }

    @Test(
        "anything else has not converged",
        arguments: [
            ("other", 3, "finished"), ("h", 2, "finished"), ("h", 3, "training"),
            ("h", 3, "failed"),
        ])
    func divergence(hash: String, rounds: Int, state: String) {
        let odd = peer("c", hash: hash, rounds: rounds, state: state)
        let result = summary([peer("a"), peer("b"), odd])
        #expect(!result.hasConverged)
        #expect(result.hasDisagreement == (hash == "other"))
    }

    @Test func theTableHasWhatIsPromised() {
        let lines = summary([peer("a")]).lines
        #expect(lines[0] == "#  PEER ID  STATE     ROUNDS  SENT  RECEIVED  ACCURACY  MODEL SHA-256")
        #expect(lines[1] == "0  a        finished     3/3   1 B       2 B    0.5000  h")
    }

    @Test func exitCodesFollowFromTheResult() {
        func status(_ peers: [TestnetSummary.Peer], _ outcome: TestnetOutcome) -> psic_node
            .ExitStatus?
        {
            TestnetUpCommand.failure(
                of: .init(outcome: outcome, summary: summary(peers), hasStrangers: false))?.status
        }
        #expect(status([peer("a"), peer("b")], .settled) == nil)
        #expect(status([peer("a"), peer("b", hash: "x")], .settled) == .verification)
        #expect(status([peer("a"), peer("b", state: "failed")], .settled) == .failure)
        #expect(
            status([peer("a"), peer("b", state: "training")], .stalled(.seconds(1))) == .timeout)
        #expect(status([peer("a", state: "missing")], .deserted) == .failure)
    }
}
