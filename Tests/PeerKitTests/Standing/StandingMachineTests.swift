import Testing

@testable import PeerKit

@Suite("Standing book") struct StandingMachineTests {
    private static let unix: UInt64 = 1_800_000_000_000

    private func machine(
        limits: StandingLimits = .init(), _ change: (inout StandingPolicy) -> Void = { _ in }
    ) -> StandingMachine {
        var policy = StandingPolicy()
        change(&policy)
        return StandingMachine(
            policy: policy, limits: limits, now: .zero, unixMilliseconds: Self.unix)
    }

    private func peer(_ number: UInt64 = 1) throws -> PeerID {
        try PeerIdentity.numbered(number).peerID
    }

    private func fault(_ kind: PeerFault.Kind, _ detail: String = "test") -> PeerFault {
        PeerFault(kind, in: "/test/1", detail)
    }

    private func at(_ seconds: Int) -> Instant { .zero.advanced(by: .seconds(seconds)) }

    @Test("what is left of a score halves with each half-life")
    func decays() throws {
        var machine = machine()
        let peer = try peer()
        _ = machine.report(fault(.protocolViolation), by: peer, at: .zero)
        #expect(machine.score(of: peer, at: .zero) == -20)
        #expect(abs(machine.score(of: peer, at: at(600)) + 10) < 1e-9)
        #expect(abs(machine.score(of: peer, at: at(1200)) + 5) < 1e-9)
        #expect(abs(machine.score(of: peer, at: at(300)) + 14.142_135_623_731) < 1e-9)
        #expect(machine.score(of: peer, at: at(100_000)) == 0)
        #expect(machine.score(of: try self.peer(2), at: .zero) == 0)
    }

