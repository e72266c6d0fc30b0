import Testing

@testable import PeerKit

@Suite("Joining: whom to ask and to dial, and when") struct JoiningMachineTests {
    private func machine(
        local: UInt64 = 0, configured: [Multiaddr] = [],
        sources: [String] = ["book", "exchange"], target: Int = 3,
        limits: JoiningLimits = .init()
    ) throws -> JoiningMachine {
        JoiningMachine(
            localPeer: try peer(local), configured: configured, sources: sources, target: target,
            maximumConnections: 100, limits: limits, now: .zero)
    }

    private func peer(_ number: UInt64) throws -> PeerID {
        try AddressBookMachineTests.peer(number)
    }

    private func known(_ numbers: ClosedRange<UInt64>) throws -> [KnownPeer] {
        try numbers.map {
            KnownPeer(id: try peer($0), addresses: [AddressBookMachineTests.address($0)])
        }
    }

    private func at(_ seconds: Double) -> Instant {
        Instant.zero.advanced(by: .seconds(seconds))
    }

    private func dialled(_ actions: [JoiningMachine.Action]) -> [PeerID] {
        actions.compactMap { if case .dial(.peer(let peer, _)) = $0 { peer } else { nil } }
    }

    private func asked(_ actions: [JoiningMachine.Action]) -> [Int] {
        actions.compactMap { if case .ask(let source, _) = $0 { source } else { nil } }
    }

    @Test func everySourceIsAskedAtOnceAndOnce() throws {
        var machine = try machine()
        #expect(asked(machine.act(at: .zero)) == [1, 2])
        #expect(machine.act(at: at(60)).isEmpty)
    }

    @Test func aSourceWithNothingNewIsAskedLessAndLessButAlwaysAgain() throws {
        var machine = try machine(sources: ["book"])
        var times: [Double] = []
        var now = Instant.zero
        for _ in 0..<12 {
            #expect(asked(machine.act(at: now)) == [1])
            times.append(Instant.zero.duration(to: now).seconds)
            machine.failedToAnswer(1, "no answer", at: now)
            now = machine.nextLook(after: now)
        }
        #expect(times.prefix(6) == [0, 4, 12, 28, 60, 120])
        #expect(times[11] - times[10] == 60)
        let report = machine.report(at: now).sources[1]
        #expect(report.failedQuestions == 12 && report.lastError == "no answer")
    }

    @Test func theSourcesTakeTurns() throws {
        var machine = try machine(target: 4)
        _ = machine.act(at: .zero)
        machine.answered(1, try known(100...115), at: .zero)
        machine.answered(2, try known(1...2), at: .zero)
        let order = dialled(machine.act(at: .zero))
        #expect(order == [try peer(100), try peer(1), try peer(101), try peer(2)])
    }

