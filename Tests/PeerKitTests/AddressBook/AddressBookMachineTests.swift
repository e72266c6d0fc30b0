import Testing

@testable import PeerKit

@Suite("The address book: what is believed and kept") struct AddressBookMachineTests {
    static let start: UInt64 = 1_767_225_600

    static func address(_ host: UInt64, port: UInt16 = 4901) -> Multiaddr {
        Multiaddr(
            ip: IPEndpoint(
                address: .v4(IPv4Address(rawValue: 0x0a00_0000 + UInt32(host))), port: port),
            transport: .tcp)
    }

    static func record(
        _ number: UInt64, sequence: UInt64 = 1, host: UInt64? = nil
    ) async throws -> (record: PeerRecord, envelope: [UInt8]) {
        let key = try Ed25519PrivateKey.numbered(number)
        let record = PeerRecord(
            peerID: key.publicKey.peerID, sequence: sequence, addresses: [address(host ?? number)])
        return (record, try await record.sealed(with: key).bytes)
    }

    static func machine(
        _ limits: AddressBookLimits = .init()
    ) throws -> AddressBookMachine {
        AddressBookMachine(localPeer: try PeerIdentity.numbered(0).peerID, limits: limits)
    }

    /// Peer IDs that need no key.
    static func peer(_ number: UInt64) throws -> PeerID {
        try PeerID(
            bytes: [0x12, 0x20] + (0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 8 * 8)) }
        )
    }

    @Test func aNewerRecordReplacesAnOlderOneAndNeverTheOtherWayRound() async throws {
        var machine = try Self.machine()
        let old = try await Self.record(1, sequence: 5, host: 7)
        let new = try await Self.record(1, sequence: 6, host: 8)
        let peer = new.record.peerID
        #expect(machine.certify(old.record, envelope: old.envelope, now: Self.start) == .stored)
        #expect(machine.certify(old.record, envelope: old.envelope, now: Self.start) == .known)
        #expect(
            machine.certify(new.record, envelope: new.envelope, now: Self.start + 1) == .stored)
        #expect(
            machine.certify(old.record, envelope: old.envelope, now: Self.start + 2)
                == .outdated(isReplay: false))
        #expect(
            machine.certify(old.record, envelope: old.envelope, now: Self.start + 100)
                == .outdated(isReplay: true))
        #expect(machine.entries[peer]?.certificate?.envelope == new.envelope)
        #expect(machine.entries[peer]?.addresses(at: Self.start) == [Self.address(8)])
    }

    @Test func twoRecordsUnderOneNumberAreAnEquivocation() async throws {
        var machine = try Self.machine()
        let one = try await Self.record(1, sequence: 5, host: 7)
        let other = try await Self.record(1, sequence: 5, host: 8)
        _ = machine.certify(one.record, envelope: one.envelope, now: Self.start)
        #expect(
            machine.certify(other.record, envelope: other.envelope, now: Self.start)
                == .equivocation)
        #expect(
            machine.entries[one.record.peerID]?.addresses(at: Self.start) == [Self.address(7)])
    }

    @Test func hearsayLapsesAndComesAfterWhatIsSignedAndWhatWorked() async throws {
        var machine = try Self.machine()
        let (record, envelope) = try await Self.record(1)
        let peer = record.peerID
        machine.heard(peer, at: [Self.address(2)], now: Self.start)
        _ = machine.certify(record, envelope: envelope, now: Self.start)
        machine.succeeded(peer, at: Self.address(3), now: Self.start)
        let entry = try #require(machine.entries[peer])
        #expect(
            entry.addresses(at: Self.start) == [
                Self.address(3), Self.address(1), Self.address(2),
            ])
        #expect(entry.addresses(at: Self.start + 3601) == [Self.address(3), Self.address(1)])
    }

    @Test func whoWorkedLastIsDialledFirstAndFailuresCount() throws {
        var machine = try Self.machine()
        let peers = try (1...4).map { try Self.peer($0) }
        for (index, peer) in peers.enumerated() {
            machine.heard(peer, at: [Self.address(UInt64(index))], now: Self.start)
        }
        machine.succeeded(peers[1], at: nil, now: Self.start + 100)
        machine.succeeded(peers[2], at: nil, now: Self.start + 200)
        machine.succeeded(peers[3], at: nil, now: Self.start + 150)
        machine.failed(peers[2], now: Self.start + 300)
        let now = Self.start + 400
        #expect(machine.best(3, now: now).map(\.id) == [peers[3], peers[1], peers[2]])
        machine.setConnected(peers[3], true, now: now)
        #expect(machine.best(9, now: now).map(\.id) == [peers[1], peers[2], peers[0]])
    }

    @Test func onlyWhoWasReachedAndSignedIsRecommended() async throws {
        var machine = try Self.machine()
        var generator = SimulationGenerator(seed: 1, label: "sample")
        for number in 1...5 as ClosedRange<UInt64> {
            let (record, envelope) = try await Self.record(number)
            _ = machine.certify(record, envelope: envelope, now: Self.start)
            if number <= 3 { machine.succeeded(record.peerID, at: nil, now: Self.start) }
            if number == 3 { machine.failed(record.peerID, now: Self.start) }
        }
        let unsigned = try Self.peer(9)
        machine.succeeded(unsigned, at: Self.address(9), now: Self.start)
        let good = [try PeerIdentity.numbered(1).peerID, try PeerIdentity.numbered(2).peerID]
        let sample = machine.sample(10, now: Self.start + 10, using: &generator)
        #expect(sample.map(\.id).sorted() == good.sorted())
        #expect(sample.allSatisfy { $0.signedRecord != nil })
        let day: UInt64 = 24 * 3600
        #expect(machine.sample(10, now: Self.start + day + 1, using: &generator).isEmpty)
    }

    @Test("a flood of ten times the room drives out nobody who works")
    func floodOfStrangers() throws {
        var limits = AddressBookLimits()
        limits.maximumPeers = 100
        limits.maximumStrangers = 50
        var machine = try Self.machine(limits)
        let friends = try (1...50).map { try Self.peer($0) }
        for friend in friends { machine.succeeded(friend, at: Self.address(1), now: Self.start) }
        for number in 1000..<2000 as Range<UInt64> {
            machine.heard(
                try Self.peer(number), at: [Self.address(number)], now: Self.start + number)
        }
        #expect(machine.entries.count == 100)
        #expect(machine.strangerCount == 50)
        #expect(friends.allSatisfy { machine.entries[$0] != nil })
        // The latest heard of are kept.
        #expect(machine.entries[try Self.peer(1999)] != nil)
        #expect(machine.entries[try Self.peer(1000)] == nil)
    }

    @Test func tenTimesTheAddressesOfOnePeerAreThinnedOut() throws {
        var machine = try Self.machine()
        let peer = try Self.peer(1)
        for number in 0..<160 as Range<UInt64> {
            machine.heard(peer, at: [Self.address(number)], now: Self.start)
        }
        machine.heard(peer, at: (0..<160).map { Self.address($0 + 500) }, now: Self.start)
        #expect(machine.entries[peer]?.uncertified.count == 16)
    }

    @Test func aRecordOfTenTimesTheLengthIsNotKept() async throws {
        var machine = try Self.machine()
        let key = try Ed25519PrivateKey.numbered(1)
        let record = PeerRecord(
            peerID: key.publicKey.peerID, sequence: 1, addresses: (0..<128).map { Self.address($0) }
        )
        let envelope = [UInt8](repeating: 0, count: 20_480)
        #expect(machine.certify(record, envelope: envelope, now: Self.start) == .tooLong)
        let entry = try #require(machine.entries[record.peerID])
        #expect(entry.certificate == nil)
        #expect(entry.uncertified.count == 16)
    }

    @Test func changesComeInBatchesAndOnce() throws {
        var machine = try Self.machine()
        for number in 0..<600 as Range<UInt64> {
            machine.heard(try Self.peer(number), at: [Self.address(number)], now: Self.start)
        }
        #expect(machine.takeChanges().count == 256)
        #expect(machine.takeChanges().count == 256)
        let rest = machine.takeChanges()
        #expect(rest.count == 88)
        #expect(!machine.hasChanges)
        machine.markDirty(rest.map(\.peer))
        machine.forget(try #require(rest.first).peer)
        let again = machine.takeChanges()
        #expect(again.count == 88)
        #expect(again.count { $0.entry == nil } == 1)
    }

    @Test func whoIsNotHeardOfForLongIsForgottenButNotWhoIsConnected() throws {
        var machine = try Self.machine()
        let (stranger, friend, connected) = (
            try Self.peer(1), try Self.peer(2), try Self.peer(3)
        )
        machine.heard(stranger, at: [Self.address(1)], now: Self.start)
        machine.succeeded(friend, at: nil, now: Self.start)
        machine.succeeded(connected, at: nil, now: Self.start)
        machine.setConnected(connected, true, now: Self.start)
        machine.expire(now: Self.start + 2 * 24 * 3600)
        #expect(machine.entries.keys.elements == [friend, connected])
        machine.expire(now: Self.start + 31 * 24 * 3600)
        #expect(machine.entries.keys.elements == [connected])
        // A clock that goes back to 1970 forgets nobody.
        machine.expire(now: 0)
        #expect(machine.entries.count == 1)
    }

    @Test("random events break no invariant", arguments: 1...5)
    func randomEvents(seed: UInt64) async throws {
        var limits = AddressBookLimits()
        limits.maximumPeers = 20
        limits.maximumStrangers = 10
        var machine = try Self.machine(limits)
        var generator = SimulationGenerator(seed: seed, label: "book")
        var records: [(record: PeerRecord, envelope: [UInt8])] = []
        for number in 1...40 as ClosedRange<UInt64> {
            records.append(try await Self.record(number, sequence: 1 + number % 3))
        }
        for step in 0..<3_000 as Range<UInt64> {
            let (record, envelope) = records[Int.random(in: 0..<40, using: &generator)]
            let now = Self.start + step * 60
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: machine.heard(record.peerID, at: [Self.address(step)], now: now)
            case 1: _ = machine.certify(record, envelope: envelope, now: now)
            case 2: machine.succeeded(record.peerID, at: Self.address(step), now: now)
            case 3: machine.failed(record.peerID, now: now)
            case 4: machine.setConnected(record.peerID, step % 2 == 0, now: now)
            case 5: machine.forget(record.peerID)
            default: machine.expire(now: now)
            }
            #expect(machine.entries.count <= 20)
            #expect(machine.strangerCount == machine.entries.values.count { $0.isStranger })
            for (_, entry) in machine.entries { #expect(entry.uncertified.count <= 16) }
        }
    }
}

