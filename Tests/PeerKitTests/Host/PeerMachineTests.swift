import Testing

@testable import PeerKit

@Suite("What is known of a peer and when it is dialled") struct PeerMachineTests {
    let small: PeerID
    let large: PeerID

    init() throws {
        let ids = try [PeerIdentity.numbered(1).peerID, PeerIdentity.numbered(2).peerID].sorted()
        (small, large) = (ids[0], ids[1])
    }

    private func machine(
        local: PeerID? = nil, remote: PeerID? = nil, limits: HostLimits = .init()
    ) -> PeerMachine {
        PeerMachine(peer: remote ?? large, localPeer: local ?? small, limits: limits, now: .zero)
    }

    private func address(_ port: Int) throws -> Multiaddr {
        try Multiaddr("/ip4/10.0.0.1/tcp/\(port)")
    }

    private func info(_ id: UInt64, _ direction: Direction, with peer: PeerID) throws
        -> ConnectionInfo
    {
        ConnectionInfo(
            id: id, remotePeer: peer, direction: direction, localAddress: try address(1),
            remoteAddress: try address(2))
    }

    private func at(_ seconds: Double) -> Instant { .zero.advanced(by: .seconds(seconds)) }

    // MARK: Wishes

    @Test func callersShareOneDial() throws {
        var machine = machine()
        machine.learn([try address(1)], at: .zero)
        #expect(machine.want(at: .zero) == .wait([.dial([try address(1)])]))
        #expect(machine.want(at: .zero) == .wait([]))
        #expect(machine.want(at: .zero, isInsistent: true) == .wait([]))
    }

    @Test func withoutAddressNothingIsDialled() {
        var machine = machine()
        #expect(machine.want(at: .zero) == .noAddress)
        #expect(!machine.isDialling)
    }

    @Test func aStandingConnectionAnswersAtOnce() throws {
        var machine = machine()
        _ = machine.connected(try info(7, .inbound, with: large), at: .zero)
        #expect(machine.want(at: .zero) == .connected(7))
        let wasLast = machine.disconnected(7, at: .zero)
        #expect(wasLast)
        #expect(machine.want(at: .zero) == .noAddress)
    }

    // MARK: Back-off