    @Test func neighboursAreDialledBeyondTheTarget() throws {
        let own = try peer(41)
        // Those with larger IDs are dialled at once, the others a second later.
        let all = try (21...61).filter { $0 != 41 }.map { try peer($0) }
        let (later, sooner) = (all.filter { $0 < own }, all.filter { own < $0 })
        #expect(!later.isEmpty && !sooner.isEmpty)
        var machine = try machine(local: 41, target: 1)
        machine.adopt(neighboursFrom: "lan", maximumConnections: 30)
        for (number, peer) in all.enumerated() {
            machine.heard(
                peer, at: [AddressBookMachineTests.address(UInt64(number))], from: "lan",
                now: .zero)
        }
        var reached: [PeerID] = []
        var seconds = 0.0
        while seconds < 10 {
            let actions = dialled(machine.act(at: at(seconds)))
            #expect(actions.count <= JoiningLimits().maximumDials)
            if seconds < 1 { #expect(actions.allSatisfy { own < $0 }) }
            for peer in actions {
                machine.dialled(.peer(peer, []), .reached(peer), at: at(seconds))
            }
            reached += actions
            machine.setConnected(reached, at: at(seconds))
            seconds += 0.25
        }
        // Until there are as many connections as the source allows.
        #expect(reached.count == 30 && Set(reached).count == 30)
        // One that is not adopted goes no further than the target.
        machine.heard(
            try peer(90), at: [AddressBookMachineTests.address(90)], from: "mdns", now: at(10))
        #expect(dialled(machine.act(at: at(10))).count <= 1)
    }

    @Test func aNeighbourThatFailsIsDialledAgain() throws {
        var machine = try machine(target: 1)
        machine.adopt(neighboursFrom: "lan", maximumConnections: 10)
        machine.setConnected([try peer(50)], at: .zero)
        let other = try peer(1)
        machine.heard(other, at: [AddressBookMachineTests.address(1)], from: "lan", now: .zero)
        #expect(dialled(machine.act(at: at(1))) == [other])
        machine.dialled(.peer(other, []), .failed("refused"), at: at(1))
        #expect(dialled(machine.act(at: at(2))).isEmpty)
        #expect(machine.nextLook(after: at(2)) == at(5))
        #expect(dialled(machine.act(at: at(5))) == [other])
    }

    @Test func noMoreDialsRunThanConnectionsAreMissing() throws {
        var machine = try machine(target: 3)
        _ = machine.act(at: .zero)
        machine.answered(1, try known(1...16), at: .zero)
        let first = machine.act(at: .zero)
        #expect(dialled(first).count == 3)
        #expect(machine.act(at: .zero).isEmpty)
        machine.dialled(.peer(try peer(1), []), .failed("refused"), at: .zero)
        #expect(dialled(machine.act(at: .zero)) == [try peer(4)])
        machine.dialled(.peer(try peer(2), []), .reached(try peer(2)), at: .zero)
        machine.setConnected([try peer(2)], at: .zero)
        #expect(dialled(machine.act(at: .zero)).isEmpty)
    }

    @Test func aConfiguredAddressIsDialledForEver() throws {
        let address = AddressBookMachineTests.address(1)
        var machine = try machine(configured: [address], sources: [])
        var now = Instant.zero
        for number in 0..<40 {
            #expect(machine.act(at: now) == [.dial(.configured(address))], "dial \(number)")
            machine.dialled(.configured(address), .failed("refused"), at: now)
            let next = machine.nextLook(after: now)
            #expect(now.duration(to: next) <= .seconds(60))
            now = next
        }
        let peer = try peer(1)
        #expect(machine.act(at: now) == [.dial(.configured(address))])
        machine.dialled(.configured(address), .reached(peer), at: now)
        machine.setConnected([peer], at: now)
        #expect(machine.act(at: now.advanced(by: .seconds(3600))).isEmpty)
        machine.setConnected([], at: now)
        #expect(
            machine.act(at: now.advanced(by: .seconds(3600))) == [.dial(.configured(address))])
    }

    @Test func aCandidateThatFailsThreeTimesIsLeftUntilNamedAgain() throws {
        var machine = try machine(sources: [])
        let peer = try peer(1)
        machine.heard(peer, at: [AddressBookMachineTests.address(1)], from: "lan", now: .zero)
        var now = Instant.zero
        for _ in 0..<3 {
            #expect(dialled(machine.act(at: now)) == [peer])
            machine.dialled(.peer(peer, []), .failed("refused"), at: now)
            now = machine.nextLook(after: now)
        }
        #expect(machine.candidateCount == 0)
        machine.heard(peer, at: [AddressBookMachineTests.address(1)], from: "lan", now: now)
        #expect(dialled(machine.act(at: now)) == [peer])
        let lan = try #require(machine.report(at: now).sources.last)
        #expect(lan.name == "lan" && lan.found == 2 && lan.failedDials == 3 && !lan.isAsked)
    }

