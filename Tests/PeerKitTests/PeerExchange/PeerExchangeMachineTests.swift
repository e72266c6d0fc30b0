import Testing

@testable import PeerKit

@Suite("Peer exchange: rates, announcements and claims") struct PeerExchangeMachineTests {
    private func machine(_ limits: PeerExchangeLimits = .init()) throws -> PeerExchangeMachine {
        PeerExchangeMachine(
            localPeer: try AddressBookMachineTests.peer(0), limits: limits, now: .zero)
    }

    private func peer(_ number: UInt64) throws -> PeerID {
        try AddressBookMachineTests.peer(number)
    }

    private func second(_ number: UInt64) -> Instant {
        Instant(nanoseconds: number * 1_000_000_000)
    }

    @Test func nobodyIsAskedMoreOftenThanItAnswers() throws {
        var (asking, answering) = (try machine(), try machine())
        let (a, b) = (try peer(1), try peer(2))
        var asked = 0
        for time in 0..<3600 as Range<UInt64> where asking.ask(b, at: second(time)) {
            asked += 1
            #expect(answering.answer(a, count: 16, at: second(time)) == 16)
        }
        #expect(asked == 180)
        #expect(answering.statistics.refused == 0)
    }

    @Test func whoAsksTenTimesTooOftenIsRefused() throws {
        var machine = try machine()
        let peer = try peer(1)
        var answered = 0
        for tick in 0..<400 as Range<UInt64> {
            let now = Instant(nanoseconds: tick * 1_500_000_000)
            if machine.answer(peer, count: 1000, at: now) != nil { answered += 1 }
        }
        // 3 at once, then 4 in each of 10 minutes.
        #expect((40...44).contains(answered))
        #expect(machine.statistics.refused == 400 - answered)
    }

    @Test func anAnswerHoldsNoMoreThanTheLimitWhateverIsAsked() throws {
        var machine = try machine()
        #expect(machine.answer(try peer(1), count: .max, at: .zero) == 16)
        #expect(machine.answer(try peer(2), count: -5, at: .zero) == 0)
        #expect(machine.answer(try peer(3), count: 3, at: .zero) == 3)
    }

    @Test func anAnnouncementIsPassedOnOnceAndLessEachTime() throws {
        var machine = try machine()
        let record = PeerRecord(peerID: try peer(1), sequence: 1, addresses: [])
        #expect(machine.announced(record, hops: nil) == .new(hops: 4))
        #expect(machine.announced(record, hops: 4) == .known)
        let newer = PeerRecord(peerID: try peer(1), sequence: 2, addresses: [])
        #expect(machine.announced(newer, hops: 3) == .new(hops: 2))
        let last = PeerRecord(peerID: try peer(2), sequence: 2, addresses: [])
        #expect(machine.announced(last, hops: 0) == .new(hops: 0))
        let own = PeerRecord(peerID: try peer(0), sequence: 2, addresses: [])
        #expect(machine.announced(own, hops: 3) == .known)
    }

    @Test func theAudienceIsSmallAndWithoutTellerAndSubject() throws {
        var generator = SimulationGenerator(seed: 1, label: "audience")
        let machine = try machine()
        let peers = try (1...20).map { try peer($0) }
        for _ in 0..<100 {
            let audience = machine.audience(
                of: peers, except: peers[3], about: peers[4], using: &generator)
            #expect(Set(audience).count == 4)
            #expect(!audience.contains(peers[3]) && !audience.contains(peers[4]))
        }
    }

