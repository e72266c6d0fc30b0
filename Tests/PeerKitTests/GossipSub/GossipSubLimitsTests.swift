import NIOCore
import Testing

@testable import PeerKit

/// Each limit, exceeded tenfold.
@Suite("GossipSub limits") struct GossipSubLimitsTests {
    private let limits = GossipSubLimits()

    @Test("subscriptions of one peer: the rest is dropped and reported once in a heartbeat")
    func topicsPerPeer() throws {
        var router = try TestRouter()
        let peer = router.addPeers([1], topics: [])[0]
        var reports = 0
        for number in 0..<10 * limits.maximumTopicsPerPeer {
            reports +=
                router.receive(from: peer) {
                    $0.subscriptions = [.init(topic: "topic-\(number)", isSubscribed: true)]
                }.reports.count
        }
        #expect(router.machine.peers[peer]?.topics.count == limits.maximumTopicsPerPeer)
        #expect(reports == 1)
    }

    @Test("the length of a topic's name")
    func topicLength() throws {
        var router = try TestRouter()
        let peer = router.addPeers([1], topics: [])[0]
        let name = String(repeating: "x", count: 10 * limits.maximumTopicBytes)
        router.receive(from: peer) { $0.subscriptions = [.init(topic: name, isSubscribed: true)] }
        #expect(router.machine.peers[peer]?.topics.isEmpty ?? false)
        #expect(
            throws: GossipSubError.unsuitableTopic(
                byteCount: name.utf8.count, limit: limits.maximumTopicBytes)
        ) { try router.join(name) }
    }

    @Test("topics of this node, joined and published to")
    func topics() throws {
        var router = try TestRouter(topics: [])
        var refused = 0
        for number in 0..<10 * limits.maximumTopics {
            do { _ = try router.join("topic-\(number)") } catch is GossipSubError { refused += 1 }
        }
        #expect(router.machine.topics.count == limits.maximumTopics)
        #expect(refused == 9 * limits.maximumTopics)
        #expect(throws: GossipSubError.limit("maximumTopics", value: limits.maximumTopics)) {
            try router.publish(router.message(topic: "one more"))
        }
    }

    @Test("back-offs in a topic: those that end first go first")
    func backoffs() {
        var table = BackoffTable(limit: 100)
        for number in 0..<1000 {
            table.begin(.test(number), until: Instant(nanoseconds: UInt64(number)))
        }
        #expect(table.count == 100)
        #expect(table.end(of: .test(899)) == nil)
        #expect(table.end(of: .test(900)) != nil)
    }

    @Test("messages of one peer that wait for a verdict leave room for others")
    func pendingPerPeer() throws {
        var router = try TestRouter()
        router.verdict = { _ in nil }
        router.addPeers(1...2)
        for _ in 0..<10 * limits.maximumPendingPerPeer {
            router.receive(router.message(), from: .test(1))
        }
        #expect(router.machine.pending.count == limits.maximumPendingPerPeer)
        router.receive(router.message(), from: .test(2))
        #expect(router.machine.pending.count == limits.maximumPendingPerPeer + 1)
        #expect(router.machine.statistics.dropped == 9 * limits.maximumPendingPerPeer)
        #expect(router.machine.score(of: .test(1)) == 0, "our limit is not its fault")
    }

    @Test("messages that wait for a verdict, in number and bytes")
    func pending() throws {
        var router = try TestRouter {
            $0.limits.maximumPendingMessages = 50
            $0.limits.maximumPendingBytes = 100_000
        }
        router.verdict = { _ in nil }
        let peers = router.addPeers(1...10)
        for peer in peers {
            for _ in 0..<50 { router.receive(router.message(), from: peer) }
        }
        #expect(router.machine.pending.count == 50)
        router.beat(30)
        #expect(router.machine.pending.count == 0)
        for _ in 0..<10 { router.receive(router.message(size: 100_000), from: peers[0]) }
        #expect(router.machine.pending.count == 1)
    }

    @Test("the rate of messages of one peer: the excess is not looked at")
    func rate() throws {
        var router = try TestRouter {
            $0.limits.messagesPerSecond = 10
            $0.limits.messageBurst = 20
        }
        router.addPeers([1])
        var reports = 0
        for _ in 0..<200 {
            reports += router.receive(router.message(), from: .test(1)).reports.count
        }
        #expect(router.delivered.count == 20)
        #expect(router.machine.statistics.excess == 180)
        #expect(reports == 1)
        router.now = router.now.advanced(by: .seconds(1))
        for _ in 0..<20 { router.receive(router.message(), from: .test(1)) }
        #expect(router.delivered.count == 30)
    }

    @Test("frames for a slow peer: the oldest messages go, control stays and comes first")
    func queue() {
        var limits = limits
        limits.maximumQueuedDataFrames = 10
        limits.maximumQueuedDataBytes = 1000
        limits.maximumQueuedControlBytes = 100
        var queue = OutboundQueue(limits: limits)
        for number in 0..<100 { queue.pushData(.of([UInt8(number)])) }
        #expect(queue.count == 10)
        #expect(queue.droppedCount == 90)
        var pushed = 0
        for _ in 0..<100 {
            pushed += queue.pushControl(.of(.init(repeating: 255, count: 10))) ? 1 : 0
        }
        #expect(pushed == 10)
        #expect(queue.controlByteCount == 100)
        #expect(queue.next(upTo: 30) == .of([UInt8](repeating: 255, count: 30)))
        while queue.controlByteCount > 0 { _ = queue.next(upTo: 10) }
        #expect(queue.next(upTo: .max) == .of(Array(90..<100)))
        for _ in 0..<100 { queue.pushData(.of(.init(repeating: 0, count: 100))) }
        #expect(queue.dataByteCount == 1000)
    }

    @Test("a message that the peer has got meanwhile is taken out of the queue")
    func withdraws() {
        var queue = OutboundQueue(limits: limits)
        queue.pushData(.of([1]), id: MessageID([1]))
        queue.pushData(.of([2, 2]), id: MessageID([2]))
        queue.pushData(.of([3]))
        let answers = (queue.withdraw(MessageID([2])), queue.withdraw(MessageID([2])))
        #expect(answers == (true, false))
        #expect(queue.dataByteCount == 2)
        #expect(queue.next(upTo: .max) == .of([1, 3]))
        #expect(queue.next(upTo: .max) == nil)
    }

    @Test("a frame larger than the whole lane still goes, alone")
    func largeFrame() {
        var queue = OutboundQueue(limits: limits)
        queue.pushData(.of([1]))
        let large = ByteBuffer.of(.init(repeating: 0, count: 10 * limits.maximumQueuedDataBytes))
        queue.pushData(large)
        #expect(queue.count == 1)
        #expect(queue.next(upTo: 1) == large)
        #expect(queue.isEmpty)
        #expect(queue.dataByteCount == 0)
    }

    @Test("a subscriber that lags loses the oldest messages, in number and bytes")
    func subscription() async {
        var limits = limits
        limits.maximumQueuedDeliveries = 10
        limits.maximumQueuedDeliveryBytes = 1000
        let buffer = SubscriptionBuffer(limits: limits)
        func message(_ number: Int, size: Int) -> ReceivedMessage {
            ReceivedMessage(
                id: MessageID([UInt8(number)]), topic: "t",
                data: [UInt8](repeating: UInt8(number), count: size), from: nil,
                receivedFrom: .test(1))
        }
        var dropped = 0
        for number in 0..<100 { dropped += buffer.push(message(number, size: 1)) }
        #expect(dropped == 90)
        #expect(buffer.droppedCount == 90)
        #expect(await buffer.next()?.data == [90])
        for number in 0..<100 { _ = buffer.push(message(number, size: 500)) }
        #expect(await buffer.next()?.data.first == 98)
        #expect(buffer.finish())
        #expect(await buffer.next()?.data.first == 99)
        #expect(await buffer.next() == nil)
    }

    @Test("validations that run and wait")
    func validations() {
        var limits = limits
        limits.maximumValidations = 4
        limits.maximumWaitingValidations = 8
        var queue = ValidationQueue(limits: limits)
        let message = ReceivedMessage(
            id: MessageID([1]), topic: "t", data: [], from: nil, receivedFrom: .test(1))
        let start = Instant(nanoseconds: 1_000_000_000)
        var answers: [ValidationQueue.Answer: Int] = [:]
        for ticket in 0..<120 as Range<UInt64> {
            answers[queue.add(ticket, message, at: start), default: 0] += 1
        }
        #expect(answers == [.start: 4, .wait: 8, .full: 108])
        #expect(queue.expire(at: start.advanced(by: .seconds(9))).isEmpty)
        let late = start.advanced(by: limits.validationTimeout)
        #expect(queue.expire(at: late) == [0, 1, 2, 3])
        #expect(queue.expire(at: late).isEmpty, "given up once")
        #expect(queue.runningCount == 4, "a validator that does not return keeps its place")
        #expect(queue.ended(0, at: late)?.ticket == 4)
        #expect(queue.waitingCount == 7)
    }

    @Test("peers from peer exchange that wait to be dialled, and that are dialled at once")
    func exchanges() {
        var queue = ExchangeQueue()
        for number in 0..<10 * limits.maximumWaitingExchanges {
            queue.add(.init(id: .test(number), signedRecord: nil), limits: limits)
        }
        #expect(queue.waitingCount == limits.maximumWaitingExchanges)
        var running = 0
        while queue.next(limits: limits) != nil { running += 1 }
        #expect(running == limits.maximumExchangeDials)
        queue.ended()
        #expect(queue.next(limits: limits) != nil)
    }
}

extension ByteBuffer {
    fileprivate static func of(_ bytes: [UInt8]) -> ByteBuffer { ByteBuffer(bytes: bytes) }
}