    @Test func whoHasEnoughStillMeetsAStrangerNowAndThen() throws {
        var machine = try machine(sources: ["book"], target: 2)
        machine.setConnected([try peer(90), try peer(91)], at: .zero)
        for number in 1...3 as ClosedRange<UInt64> {
            machine.heard(
                try peer(number), at: [AddressBookMachineTests.address(number)], from: "lan",
                now: .zero)
        }
        #expect(dialled(machine.act(at: .zero)).isEmpty)
        var met: [Double] = []
        var now = machine.nextLook(after: .zero)
        while now < at(120) {
            for peer in dialled(machine.act(at: now)) {
                met.append(Instant.zero.duration(to: now).seconds)
                machine.dialled(.peer(peer, []), .failed("refused"), at: now)
            }
            now = machine.nextLook(after: now)
        }
        // Each once.
        #expect(met == [10, 20, 30])
    }

    @Test func losingPeersEndsTheLongPauses() throws {
        var machine = try machine(sources: ["book"], target: 1)
        machine.setConnected([try peer(1)], at: .zero)
        #expect(asked(machine.act(at: .zero)) == [1])
        machine.answered(1, [], at: .zero)
        #expect(asked(machine.act(at: at(299))).isEmpty)
        machine.setConnected([], at: at(100))
        #expect(asked(machine.act(at: at(100))) == [1])
    }

    @Test func tenTimesTheRoomIsBounded() throws {
        var machine = try machine(
            configured: (0..<640).map { AddressBookMachineTests.address($0) }, target: 3)
        for number in 1...5120 as ClosedRange<UInt64> {
            machine.heard(
                try peer(number), at: (0..<160).map { AddressBookMachineTests.address($0) },
                from: "source \(number % 40)", now: .zero)
        }
        for number in 40..<320 as Range<UInt64> {
            machine.heard(
                try peer(number), at: [AddressBookMachineTests.address(1)],
                from: "source \(number)", now: .zero)
        }
        #expect(machine.candidateCount == 512)
        #expect(machine.report(at: .zero).sources.count == 32)
        let actions = machine.act(at: .zero)
        #expect(actions.count { if case .dial(.configured) = $0 { true } else { false } } == 8)
        #expect(dialled(actions).isEmpty)
    }

    @Test("with any events, nothing is dialled twice at once", arguments: 1...5)
    func randomEvents(seed: UInt64) throws {
        var generator = SimulationGenerator(seed: seed, label: "joining")
        let addresses = (1...3).map { AddressBookMachineTests.address($0) }
        var machine = try machine(configured: addresses, target: 4)
        var underWay: [JoiningMachine.Target] = []
        var connected: [PeerID] = []
        var now = Instant.zero
        for _ in 0..<2_000 {
            now = now.advanced(by: .milliseconds(Int.random(in: 0..<5_000, using: &generator)))
            switch Int.random(in: 0..<5, using: &generator) {
            case 0:
                let number = UInt64.random(in: 1...30, using: &generator)
                machine.heard(
                    try peer(number), at: [AddressBookMachineTests.address(number)], from: "lan",
                    now: now)
            case 1 where !connected.isEmpty:
                connected.removeLast()
                machine.setConnected(connected, at: now)
            case 2, 3:
                guard let target = underWay.popLast() else { break }
                let peer = try peer(UInt64.random(in: 1...30, using: &generator))
                let outcome: [JoiningMachine.Outcome] = [
                    .reached(peer), .failed("no"), .notYet(.seconds(3)), .refused,
                ]
                machine.dialled(
                    target, outcome[Int.random(in: 0..<4, using: &generator)], at: now)
                if !connected.contains(peer) { connected.append(peer) }
                machine.setConnected(connected, at: now)
            default:
                for action in machine.act(at: now) {
                    switch action {
                    case .ask(let source, _): machine.failedToAnswer(source, "no", at: now)
                    case .dial(let target):
                        #expect(!underWay.contains(target))
                        underWay.append(target)
                    }
                }
            }
            #expect(underWay.count <= 8)
            #expect(machine.nextLook(after: now) > now)
        }
    }
}