    @Test func backoffDoublesUpToItsCap() throws {
        var machine = machine()
        machine.learn([try address(1)], at: .zero)
        var now = Instant.zero
        for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300] {
            guard case .wait = machine.want(at: now) else {
                Issue.record("refused at \(now)")
                return
            }
            machine.dialFailed(at: now, jitter: 0.5)
            let end = now.advanced(by: .seconds(expected))
            #expect(machine.want(at: now) == .backingOff(until: end))
            #expect(
                machine.want(at: Instant(nanoseconds: end.nanoseconds - 1))
                    == .backingOff(until: end))
            now = end
        }
    }

    @Test(
        "jitter spreads a retry by a quarter both ways",
        arguments: [(0.0, 0.75), (0.5, 1.0), (1.0.nextDown, 1.25)])
    func jitterIsBounded(jitter: Double, seconds: Double) throws {
        var machine = machine()
        machine.learn([try address(1)], at: .zero)
        _ = machine.want(at: .zero)
        machine.dialFailed(at: .zero, jitter: jitter)
        let end = try #require(machine.backoffEnd)
        #expect(abs(Instant.zero.duration(to: end).seconds - seconds) < 1e-6)
    }

    @Test func aPersonMayDialInSpiteOfTheBackoff() throws {
        var machine = machine()
        machine.learn([try address(1)], at: .zero)
        _ = machine.want(at: .zero)
        machine.dialFailed(at: .zero, jitter: 0)
        #expect(machine.want(at: .zero, isInsistent: true) == .wait([.dial([try address(1)])]))
    }

    @Test func aConnectionEndsTheBackoff() throws {
        var machine = machine()
        machine.learn([try address(1)], at: .zero)
        for _ in 0..<5 {
            _ = machine.want(at: .zero, isInsistent: true)
            machine.dialFailed(at: .zero, jitter: 0)
        }
        _ = machine.connected(try info(1, .inbound, with: large), at: .zero)
        _ = machine.disconnected(1, at: .zero)
        #expect(machine.failures == 0)
        #expect(machine.want(at: .zero) == .wait([.dial([try address(1)])]))
    }

    @Test func aFailureCountsNotWhileConnected() throws {
        var machine = machine()
        machine.learn([try address(1)], at: .zero)
        _ = machine.want(at: .zero)
        _ = machine.connected(try info(1, .inbound, with: large), at: .zero)
        machine.dialFailed(at: .zero, jitter: 0)
        #expect(machine.failures == 0)
        #expect(machine.backoffEnd == nil)
    }

    @Test func aRefusalByOurOwnLimitStartsNoBackoff() throws {
        var machine = machine()
        machine.learn([try address(1)], at: .zero)
        _ = machine.want(at: .zero)
        machine.dialRefused()
        #expect(machine.want(at: .zero) == .wait([.dial([try address(1)])]))
    }

    // MARK: Duplicates

    @Test("both sides prefer the same of two connections", arguments: [true, false])
    func duplicatesAreResolvedAlike(smallDialsFirst: Bool) throws {
        // Connection numbers are each node's own: the same two connections in either order.
        let (bySmall, byLarge): (UInt64, UInt64) = smallDialsFirst ? (1, 2) : (2, 1)
        var a = machine(local: small, remote: large)
        var b = machine(local: large, remote: small)
        _ = a.connected(try info(bySmall, .outbound, with: large), at: .zero)
        _ = a.connected(try info(byLarge, .inbound, with: large), at: .zero)
        _ = b.connected(try info(bySmall, .inbound, with: small), at: .zero)
        _ = b.connected(try info(byLarge, .outbound, with: small), at: .zero)
        #expect(a.preferred == bySmall)
        #expect(b.preferred == bySmall)
    }

    @Test func theSmallerClosesSpareDuplicatesAfterTheGrace() throws {
        var machine = machine()
        #expect(machine.connected(try info(1, .outbound, with: large), at: .zero).isEmpty)
        let actions = machine.connected(try info(2, .inbound, with: large), at: at(1))
        #expect(actions == [.scheduleDuplicateCheck(at(11))])
        let later = machine.checkDuplicates(at: at(11)) { _ in true }
        #expect(later == [.close(connection: 2), .scheduleDuplicateCheck(at(21))])
        _ = machine.disconnected(2, at: at(11))
        #expect(machine.checkDuplicates(at: at(21)) { _ in true }.isEmpty)
    }

    @Test func theLargerClosesNothing() throws {
        var machine = machine(local: large, remote: small)
        _ = machine.connected(try info(1, .outbound, with: small), at: .zero)
        _ = machine.connected(try info(2, .inbound, with: small), at: .zero)
        #expect(machine.checkDuplicates(at: at(10)) { _ in true }.isEmpty)
    }

    @Test func aDuplicateInUseOrTooYoungStays() throws {
        var machine = machine()
        for id in 1...3 {
            _ = machine.connected(
                try info(UInt64(id), .outbound, with: large), at: at(id == 3 ? 5 : 0))
        }
        // 2 carries a stream, 3 is too young.
        #expect(
            machine.checkDuplicates(at: at(10)) { $0 != 2 } == [.scheduleDuplicateCheck(at(20))])
        #expect(
            machine.checkDuplicates(at: at(20)) { $0 != 2 }
                == [.close(connection: 3), .scheduleDuplicateCheck(at(30))])
    }

    @Test func aPeerThatReconnectsForEverCausesOneCheckAtATime() throws {
        var machine = machine()
        _ = machine.connected(try info(1, .outbound, with: large), at: .zero)
        var scheduled = 0
        for id in 2...10_000 {
            scheduled +=
                machine.connected(
                    try info(UInt64(id), .inbound, with: large), at: at(Double(id) / 10_000)
                ).count
            if id > 3 { _ = machine.disconnected(UInt64(id - 2), at: at(1)) }
        }
        #expect(scheduled == 1)
    }

    // MARK: Addresses

    @Test func newestAddressesAreKeptAndDialledFirst() throws {
        var limits = HostLimits()
        limits.maximumAddressesPerPeer = 4
        limits.maximumAddressesPerDial = 2
        var machine = machine(limits: limits)
        for port in 1...40 { machine.learn([try address(port)], at: at(Double(port))) }
        machine.learn([try address(38)], at: at(50))
        #expect(
            Array(machine.addresses.keys)
                == [try address(37), try address(39), try address(40), try address(38)])
        #expect(
            machine.want(at: at(60)) == .wait([.dial([try address(38), try address(40)])]))
        #expect(machine.lastSeen == at(50))
    }

    @Test func aLongListOfAddressesIsCutAtTheLimit() throws {
        var machine = machine()
        machine.learn(try (1...1000).map { try address($0) }, at: .zero)
        #expect(machine.addresses.count == HostLimits().maximumAddressesPerPeer)
    }

    @Test func addressesThatCannotBeDialledAreLeftOut() throws {
        var machine = machine()
        machine.learn(
            [
                try Multiaddr("/ip4/10.0.0.1/udp/1/quic-v1"), Multiaddr([]),
                try address(5).withPeerID(large),
            ], at: .zero)
        #expect(Array(machine.addresses.keys) == [try address(5)])
    }
}