    @Test func whoseRecommendationsNeverWorkIsALiar() throws {
        var machine = try machine()
        let (liar, honest) = (try peer(1), try peer(2))
        var accused: [PeerID] = []
        for number in 100..<116 as Range<UInt64> {
            machine.claimed(try peer(number), by: liar)
            machine.claimed(try peer(number + 100), by: honest)
            if let found = machine.tried(try peer(number), isReached: false, at: .zero) {
                accused.append(found)
            }
            // A quarter of an honest peer's neighbours may have gone.
            let isReached = number % 4 != 0
            #expect(
                machine.tried(try peer(number + 100), isReached: isReached, at: .zero) == nil)
        }
        #expect(accused == [liar, liar])
        let isEarly = machine.ask(liar, at: second(599))
        #expect(!isEarly)
        let isLater = machine.ask(liar, at: second(600))
        #expect(isLater)
    }

    @Test func theFirstTellerAnswersForAClaim() throws {
        var machine = try machine()
        let (first, second) = (try peer(1), try peer(2))
        for number in 10..<30 as Range<UInt64> {
            machine.claimed(try peer(number), by: first)
            machine.claimed(try peer(number), by: second)
        }
        // Who tells of itself needs nobody's word.
        machine.claimed(first, by: first)
        #expect(machine.claimCount == 20)
        for number in 10..<18 as Range<UInt64> {
            let accused = machine.tried(try peer(number), isReached: false, at: .zero)
            #expect(accused == (number == 17 ? first : nil))
        }
    }

    @Test func tenTimesTheRoomIsBounded() throws {
        var machine = try machine()
        for number in 1..<40_000 as Range<UInt64> {
            let peer = try peer(number)
            _ = machine.mayAnnounce(peer, at: .zero)
            machine.claimed(peer, by: try self.peer(number + 100_000))
            _ = machine.announced(
                PeerRecord(peerID: peer, sequence: 1, addresses: []), hops: 1)
        }
        #expect(machine.partnerCount == 1024)
        #expect(machine.claimCount == 2048)
        #expect(machine.seenCount == 4096)
    }

    @Test func signaturesAreVerifiedAtABoundedRate() throws {
        var machine = try machine()
        for time in [Instant.zero, second(1)] {
            var verified = 0
            for _ in 0..<2000 where machine.mayVerify(at: time) { verified += 1 }
            #expect(verified == 200)
        }
    }

    @Test func addressesThatMeanNothingToTheAskerAreNotTold() throws {
        let loopback = try Multiaddr("/ip4/127.0.0.1/tcp/1")
        let site = try Multiaddr("/ip4/192.168.1.2/tcp/1")
        let world = try Multiaddr("/ip4/198.51.100.7/tcp/1")
        let name = try Multiaddr("/dns4/peer.example/tcp/1")
        func told(to asker: Multiaddr) -> [Multiaddr] {
            [loopback, site, world, name].filter { $0.makesSense(with: asker.ipAddress) }
        }
        #expect(told(to: loopback) == [loopback, site, world, name])
        #expect(told(to: site) == [site, world, name])
        #expect(told(to: world) == [world, name])
        #expect(told(to: name) == [world, name])
    }
}

@Suite("Peer exchange: messages") struct PeerExchangeCodecTests {
    @Test(
        "come back as they were",
        arguments: [
            PeerExchangeMessage.question(count: 0), .question(count: 16), .answer(records: []),
            .answer(records: [[1, 2, 3], [], [4]]), .announcement(record: [9], hops: 4),
            .announcement(record: [], hops: 0),
        ])
    func roundTrip(message: PeerExchangeMessage) throws {
        let bytes = PeerExchangeCodec.encode(message)
        #expect(try PeerExchangeCodec.decode(bytes, limits: .init()) == message)
    }

    @Test func pinnedBytes() {
        #expect(PeerExchangeCodec.encode(.question(count: 16)) == [0x0a, 0x02, 0x08, 0x10])
        #expect(
            PeerExchangeCodec.encode(.answer(records: [[7]])) == [0x12, 0x03, 0x0a, 0x01, 0x07])
        #expect(
            PeerExchangeCodec.encode(.announcement(record: [7], hops: 3))
                == [0x1a, 0x05, 0x0a, 0x01, 0x07, 0x10, 0x03])
    }

    @Test func tenTimesTheLimitsAreRefused() {
        let limits = PeerExchangeLimits()
        func fault(_ message: PeerExchangeMessage) -> PeerExchangeError? {
            do throws(PeerExchangeError) {
                _ = try PeerExchangeCodec.decode(PeerExchangeCodec.encode(message), limits: limits)
                return nil
            } catch {
                return error
            }
        }
        let many = [[UInt8]](repeating: [1], count: 160)
        #expect(fault(.answer(records: many)) == .tooManyRecords(count: 17, limit: 16))
        let long = [UInt8](repeating: 1, count: 20_480)
        #expect(fault(.answer(records: [long])) == .recordTooLong(length: 20_480, limit: 2048))
        #expect(
            fault(.announcement(record: long, hops: 1))
                == .recordTooLong(length: 20_480, limit: 2048))
        #expect(fault(.announcement(record: [], hops: 40)) == .tooManyHops(count: 40, limit: 4))
        let huge = [[UInt8]](repeating: long, count: 17)
        #expect(fault(.answer(records: huge)) == .malformed)
    }

    @Test(
        "what is no message is refused",
        arguments: [
            [], [0x0a], [0x0a, 0x05, 1], [0xff], [0x0b, 0x0c], [0x0a, 0x00], [0x08, 0x01],
            [0x0a, 0x02, 0x08, 0x80], [0x1a, 0x02, 0x10, 0x01],
            [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
        ] as [[UInt8]])
    func malformed(bytes: [UInt8]) {
        #expect(throws: PeerExchangeError.malformed) {
            try PeerExchangeCodec.decode(bytes, limits: .init())
        }
    }
}
