import NIOConcurrencyHelpers
import Testing

@testable import PeerKit

@Suite("The GossipSub service") struct GossipSubServiceTests {
    private func subscription(_ topic: String) -> [GossipRPC.Subscription] {
        [.init(topic: topic, isSubscribed: true)]
    }

    // MARK: Networks

    @Test("with 20 % of packets lost every message still reaches all of 30 peers")
    func loss() throws {
        var conditions = NetworkConditions.lan
        conditions.link.loss = 0.2
        try Simulation.gossip(seed: 3, conditions: conditions) { swarm in
            try await swarm.add(30)
            try await swarm.subscribeAll(to: "news")
            try await swarm.connectRing(chords: 5, seed: 2)
            try await swarm.simulation.sleep(for: .seconds(10))
            for number in 0..<30 { try await swarm.publish("m\(number)", by: number, to: "news") }
            try await swarm.simulation.sleep(for: .seconds(20))
            let wanted = (0..<30).map { "m\($0)" }.sorted()
            for member in swarm.members { #expect(member.inbox.texts.sorted() == wanted) }
        }
    }

    @Test("when a third of the peers crash, messages reach all others within ten seconds")
    func crashes() throws {
        try Simulation.gossip(seed: 5) { swarm in
            try await swarm.add(30)
            try await swarm.subscribeAll(to: "news")
            try await swarm.connectRing(chords: 8, seed: 4)
            try await swarm.simulation.sleep(for: .seconds(5))
            let survivors = (0..<30).filter { $0 % 3 != 0 }
            for number in 0..<30 where number % 3 == 0 {
                swarm.members[number].place.crash()
                await swarm.members[number].node.stop()
            }
            for number in survivors {
                try await swarm.publish("m\(number)", by: number, to: "news")
            }
            try await swarm.simulation.sleep(for: .seconds(10))
            let wanted = survivors.map { "m\($0)" }.sorted()
            for number in survivors {
                #expect(swarm.members[number].inbox.texts.sorted() == wanted)
            }
        }
    }

    @Test(
        "with IDONTWANT a large message comes at most 2.5 times too often, less than half as without"
    )
    func dontWant() throws {
        func duplicates(_ change: @escaping @Sendable (inout GossipSub.Configuration) -> Void)
            throws -> Double
        {
            let count = NIOLockedValueBox(0)
            try Simulation.gossip(seed: 11) { swarm in
                try await swarm.add(24) {
                    change(&$0)
                    $0.parameters.floodPublish = false
                }
                try await swarm.subscribeAll(to: "news")
                try await swarm.connectRing(chords: 6, seed: 9)
                try await swarm.simulation.sleep(for: .seconds(8))
                for number in 0..<24 {
                    try await swarm.members[number].gossip.publish(
                        [UInt8](repeating: UInt8(number), count: 4000), to: "news")
                    try await swarm.simulation.sleep(for: .seconds(1))
                }
                try await swarm.simulation.sleep(for: .seconds(5))
                for member in swarm.members {
                    #expect(member.inbox.all.count == 24)
                    let copies = await member.gossip.statistics.duplicates
                    count.withLockedValue { $0 += copies }
                }
            }
            return Double(count.withLockedValue { $0 }) / Double(24 * 24)
        }
        let without = try duplicates { $0.versions = [.meshsub11] }
        let with = try duplicates { _ in }
        #expect(with <= 2.5, "\(with) duplicates for each message")
        #expect(with < without / 2, "\(with) duplicates for each message instead of \(without)")
    }

    @Test("peers of every version hear each other")
    func mixedVersions() throws {
        try Simulation.gossip(seed: 2) { swarm in
            for version in GossipSubVersion.allCases {
                try await swarm.add(3) {
                    $0.versions = version == .floodsub ? [.floodsub] : [version, .floodsub]
                }
            }
            try await swarm.subscribeAll(to: "news")
            for a in 0..<12 { for b in 0..<a { try await swarm.connect(a, b) } }
            try await swarm.simulation.sleep(for: .seconds(5))
            for number in 0..<12 { try await swarm.publish("m\(number)", by: number, to: "news") }
            try await swarm.simulation.sleep(for: .seconds(10))
            for member in swarm.members { #expect(member.inbox.all.count == 12) }
        }
    }

    @Test(
        "without signatures messages are told apart by their content, and signed ones are refused")
    func strictNoSign() throws {
        try Simulation.gossip { swarm in
            try await swarm.add(2) { $0.signing = .strictNoSign }
            try await swarm.add()
            try await swarm.subscribeAll(to: "news")
            try await swarm.connect(0, 1)
            try await swarm.connect(0, 2)
            try await swarm.simulation.sleep(for: .seconds(3))
            try await swarm.publish("plain", by: 0, to: "news")
            try await swarm.publish("signed", by: 2, to: "news")
            try await swarm.simulation.sleep(for: .seconds(2))
            #expect(swarm.members[1].inbox.texts == ["plain"])
            #expect(swarm.members[1].inbox.all.first?.from == nil)
            #expect(swarm.members[0].inbox.texts == ["plain"])
            #expect(swarm.members[2].inbox.texts == ["signed"])
            let scores = await swarm.members[0].gossip.scores()
            let liar = scores.first { $0.peer == swarm.members[2].node.peerID }
            #expect(liar?.topics.first?.invalidMessages ?? 0 > 0.9)
            await #expect(throws: GossipSubError.self) {
                try await swarm.publish("plain", by: 0, to: "news")
            }
        }
    }

    // MARK: Validators

    /// Takes as long as it is told and says what it is told.
    private struct Judge: TopicValidator {
        let runtime: Runtime
        var pause = Duration.zero
        var verdicts: [String: Validation] = [:]

        func validate(_ message: ReceivedMessage) async -> Validation {
            if pause > .zero { try? await runtime.sleep(for: pause) }
            return verdicts[String(decoding: message.data, as: UTF8.self)] ?? .accept
        }
    }

    @Test("what the validator does not accept is neither delivered nor passed on")
    func validators() throws {
        try Simulation.gossip { swarm in
            try await swarm.add(3)
            let judge = Judge(
                runtime: swarm.members[1].place.runtime, pause: .milliseconds(50),
                verdicts: ["bad": .reject, "old": .ignore])
            try await swarm.subscribe(0, to: "news")
            try await swarm.subscribe(1, to: "news", validator: judge)
            try await swarm.subscribe(2, to: "news")
            try await swarm.connect(0, 1)
            try await swarm.connect(1, 2)
            try await swarm.simulation.sleep(for: .seconds(3))
            for text in ["good", "bad", "old"] { try await swarm.publish(text, by: 0, to: "news") }
            try await swarm.simulation.sleep(for: .seconds(3))
            #expect(swarm.members[1].inbox.texts == ["good"])
            #expect(swarm.members[2].inbox.texts == ["good"])
            let statistics = await swarm.members[1].gossip.statistics
            #expect(statistics.rejected == 1)
            #expect(statistics.ignored == 1)
            await #expect(throws: GossipSubError.refusedByValidator(.reject)) {
                try await swarm.publish("bad", by: 1, to: "news")
            }
        }
    }

