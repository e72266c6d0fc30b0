import Testing

@testable import PeerKit

@Suite("Observed addresses") struct ObservedAddressTests {
    private let bound = [
        Multiaddr(
            ip: IPEndpoint(address: .v4(IPv4Address(192, 168, 1, 5)), port: 4901), transport: .tcp)
    ]
    private let outside = IPAddress.v4(IPv4Address(203, 0, 113, 9))

    private func seen(_ ip: IPAddress, _ port: UInt16) -> Multiaddr {
        Multiaddr(ip: IPEndpoint(address: ip, port: port), transport: .tcp)
    }

    private func source(_ group: Int) -> IPAddress {
        .v4(IPv4Address(rawValue: 0x0800_0001 + UInt32(group) << 8))
    }

    private func at(_ seconds: Int) -> Instant { .zero.advanced(by: .seconds(seconds)) }

    private func observe(
        _ machine: inout ObservedAddressMachine, _ address: Multiaddr, by peer: UInt64, from: Int,
        _ direction: Direction = .outbound, at now: Int = 0
    ) throws -> Bool {
        machine.observe(
            address, by: try PeerIdentity.numbered(peer).peerID, at: source(from), over: direction,
            bound: bound, now: at(now))
    }

    @Test("four peers of four networks are believed, with the port that is listened on")
    func believesEnough() throws {
        var machine = ObservedAddressMachine(rules: .init())
        for number in 0..<3 {
            let port = UInt16(50_000 + number)
            #expect(
                try !observe(&machine, seen(outside, port), by: UInt64(number), from: number))
        }
        #expect(machine.believed.isEmpty)
        #expect(try observe(&machine, seen(outside, 50_003), by: 3, from: 3))
        #expect(machine.believed == [seen(outside, 4901)])
    }

    @Test("one network is one voice, and so is one peer")
    func isNotOutvotedByOne() throws {
        var machine = ObservedAddressMachine(rules: .init())
        for number in 0..<100 {
            _ = try observe(&machine, seen(outside, 1), by: UInt64(number), from: 1)
            _ = try observe(&machine, seen(outside, 1), by: 7, from: number)
        }
        #expect(machine.believed.isEmpty)
    }

    @Test func whoDialledThisNodeSaysThePort() throws {
        var machine = ObservedAddressMachine(rules: .init())
        for number in 0..<4 {
            _ = try observe(
                &machine, seen(outside, 14_901), by: UInt64(number), from: number, .inbound)
        }
        #expect(machine.believed == [seen(outside, 14_901)])
    }

    @Test func statementsGrowOld() throws {
        var machine = ObservedAddressMachine(rules: .init())
        for number in 0..<4 {
            _ = try observe(&machine, seen(outside, 1), by: UInt64(number), from: number)
        }
        #expect(!machine.believed.isEmpty)
        let hasChanged = machine.expire(at: at(2401))
        #expect(hasChanged)
        #expect(machine.believed.isEmpty)
        #expect(machine.count == 0)
    }

    @Test("nobody is seen under a loopback, multicast or own address")
    func ignoresTheImplausible() throws {
        var machine = ObservedAddressMachine(rules: .init())
        for text in ["127.0.0.1", "0.0.0.0", "224.0.0.1", "169.254.1.1", "192.168.1.5"] {
            for number in 0..<4 {
                _ = try observe(
                    &machine, seen(try IPAddress(text), 4901), by: UInt64(number), from: number,
                    .inbound)
            }
        }
        #expect(machine.believed.isEmpty)
        #expect(machine.count == 0)
    }

    @Test("ten times as many addresses and witnesses leave no more than allowed")
    func isBounded() throws {
        let rules = ObservationRules()
        var machine = ObservedAddressMachine(rules: rules)
        for number in 0..<4 {
            _ = try observe(&machine, seen(outside, 1), by: UInt64(number), from: number)
        }
        for number in 0..<(10 * rules.maximumCandidates) {
            let address = IPAddress.v4(IPv4Address(rawValue: 0x0900_0000 + UInt32(number)))
            _ = try observe(&machine, seen(address, 1), by: UInt64(number), from: number, at: 1)
            #expect(machine.count <= rules.maximumCandidates)
        }
        #expect(machine.believed == [seen(outside, 4901)])
        for number in 0..<20 {
            let address = IPAddress.v4(IPv4Address(rawValue: 0x0a00_0000 + UInt32(number)))
            for witness in 0..<(10 * rules.maximumObservers) {
                _ = try observe(
                    &machine, seen(address, 1), by: UInt64(witness), from: witness, at: 2)
            }
        }
        #expect(machine.believed.count == rules.maximumBelieved)
    }
}
