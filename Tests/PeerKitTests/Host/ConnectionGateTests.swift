import Testing

@testable import PeerKit

@Suite("Places for connections") struct ConnectionGateTests {
    private func address(_ number: Int) -> IPAddress {
        .v4(IPv4Address(rawValue: 0x0a00_0001 + UInt32(number)))
    }

    private func begin(
        _ gate: inout ConnectionGate, _ direction: Direction, _ address: IPAddress
    ) -> String? {
        do throws(ConnectionRefusal) {
            try gate.begin(direction, address)
            return nil
        } catch {
            return error.label
        }
    }

    private var limits: HostLimits {
        var limits = HostLimits()
        limits.maximumConnections = 20
        limits.maximumConnectionsPerAddress = 4
        limits.maximumConnectionsPerPeer = 2
        limits.maximumInboundHandshakes = 8
        limits.maximumOutboundDials = 6
        return limits
    }

    @Test("each limit refuses what is beyond it, and says which it was")
    func refusesTenfold() throws {
        var gate = ConnectionGate(limits: limits)
        // Handshakes at once.
        for number in 0..<80 { _ = begin(&gate, .inbound, address(number)) }
        #expect(gate.count == 8)
        #expect(gate.refusals == ["maximumInboundHandshakes": 72])
        // Dials at once.
        for number in 0..<60 { _ = begin(&gate, .outbound, address(100 + number)) }
        #expect(gate.count == 14)
        #expect(gate.refusals["maximumOutboundDials"] == 54)
        // Total: the handshakes are over, the connections stand.
        for _ in 0..<8 { gate.handshakeEnded(.inbound) }
        for number in 0..<200 {
            if begin(&gate, .inbound, address(200 + number)) == nil {
                gate.handshakeEnded(.inbound)
            }
        }
        #expect(gate.count == 20)
        #expect(gate.refusals["maximumConnections"] == 194)
    }