    @Test("a validator that takes too long is cancelled, and its messages are ignored")
    func slowValidator() throws {
        try Simulation.gossip { swarm in
            try await swarm.add(2) {
                $0.limits.maximumValidations = 2
                $0.limits.maximumWaitingValidations = 3
                $0.limits.validationTimeout = .seconds(2)
            }
            let judge = Judge(runtime: swarm.members[1].place.runtime, pause: .seconds(1000))
            try await swarm.subscribe(0, to: "news")
            try await swarm.subscribe(1, to: "news", validator: judge)
            try await swarm.connect(0, 1)
            try await swarm.simulation.sleep(for: .seconds(3))
            for number in 0..<50 { try await swarm.publish("m\(number)", by: 0, to: "news") }
            try await swarm.simulation.sleep(for: .seconds(30))
            #expect(swarm.members[1].inbox.all.isEmpty)
            #expect(await swarm.members[1].gossip.statistics.ignored == 50)
            let scores = await swarm.members[1].gossip.scores()
            #expect(scores.allSatisfy { $0.score >= 0 }, "our slowness is not the sender's fault")
        }
    }

    // MARK: Subscriptions

    @Test("a topic is left with its last subscription, and the others live on until then")
    func subscriptions() throws {
        try Simulation.gossip { swarm in
            try await swarm.add(2)
            let (a, b) = (swarm.members[0], swarm.members[1])
            try await swarm.subscribe(1, to: "news")
            let first = try await a.gossip.subscribe("news")
            let second = try await a.gossip.subscribe("news")
            try await swarm.connect(0, 1)
            try await swarm.simulation.sleep(for: .seconds(3))
            first.cancel()
            let iterator = first.makeAsyncIterator()
            #expect(await iterator.next() == nil)
            try await swarm.publish("more", by: 1, to: "news")
            try await swarm.simulation.sleep(for: .seconds(1))
            let other = second.makeAsyncIterator()
            #expect(await other.next()?.data == Array("more".utf8))
            #expect(await b.gossip.peers(in: "news") == [a.node.peerID])
            second.cancel()
            try await swarm.simulation.sleep(for: .seconds(1))
            #expect(await a.gossip.topics().isEmpty)
            #expect(await b.gossip.peers(in: "news").isEmpty)
            #expect(await b.gossip.mesh(of: "news").isEmpty)
        }
    }

