import Testing

@testable import PeerKit

@Suite("Events to subscribers") struct EventHubTests {
    private func event(_ number: UInt64) throws -> PeerEvent {
        .connected(try PeerIdentity.numbered(number).peerID)
    }

    private func collect(_ stream: AsyncStream<PeerEvent>) async -> [PeerID] {
        var list: [PeerID] = []
        for await event in stream { if case .connected(let peer) = event { list.append(peer) } }
        return list
    }

    @Test func everySubscriberGetsEveryEventInOrder() async throws {
        let hub = EventHub(queueLength: 100)
        let first = hub.subscribe()
        hub.publish(try event(1))
        let second = hub.subscribe()
        hub.publish(try event(2))
        hub.publish(try event(3))
        hub.finish()
        let ids = try (1...3).map { try PeerIdentity.numbered($0).peerID }
        #expect(await collect(first) == ids)
        #expect(await collect(second) == Array(ids.dropFirst()))
    }

    @Test func aLaggardLosesTheOldest() async throws {
        let hub = EventHub(queueLength: 10)
        let stream = hub.subscribe()
        for number in 1...100 { hub.publish(try event(UInt64(number))) }
        hub.finish()
        let ids = try (91...100).map { try PeerIdentity.numbered($0).peerID }
        #expect(await collect(stream) == ids)
    }

    @Test func aFinishedHubEndsNewSubscriptionsAtOnce() async throws {
        let hub = EventHub(queueLength: 10)
        hub.finish()
        #expect(await collect(hub.subscribe()).isEmpty)
    }

    @Test func whoStopsListeningIsForgotten() async throws {
        let hub = EventHub(queueLength: 10)
        for _ in 0..<100 { _ = hub.subscribe() }
        #expect(hub.subscriberCount == 0)
    }
}
