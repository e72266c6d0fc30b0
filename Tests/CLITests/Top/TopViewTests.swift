import Testing

@testable import psic_node

@Suite("The view of a node") struct TopViewTests {
    private func overview(
        sent: UInt64 = 0, cpu: Double = 0, peers: [PeerEntry] = [], topics: [TopicEntry]? = nil
    ) throws -> NodeOverview {
        let status = NodeStatus(
            peerID: "12D3KooWabcdefgh", version: "0.1.0", processID: 7, uptimeSeconds: 3725,
            listenAddresses: [], network: "n", connectedPeers: peers.count, bytesSent: sent,
            bytesReceived: 0)
        return NodeOverview(
            status: status, usage: ProcessUsage(cpuSeconds: cpu, residentBytes: 1 << 20),
            knownPeers: 9, peers: peers, topics: topics,
            dht: DHTSummary(mode: "server", buckets: 2, peers: 5, records: 1, providers: 0),
            resources: [ResourceEntry(name: "streams in", used: 41, limit: 8192)])
    }

    private func peer(_ id: String, sent: UInt64) throws -> PeerEntry {
        let text =
            #"{"peerID":"\#(id)","isConnected":true,"addresses":[],"bytesSent":\#(sent),"#
            + #""bytesReceived":0,"agent":"psic\u001b[2J"}"#
        return try JSON.decode(PeerEntry.self, from: Array(text.utf8))
    }

    @Test func ratesAreDifferencesOverTime() throws {
        var view = TopView()
        let first = view.lines(
            try overview(sent: 1000, cpu: 1, peers: [peer("a", sent: 0)]), at: .seconds(10))
        #expect(first.contains { $0.contains("sent 1000 B  received") })
        let second = view.lines(
            try overview(sent: 5096, cpu: 1.5, peers: [peer("a", sent: 2048)]), at: .seconds(12))
        #expect(second.contains { $0.contains("sent 5.0 KiB (2.0 KiB/s)") })
        #expect(second.contains { $0.contains("cpu 25.0 %") })
        #expect(second.contains { $0.hasPrefix("a") && $0.contains("1.0 KiB") })
    }

    @Test func aPeerThatCameBackCountsFromNothing() throws {
        var view = TopView()
        _ = view.lines(try overview(peers: [peer("a", sent: 5000)]), at: .zero)
        let lines = view.lines(try overview(peers: [peer("a", sent: 100)]), at: .seconds(1))
        #expect(lines.contains { $0.hasPrefix("a") && $0.contains("100 B") })
    }

    @Test func everyLineFitsOnTheTerminal() throws {
        var view = TopView()
        let peers = try (0..<200).map { try peer("peer-\($0)", sent: 1) }
        let topics = (0..<50).map {
            TopicEntry(topic: String(repeating: "t", count: 300) + "\($0)", peers: 1, mesh: 1)
        }
        let lines = view.lines(
            try overview(peers: peers, topics: topics), at: .zero, width: 80, height: 24)
        // The last line stays free, so that the screen does not scroll.
        #expect(lines.count == 23)
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.contains { $0.hasPrefix("PEER ") })
    }

    @Test func whatAPeerCallsItselfCannotSteerTheTerminal() throws {
        var view = TopView()
        let lines = view.lines(try overview(peers: [peer("a", sent: 1)]), at: .zero)
        #expect(!lines.joined().contains("\u{1B}"))
    }

    @Test func theHeadTellsTheWholeInAFewLines() throws {
        var view = TopView()
        let lines = view.lines(try overview(), at: .zero)
        #expect(lines[0] == "psic-node 0.1.0  …abcdefgh  up 1 h 2 min  network n")
        #expect(lines.contains("DHT       server  5 peers in 2 buckets  1 records  0 providers"))
        #expect(lines.contains("limits    streams in 0.5 %"))
    }

    @Test(
        "spans have at most two units",
        arguments: [
            (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3725, "1 h 2 min"), (90_061, "1 d 1 h"),
            (-5, "0 s"), (Double.infinity, "-"),
        ] as [(Double, String)])
    func spans(seconds: Double, expected: String) {
        #expect(Figures.span(seconds: seconds) == expected)
    }
}
