import PeerKit
import Testing

@testable import psic_node

@Suite("Traffic over a node's life") struct TrafficMeterTests {
    private let peers = (0..<2).map { _ in PeerIdentity.generate().peerID }

    private func traffic(sent: UInt64, received: UInt64 = 0) -> Traffic {
        var traffic = Traffic()
        traffic.sent = sent
        traffic.received = received
        return traffic
    }

    @Test func standingConnectionsAreSummedUp() {
        var meter = TrafficMeter()
        meter.observe([peers[0]: traffic(sent: 10, received: 1), peers[1]: traffic(sent: 5)])
        #expect(meter.total == traffic(sent: 15, received: 1))
        meter.observe([peers[0]: traffic(sent: 20, received: 2), peers[1]: traffic(sent: 5)])
        #expect(meter.total == traffic(sent: 25, received: 2))
    }

    @Test func whatAnEndedConnectionMovedStaysCounted() {
        var meter = TrafficMeter()
        meter.observe([peers[0]: traffic(sent: 10), peers[1]: traffic(sent: 7)])
        meter.observe([peers[0]: traffic(sent: 2)])
        #expect(meter.total == traffic(sent: 17))
        meter.observe([peers[0]: traffic(sent: 6), peers[1]: traffic(sent: 1)])
        #expect(meter.total == traffic(sent: 22))
    }
}