    @Test func countsByAddress() {
        var gate = ConnectionGate(limits: limits)
        var refused = 0
        for _ in 0..<40 {
            if begin(&gate, .inbound, address(1)) == nil {
                gate.handshakeEnded(.inbound)
            } else {
                refused += 1
            }
        }
        #expect(refused == 36)
        #expect(gate.refusals == ["maximumConnectionsPerAddress": 36])
        // The same address written as IPv6 is the same address.
        #expect(
            begin(&gate, .inbound, .v6(IPv6Address(mapped: IPv4Address(10, 0, 0, 2)))) != nil)
    }

    @Test func countsByPeer() throws {
        var gate = ConnectionGate(limits: limits)
        let peer = try PeerIdentity.numbered(1).peerID
        var admitted = 0
        for _ in 0..<20 { if (try? gate.admit(peer)) != nil { admitted += 1 } }
        #expect(admitted == 2)
        gate.release(peer)
        try gate.admit(peer)
        #expect(throws: ConnectionRefusal.self) { try gate.admit(peer) }
    }

    @Test("IPv6 counts by /64 and /48, IPv4 by address and /24")
    func countsBySubnet() throws {
        var limits = limits
        limits.maximumConnectionsPerSubnet = 5
        limits.maximumInboundHandshakes = 1000
        limits.maximumConnections = 1000
        var gate = ConnectionGate(limits: limits)
        // Ten times as many addresses as one /24 may have connections.
        for number in 0..<50 { _ = begin(&gate, .inbound, address(number)) }
        #expect(gate.count == 5)
        #expect(gate.refusals == ["maximumConnectionsPerSubnet": 45])
        // Every address of a /64 is one party's; every /64 of a /48 one organisation's.
        let base = try IPv6Address("2001:db8:1::").rawValue
        for number in 0..<40 {
            _ = begin(&gate, .inbound, .v6(IPv6Address(rawValue: base + UInt128(number))))
        }
        #expect(gate.count == 5 + 4)
        for number in 0..<40 {
            let network = base + UInt128(number) << 64
            _ = begin(&gate, .inbound, .v6(IPv6Address(rawValue: network)))
        }
        #expect(gate.count == 5 + 5)
        #expect(begin(&gate, .inbound, try IPAddress("2001:db8:2::1")) == nil)
    }

    @Test("policy refuses by address before anything, and by peer")
    func followsPolicy() throws {
        var policy = ConnectionPolicy()
        policy.deniedSubnets = [try IPSubnet("10.0.0.0/28")]
        policy.allowedSubnets = [try IPSubnet("10.0.0.0/8")]
        let (friend, foe, stranger) = try (
            PeerIdentity.numbered(1).peerID, PeerIdentity.numbered(2).peerID,
            PeerIdentity.numbered(3).peerID
        )
        policy.deniedPeers = [foe]
        policy.allowedPeers = [friend, foe]
        var gate = ConnectionGate(limits: limits, policy: policy)
        #expect(begin(&gate, .inbound, address(0)) == "policy")
        #expect(begin(&gate, .outbound, try IPAddress("192.0.2.1")) == "policy")
        #expect(gate.isEmpty)
        #expect(begin(&gate, .inbound, address(200)) == nil)
        try gate.admit(friend)
        #expect(throws: ConnectionRefusal.self) { try gate.admit(foe) }
        #expect(throws: ConnectionRefusal.self) { try gate.admit(stranger) }
        #expect(gate.refusals == ["policy": 4])
    }

    @Test func aRefusalNamesTheLimitItsValueAndTheSetting() throws {
        var gate = ConnectionGate(limits: limits)
        let peer = try PeerIdentity.numbered(1).peerID
        for _ in 0..<2 { try gate.admit(peer) }
        #expect(
            throws: ConnectionRefusal.limit(
                LimitRefusal(
                    limit: "maximumConnectionsPerPeer", value: 2,
                    setting: "limits.maximumConnectionsPerPeer"))
        ) { try gate.admit(peer) }
    }

    @Test func loopbackIsNotCountedByAddress() {
        var gate = ConnectionGate(limits: limits)
        for _ in 0..<20 {
            #expect(begin(&gate, .inbound, .loopbackV4) == nil)
            gate.handshakeEnded(.inbound)
        }
        #expect(begin(&gate, .inbound, .loopbackV4) == "maximumConnections")
    }

    @Test("every sequence of begin and end comes back to nothing", arguments: 1...20)
    func countersReturnToZero(seed: UInt64) throws {
        struct Held {
            var direction: Direction
            var address: IPAddress
            var isShaking = true
            var peer: PeerID?
        }
        var generator = SimulationGenerator(seed: seed, label: "gate")
        let peers = try (0..<5).map { try PeerIdentity.numbered($0).peerID }
        var gate = ConnectionGate(limits: limits)
        var held: [Held] = []
        for _ in 0..<2000 {
            if held.isEmpty || Bool.random(using: &generator) {
                let direction: Direction = Bool.random(using: &generator) ? .inbound : .outbound
                let from = address(Int.random(in: 0..<6, using: &generator))
                if begin(&gate, direction, from) == nil {
                    held.append(Held(direction: direction, address: from))
                }
            } else {
                let index = Int.random(in: held.indices, using: &generator)
                if held[index].isShaking {
                    gate.handshakeEnded(held[index].direction)
                    held[index].isShaking = false
                    let peer = peers[Int.random(in: peers.indices, using: &generator)]
                    if (try? gate.admit(peer)) != nil {
                        held[index].peer = peer
                        continue
                    }
                }
                if let peer = held[index].peer { gate.release(peer) }
                gate.end(held[index].address)
                held.remove(at: index)
            }
            #expect(gate.count == held.count)
            #expect(gate.count <= limits.maximumConnections)
        }
        for connection in held {
            if connection.isShaking { gate.handshakeEnded(connection.direction) }
            if let peer = connection.peer { gate.release(peer) }
            gate.end(connection.address)
        }
        #expect(gate.isEmpty)
    }
}