@Suite("The address book: stored form") struct AddressBookCodecTests {
    private func entry() async throws -> (peer: PeerID, entry: AddressBookEntry) {
        let (record, envelope) = try await AddressBookMachineTests.record(3, sequence: 77)
        var entry = AddressBookEntry(successes: 5, failures: 6, failuresInARow: 2)
        entry.certificate = .init(
            sequence: 77, addresses: record.addresses, envelope: envelope, learned: 1_767_000_000)
        entry.uncertified = [AddressBookMachineTests.address(9): 1_767_000_900]
        entry.lastSuccess = 1_767_000_001
        entry.lastFailure = 1_767_000_002
        entry.lastSeen = 1_767_000_003
        entry.worked = AddressBookMachineTests.address(10)
        return (record.peerID, entry)
    }

    @Test func comesBackAsItWas() async throws {
        let (peer, entry) = try await entry()
        let bytes = AddressBookCodec.encode(entry)
        #expect(AddressBookCodec.decode(bytes, of: peer, limits: .init()) == entry)
        #expect(
            AddressBookCodec.decode([], of: peer, limits: .init()) == AddressBookEntry())
    }

    @Test func anothersOrADamagedRecordIsNotRead() async throws {
        let (peer, entry) = try await entry()
        let bytes = AddressBookCodec.encode(entry)
        let other = try PeerIdentity.numbered(4).peerID
        #expect(AddressBookCodec.decode(bytes, of: other, limits: .init()) == nil)
        for index in 4..<(entry.certificate?.envelope.count ?? 0) {
            var damaged = bytes
            damaged[index] ^= 0x40
            let read = AddressBookCodec.decode(damaged, of: peer, limits: .init())
            // What is read at all is what was signed.
            #expect(read == nil || read?.certificate?.addresses == entry.certificate?.addresses)
        }
    }

    @Test func tenTimesTheBytesAreNotRead() async throws {
        let (peer, _) = try await entry()
        let limits = AddressBookLimits()
        let bytes = [UInt8](repeating: 0x18, count: 10 * limits.maximumStoredBytes)
        #expect(AddressBookCodec.decode(bytes, of: peer, limits: limits) == nil)
        var entry = AddressBookEntry()
        for number in 0..<160 as Range<UInt64> {
            entry.uncertified[AddressBookMachineTests.address(number)] = 1
        }
        #expect(
            AddressBookCodec.decode(AddressBookCodec.encode(entry), of: peer, limits: limits) == nil
        )
    }
}