    @Test func throttlesThenSuspendsThenLetsInAgain() throws {
        var machine = machine()
        let peer = try peer()
        #expect(machine.report(fault(.protocolViolation), by: peer, at: at(0)) == [])
        #expect(
            machine.report(fault(.protocolViolation), by: peer, at: at(0))
                == [.changed(peer, .throttled)])
        for _ in 0..<2 { _ = machine.report(fault(.protocolViolation), by: peer, at: at(0)) }
        #expect(machine.refusal(of: peer, at: at(0)) == nil)
        #expect(
            machine.report(fault(.protocolViolation), by: peer, at: at(0))
                == [.changed(peer, .suspended), .disconnect(peer)])
        #expect(machine.refusal(of: peer, at: at(1)) == .suspended(peer, for: .seconds(299)))
        #expect(machine.standing(of: peer, at: at(1)).until == Self.unix + 300_000)
        #expect(machine.refusal(of: peer, at: at(300)) == nil)
        // Still on probation.
        #expect(machine.state(of: peer, at: at(300)) == .throttled)
        #expect(machine.state(of: peer, at: at(3600)) == .good)
    }

    @Test func aSuccessorStandsNoBetterThanTheKeyBefore() throws {
        var machine = machine()
        let (old, new) = (try peer(1), try peer(2))
        for _ in 0..<2 { _ = machine.report(fault(.protocolViolation), by: old, at: at(0)) }
        _ = machine.report(fault(.replay, "own"), by: new, at: at(0))
        #expect(machine.succeed(old, by: new, at: at(600)) == [])
        #expect(abs(machine.score(of: new, at: at(600)) + 20) < 1e-9)
        let standing = machine.standing(of: new, at: at(600))
        #expect(standing.faults.map(\.fault.detail) == ["test", "own"])
        // Heard again, nothing changes: the worse counts, not the sum.
        #expect(machine.succeed(old, by: new, at: at(600)) == [])
        #expect(machine.standing(of: new, at: at(600)) == standing)
        // Nor does one with nothing against it make anybody better.
        #expect(machine.succeed(try peer(3), by: new, at: at(600)) == [])
        #expect(machine.standing(of: new, at: at(600)) == standing)
        #expect(machine.succeed(new, by: new, at: at(600)) == [])
    }

    @Test func aSuccessorIsSuspendedAndBannedAsLongAsTheKeyBefore() throws {
        var machine = machine()
        let (old, new, third) = (try peer(1), try peer(2), try peer(3))
        _ = machine.report(fault(.equivocation), by: old, at: at(0))
        #expect(
            machine.succeed(old, by: new, at: at(100)) == [
                .changed(new, .suspended), .disconnect(new),
            ])
        #expect(machine.refusal(of: new, at: at(100)) == .suspended(new, for: .seconds(200)))
        #expect(machine.standing(of: new, at: at(100)).suspensions == 1)
        _ = try machine.ban(.peer(new), for: .seconds(1000), because: "test", at: at(400))
        #expect(
            machine.succeed(new, by: third, at: at(500)) == [
                .changed(third, .banned), .disconnect(third),
            ])
        #expect(machine.standing(of: third, at: at(500)).until == Self.unix + 1_400_000)
        // A longer ban of its own stays.
        _ = try machine.ban(.peer(third), for: nil, because: "longer", at: at(600))
        #expect(machine.succeed(new, by: third, at: at(700)) == [])
        #expect(machine.standing(of: third, at: at(700)).ban?.reason == "longer")
        #expect(machine.hasUnwritten)
    }

    @Test func aBanIsInheritedThoughTheListOfBansIsFull() throws {
        var limits = StandingLimits()
        limits.maximumBans = 2
        var machine = machine(limits: limits)
        _ = try machine.ban(.peer(try peer(1)), for: nil, because: "a", at: at(0))
        _ = try machine.ban(.peer(try peer(2)), for: nil, because: "b", at: at(0))
        for number in 10..<30 as Range<UInt64> {
            _ = machine.succeed(try peer(1), by: try peer(number), at: at(1))
            #expect(machine.state(of: try peer(number), at: at(1)) == .banned)
        }
        #expect(machine.bans.count == 2)
    }

    @Test("what was under way when the suspension began weighs nothing")
    func settles() throws {
        var machine = machine()
        let peer = try peer()
        _ = machine.report(fault(.equivocation), by: peer, at: at(0))
        for _ in 0..<1000 { _ = machine.report(fault(.invalidContent), by: peer, at: at(9)) }
        #expect(machine.state(of: peer, at: at(9)) == .suspended)
        #expect(machine.score(of: peer, at: at(9)) > -100)
        // What goes on afterwards does, until the ban.
        for _ in 0..<40 { _ = machine.report(fault(.invalidContent), by: peer, at: at(20)) }
        #expect(machine.state(of: peer, at: at(20)) == .banned)
        #expect(machine.state(of: peer, at: at(1_000_000)) == .banned)
    }

    @Test("each suspension is twice as long, the seventh is for ever")
    func escalates() throws {
        var machine = machine { $0.suspensionMemory = .seconds(1_000_000_000) }
        let peer = try peer()
        var now = Instant.zero
        for number in 0..<6 {
            _ = machine.report(fault(.equivocation), by: peer, at: now)
            let length = Duration.seconds(300 << number)
            #expect(machine.refusal(of: peer, at: now) == .suspended(peer, for: length))
            now = now.advanced(by: length + .seconds(36000))
        }
        #expect(machine.state(of: peer, at: now) == .good)
        #expect(
            machine.report(fault(.equivocation), by: peer, at: now)
                == [.changed(peer, .banned), .disconnect(peer)])
    }

    @Test("good behaviour makes up for suspensions, one by one")
    func forgetsSuspensions() throws {
        var machine = machine()
        let peer = try peer()
        let day = 24 * 3600
        _ = machine.report(fault(.equivocation), by: peer, at: at(0))
        _ = machine.report(fault(.equivocation), by: peer, at: at(7200))
        #expect(machine.standing(of: peer, at: at(7200)).suspensions == 2)
        #expect(machine.standing(of: peer, at: at(7200 + day)).suspensions == 1)
        #expect(machine.standing(of: peer, at: at(7200 + 2 * day)).suspensions == 0)
        _ = machine.report(fault(.equivocation), by: peer, at: at(7200 + 3 * day))
        #expect(
            machine.refusal(of: peer, at: at(7200 + 3 * day))
                == .suspended(peer, for: .seconds(300)))
    }

    @Test("a silence that may be the network's throttles at most")
    func sparesTheUnreachable() throws {
        var machine = machine()
        let peer = try peer()
        for second in 0..<1000 {
            _ = machine.report(fault(.unresponsive), by: peer, at: at(second))
        }
        #expect(machine.state(of: peer, at: at(999)) == .throttled)
        #expect(machine.score(of: peer, at: at(999)) >= -65)
    }

    @Test("the book never grows beyond its limit; the best and oldest are forgotten, no banned one")
    func isBounded() throws {
        var limits = StandingLimits()
        limits.maximumPeers = 64
        var machine = machine(limits: limits)
        let banned = try peer(1_000_000)
        for number in 0..<5 {
            _ = machine.report(fault(.equivocation), by: banned, at: at(number * 20))
        }
        #expect(machine.state(of: banned, at: at(700_000)) == .banned)
        let bad = try peer(2_000_000)
        for _ in 0..<3 { _ = machine.report(fault(.falseClaim), by: bad, at: at(700_000)) }
        for number in 0..<640 {
            let peer = try peer(UInt64(number))
            _ = machine.report(fault(.unresponsive), by: peer, at: at(700_000 + number))
            #expect(machine.count <= 64)
        }
        #expect(machine.state(of: banned, at: at(700_640)) == .banned)
        #expect(machine.score(of: bad, at: at(700_640)) < -20)
        #expect(machine.score(of: try peer(639), at: at(700_640)) < 0)
        #expect(machine.score(of: try peer(0), at: at(700_640)) == 0)
        // What was forgotten is removed from the disk, too.
        #expect(machine.takeWrites().operations.count >= 640)
    }

    @Test("ten times as many faults leave the latest of them, alike ones counted as one")
    func historyIsBounded() throws {
        var machine = machine()
        let peer = try peer()
        for number in 0..<(10 * StandingLimits.maximumFaultsPerPeer) {
            let kind: PeerFault.Kind = number % 2 == 0 ? .excess : .replay
            _ = machine.report(
                fault(kind, String(repeating: "\u{1b}[31m\u{301}", count: 1000)), by: peer,
                at: at(number))
        }
        var faults = machine.standing(of: peer, at: at(100)).faults
        #expect(faults.count == StandingLimits.maximumFaultsPerPeer)
        #expect(faults.last?.time == Self.unix + 79_000)
        let detail = try #require(faults.last?.fault.detail)
        #expect(detail.unicodeScalars.count == StandingLimits.maximumDetailLength)
        #expect(!detail.unicodeScalars.contains("\u{1b}"))
        for second in 100..<200 { _ = machine.report(fault(.excess), by: peer, at: at(second)) }
        faults = machine.standing(of: peer, at: at(200)).faults
        #expect(faults.last?.count == 100)
    }

    @Test func explainsWhatHappensNext() throws {
        var machine = machine()
        let peer = try peer()
        for _ in 0..<3 { _ = machine.report(fault(.falseClaim), by: peer, at: at(0)) }
        let recovery = try #require(machine.explain(peer, at: at(0)).recovery)
        // 60 points are 30 after one half-life.
        #expect(recovery >= .seconds(600) && recovery <= .seconds(600 + 80))
        #expect(machine.explain(try self.peer(2), at: at(0)).recovery == .zero)
        _ = try machine.ban(.peer(peer), for: nil, because: "enough", at: at(0))
        #expect(machine.explain(peer, at: at(0)).recovery == nil)
    }

    // MARK: Bans

    @Test func bansByPeerAddressAndSubnetUntilTheyEnd() throws {
        var machine = machine()
        let peer = try peer()
        let address = try IPAddress("192.0.2.7")
        let range = try IPSubnet("2001:db8::/32")
        #expect(
            try machine.ban(.peer(peer), for: .seconds(60), because: "rude", at: at(0))
                == [.changed(peer, .banned), .disconnect(peer)])
        #expect(machine.refusal(of: peer, at: at(59)) == .banned(.peer(peer), because: "rude"))
        #expect(machine.refusal(of: peer, at: at(60)) == nil)
        _ = try machine.ban(.address(address), for: nil, because: "a", at: at(0))
        _ = try machine.ban(.subnet(range), for: nil, because: "b", at: at(0))
        #expect(machine.refusal(of: address, at: at(9)) == .banned(.address(address), because: "a"))
        let mapped = IPAddress.v6(IPv6Address(mapped: IPv4Address(192, 0, 2, 7)))
        #expect(machine.refusal(of: mapped, at: at(9)) != nil)
        #expect(machine.refusal(of: try IPAddress("192.0.2.8"), at: at(9)) == nil)
        #expect(machine.refusal(of: try IPAddress("2001:db8:ffff::1"), at: at(9)) != nil)
        #expect(machine.refusal(of: try IPAddress("2001:db9::1"), at: at(9)) == nil)
        #expect(machine.banList(at: at(100)).map(\.reason) == ["a", "b"])
        _ = machine.pardon(.subnet(try IPSubnet("192.0.2.7/32")), at: at(9))
        #expect(machine.refusal(of: address, at: at(9)) == nil)
    }

    @Test func pardonForgetsEverything() throws {
        var machine = machine()
        let peer = try peer()
        for number in 0..<20 {
            _ = machine.report(fault(.equivocation), by: peer, at: at(number * 20))
        }
        _ = try machine.ban(.peer(peer), for: nil, because: "enough", at: at(400))
        #expect(machine.pardon(.peer(peer), at: at(401)) == [.changed(peer, .good)])
        #expect(machine.standings(at: at(401)).isEmpty)
        #expect(machine.refusal(of: peer, at: at(401)) == nil)
    }

    @Test func bansBeyondTheLimitAreRefusedByName() throws {
        var limits = StandingLimits()
        limits.maximumBans = 10
        var machine = machine(limits: limits)
        var refused = 0
        for number in 0..<100 {
            let address = IPAddress.v4(IPv4Address(rawValue: UInt32(number)))
            do throws(LimitRefusal) {
                _ = try machine.ban(.address(address), for: .seconds(50), because: "", at: at(0))
            } catch {
                #expect(error.setting == "standingLimits.maximumBans")
                refused += 1
            }
        }
        #expect(refused == 90)
        // Ended ones make room.
        _ = try machine.ban(.peer(try peer()), for: nil, because: "", at: at(51))
        #expect(machine.bans.count == 1)
        #expect(machine.rangeLengths.isEmpty)
    }

    // MARK: Disk

    @Test("the book is the same after a restart, time passed meanwhile included")
    func survivesRestart() throws {
        var machine = machine()
        let (a, b) = (try peer(1), try peer(2))
        _ = machine.report(fault(.equivocation, "two votes"), by: a, at: at(0))
        _ = machine.report(fault(.falseClaim), by: b, at: at(100))
        _ = try machine.ban(
            .subnet(try IPSubnet("10.0.0.0/8")), for: .seconds(1000), because: "x", at: at(0))
        _ = try machine.ban(.peer(b), for: nil, because: "y", at: at(0))
        let batch = machine.takeWrites()
        #expect(!machine.hasUnwritten)
        // Restarted 150 s later, on a clock of instants that began anew.
        var restarted = StandingMachine(
            policy: .init(), limits: .init(), now: at(3), unixMilliseconds: Self.unix + 250_000)
        for case .put(let key, let value, let table) in batch.operations {
            if table == StandingMachine.peerTable {
                restarted.restore(
                    try #require(StandingCodec.decodeEntry(value)), of: try PeerID(bytes: key),
                    at: at(3))
            } else {
                restarted.restore(
                    try #require(StandingCodec.decodeBan(key: key, value)), at: at(3))
            }
        }
        #expect(restarted.refusal(of: a, at: at(3)) == .suspended(a, for: .seconds(50)))
        #expect(
            abs(restarted.score(of: a, at: at(3)) - machine.score(of: a, at: at(250))) < 1e-9)
        #expect(
            restarted.standing(of: a, at: at(3)).faults
                == machine.standing(of: a, at: at(250)).faults)
        #expect(restarted.banList(at: at(3)) == machine.banList(at: at(250)))
        #expect(restarted.refusal(of: try IPAddress("10.1.1.1"), at: at(752)) != nil)
        #expect(restarted.refusal(of: try IPAddress("10.1.1.1"), at: at(753)) == nil)
    }

    @Test("damaged entries are refused, whatever is wrong with them", arguments: 1...20)
    func readsNothingDamaged(seed: UInt64) throws {
        var generator = SimulationGenerator(seed: seed, label: "standing")
        let entry = StandingCodec.Entry(
            score: -12.5, updated: 1, suspensions: 2, suspended: 3, suspendedUntil: 4,
            isBanned: false,
            faults: [.init(fault: fault(.replay), count: 3, time: 9, points: 15)])
        let bytes = StandingCodec.encode(entry)
        #expect(StandingCodec.decodeEntry(bytes) == entry)
        for length in 0..<bytes.count {
            #expect(StandingCodec.decodeEntry(Array(bytes.prefix(length))) == nil)
        }
        #expect(StandingCodec.decodeEntry(bytes + [0]) == nil)
        for _ in 0..<1000 {
            var damaged = bytes
            let index = Int.random(in: damaged.indices, using: &generator)
            damaged[index] = UInt8.random(in: 0...255, using: &generator)
            if let read = StandingCodec.decodeEntry(damaged) {
                #expect(read.score <= 0 && read.score.isFinite)
                #expect(read.faults.count <= StandingLimits.maximumFaultsPerPeer)
            }
        }
    }
}