    @Test("calls before and after the node's life say so")
    func life() throws {
        try Simulation.run(seed: 1) { simulation in
            let lonely = GossipSub()
            await #expect(throws: GossipSubError.notAttached) { try await lonely.subscribe("t") }
            let gossip = GossipSub()
            let node = try await SimulatedPeers.start(simulation.node("a"), services: [gossip])
            let subscription = try await gossip.subscribe("t")
            await node.stop()
            let iterator = subscription.makeAsyncIterator()
            #expect(await iterator.next() == nil)
            await #expect(throws: GossipSubError.notRunning) { try await gossip.subscribe("t") }
            await #expect(throws: GossipSubError.notRunning) {
                try await gossip.publish([1], to: "t")
            }
        }
    }

    @Test("parameters that break a mesh are refused with the reason when the node is made")
    func parameters() throws {
        try Simulation.run(seed: 1) { simulation in
            var configuration = GossipSub.Configuration()
            configuration.parameters.dLow = 13
            let gossip = GossipSub(configuration)
            await #expect(throws: GossipSubParameterError.self) {
                try await SimulatedPeers.start(simulation.node("a"), services: [gossip])
            }
        }
    }

    // MARK: Hostile peers

    @Test("a peer that never reads hurts only itself")
    func slowReader() throws {
        try Simulation.gossip(seed: 4) { swarm in
            try await swarm.add(4) { $0.limits.maximumQueuedDataBytes = 500_000 }
            try await swarm.subscribeAll(to: "news")
            for number in 1..<4 { try await swarm.connect(0, number) }
            let slow = try await MockRouter(swarm.simulation.node("slow"), isReading: false)
            let stream = try await slow.open(to: swarm.members[0].node)
            try await stream.send {
                $0.subscriptions = [.init(topic: "news", isSubscribed: true)]
                $0.graft = ["news"]
            }
            try await swarm.simulation.sleep(for: .seconds(3))
            #expect(await swarm.members[0].gossip.mesh(of: "news").contains(slow.node.peerID))
            for number in 0..<100 {
                try await swarm.members[0].gossip.publish(
                    [UInt8](repeating: UInt8(number), count: 50_000), to: "news")
                try await swarm.simulation.sleep(for: .milliseconds(20))
            }
            try await swarm.simulation.sleep(for: .seconds(2))
            for number in 1..<4 { #expect(swarm.members[number].inbox.all.count == 100) }
            let statistics = await swarm.members[0].gossip.statistics
            #expect(statistics.framesDropped >= 70)
            #expect(statistics.streamsLost == 0)
            try await swarm.simulation.sleep(for: .seconds(40))
            #expect(await swarm.members[0].gossip.statistics.streamsLost == 1)
            await slow.node.stop()
        }
    }

    @Test("bytes that are no RPC, and RPCs that are too long, end the stream")
    func garbage() throws {
        try Simulation.gossip { swarm in
            try await swarm.add()
            try await swarm.subscribeAll(to: "news")
            let mock = try await MockRouter(swarm.simulation.node("mock"))
            var stream = try await mock.open(to: swarm.members[0].node)
            try await stream.writeMessage([0xff, 0xff, 0xff])
            #expect(await stream.isReset())
            stream = try await mock.open(to: swarm.members[0].node)
            // 10 MiB, of which only the length is sent.
            try await stream.write([0x80, 0x80, 0x80, 0x05])
            #expect(await stream.isReset())
            stream = try await mock.open(to: swarm.members[0].node)
            let message = try await mock.message("fine", topic: "news", number: 1)
            try await stream.send { $0.messages = [message] }
            try await swarm.simulation.sleep(for: .seconds(1))
            #expect(swarm.members[0].inbox.texts == ["fine"])
            await mock.node.stop()
        }
    }

    @Test("the first RPC names all topics, and may be empty both ways")
    func hello() throws {
        try Simulation.gossip { swarm in
            try await swarm.add()
            let mock = try await MockRouter(swarm.simulation.node("mock"))
            let stream = try await mock.open(to: swarm.members[0].node)
            try await stream.writeMessage([])
            try await swarm.simulation.sleep(for: .seconds(1))
            #expect(mock.received.first == GossipRPC())
            try await swarm.subscribe(0, to: "news")
            try await swarm.simulation.sleep(for: .seconds(1))
            #expect(mock.received.last?.subscriptions == subscription("news"))
            await mock.node.stop()
        }
    }

    @Test("a second stream of a peer takes the place of the first, topics and all")
    func secondStream() throws {
        try Simulation.gossip { swarm in
            try await swarm.add()
            try await swarm.subscribeAll(to: "a")
            let mock = try await MockRouter(swarm.simulation.node("mock"))
            let first = try await mock.open(to: swarm.members[0].node)
            try await first.send { $0.subscriptions = subscription("a") }
            try await swarm.simulation.sleep(for: .seconds(1))
            #expect(await swarm.members[0].gossip.peers(in: "a") == [mock.node.peerID])
            let second = try await mock.open(to: swarm.members[0].node)
            try await second.send { $0.subscriptions = subscription("b") }
            try await swarm.simulation.sleep(for: .seconds(1))
            #expect(await first.isReset())
            #expect(await swarm.members[0].gossip.peers(in: "a").isEmpty)
            #expect(await swarm.members[0].gossip.peers(in: "b") == [mock.node.peerID])
            await mock.node.stop()
        }
    }

    @Test("a stream that the peer resets is opened anew, and begins with all topics")
    func reopens() throws {
        try Simulation.gossip { swarm in
            try await swarm.add()
            try await swarm.subscribeAll(to: "news")
            let mock = try await MockRouter(swarm.simulation.node("mock"))
            let stream = try await mock.open(to: swarm.members[0].node)
            try await stream.send { $0.subscriptions = subscription("news") }
            try await swarm.simulation.sleep(for: .seconds(2))
            try #require(mock.inbound.count == 1)
            await mock.inbound[0].reset()
            // Noticed though nothing is written.
            try await swarm.simulation.sleep(for: .milliseconds(500))
            #expect(await swarm.members[0].gossip.statistics.streamsLost == 1)
            #expect(await swarm.members[0].gossip.mesh(of: "news").isEmpty)
            try await swarm.simulation.sleep(for: .seconds(4))
            #expect(mock.inbound.count == 2)
            try await swarm.publish("two", by: 0, to: "news")
            try await swarm.simulation.sleep(for: .seconds(1))
            #expect(mock.received.filter { !$0.subscriptions.isEmpty }.count == 2)
            #expect(
                mock.received.flatMap(\.messages).contains { $0.data == Array("two".utf8) })
            await mock.node.stop()
        }
    }

    @Test("a stream that the peer ends without a word is opened anew, ever more rarely")
    func reopensRarely() throws {
        try Simulation.gossip { swarm in
            try await swarm.add()
            try await swarm.subscribeAll(to: "news")
            let mock = try await MockRouter(swarm.simulation.node("mock"), hangsUp: true)
            let stream = try await mock.open(to: swarm.members[0].node)
            try await stream.send { $0.subscriptions = subscription("news") }
            // Pauses of 1, 2, 4, 8, 16, 32, then 60 seconds, each up to the next heartbeat.
            try await swarm.simulation.sleep(for: .seconds(70))
            #expect((6...8).contains(mock.inbound.count), "\(mock.inbound.count)")
            let before = mock.inbound.count
            try await swarm.simulation.sleep(for: .seconds(600))
            #expect((8...11).contains(mock.inbound.count - before), "\(mock.inbound.count)")
            await mock.node.stop()
        }
    }

    @Test("a flooder ten times over the rate is cut to it, and others are heard")
    func flooder() throws {
        try Simulation.gossip(seed: 6) { swarm in
            try await swarm.add(2) {
                $0.limits.messagesPerSecond = 50
                $0.limits.messageBurst = 100
            }
            try await swarm.subscribeAll(to: "news")
            try await swarm.connect(0, 1)
            let mock = try await MockRouter(swarm.simulation.node("mock"))
            let stream = try await mock.open(to: swarm.members[0].node)
            for number in 0..<1000 {
                let message = try await mock.message(
                    "spam-\(number)", topic: "news", number: UInt64(number + 1))
                try await stream.send { $0.messages = [message] }
            }
            try await swarm.simulation.sleep(for: .seconds(1))
            try await swarm.publish("heard", by: 1, to: "news")
            try await swarm.simulation.sleep(for: .seconds(1))
            #expect(swarm.members[0].inbox.texts.contains("heard"))
            #expect(swarm.members[0].inbox.all.count <= 160)
            #expect(await swarm.members[0].gossip.statistics.excess >= 800)
            await mock.node.stop()
        }
    }

    @Test("a replayer is not heard twice, within the time that messages are remembered")
    func replayer() throws {
        try Simulation.gossip { swarm in
            try await swarm.add()
            try await swarm.subscribeAll(to: "news")
            let mock = try await MockRouter(swarm.simulation.node("mock"))
            let stream = try await mock.open(to: swarm.members[0].node)
            let message = try await mock.message("once", topic: "news", number: 1)
            for _ in 0..<20 {
                try await stream.send { $0.messages = [message, message] }
                try await swarm.simulation.sleep(for: .seconds(5))
            }
            #expect(swarm.members[0].inbox.texts == ["once"])
            #expect(await swarm.members[0].gossip.statistics.duplicates == 39)
            await mock.node.stop()
        }
    }

    @Test("a pruned peer is given signed records and finds others by them")
    func peerExchange() throws {
        try Simulation.gossip(seed: 8) { swarm in
            try await swarm.add(16) {
                $0.parameters.offersPeerExchange = true
                // A hub of whom much is thought.
                $0.thresholds.acceptPeerExchange = 0
            }
            try await swarm.subscribeAll(to: "news")
            for number in 1..<16 { try await swarm.connect(number, 0) }
            try await swarm.simulation.sleep(for: .seconds(20))
            var found = 0
            for member in swarm.members.dropFirst() {
                found += max(0, await member.node.connectedPeers.count - 1)
            }
            #expect(found > 0)
            try await swarm.publish("all", by: 1, to: "news")
            try await swarm.simulation.sleep(for: .seconds(5))
            for member in swarm.members { #expect(member.inbox.texts == ["all"]) }
        }
    }

    @Test("explicit peers are dialled again and always served")
    func explicitPeers() throws {
        try Simulation.gossip(seed: 9) { swarm in
            try await swarm.add(2)
            try await swarm.subscribeAll(to: "news")
            let (a, b) = (swarm.members[0], swarm.members[1])
            try await a.gossip.addExplicitPeer(b.node.peerID)
            try await b.gossip.addExplicitPeer(a.node.peerID)
            try await swarm.connect(0, 1)
            try await swarm.simulation.sleep(for: .seconds(5))
            #expect(await a.gossip.mesh(of: "news").isEmpty)
            try await swarm.publish("hello", by: 0, to: "news")
            try await swarm.simulation.sleep(for: .seconds(1))
            #expect(b.inbox.texts == ["hello"])
            await a.node.disconnect(b.node.peerID)
            try await swarm.simulation.sleep(for: .seconds(310))
            #expect(await a.node.connectedPeers == [b.node.peerID])
        }
    }
}
