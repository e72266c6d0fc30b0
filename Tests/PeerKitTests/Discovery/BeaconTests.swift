import Testing

@testable import PeerKit

@Suite("LAN beacons: which are believed") struct BeaconMachineTests {
    static let unixStart: UInt64 = 1_767_225_600_000

    /// A listener, and somebody who announces.
    struct World {
        var machine: BeaconMachine
        var now = Instant.zero
        let limits: BeaconLimits

        init(limits: BeaconLimits = .init(), network: String = "net") throws {
            self.limits = limits
            machine = BeaconMachine(
                network: network, localPeer: try PeerIdentity.numbered(1).peerID,
                interval: .seconds(5), firstSequence: 1, limits: limits, now: .zero)
        }

        var unix: UInt64 { BeaconMachineTests.unixStart + now.nanoseconds / 1_000_000 }

        mutating func pass(_ duration: Duration) { now = now.advanced(by: duration) }

        mutating func receive(
            _ payload: [UInt8], from source: IPEndpoint = BeaconMachineTests.source(2)
        ) throws(BeaconFault) -> BeaconMachine.Discovery? {
            try machine.receive(
                Datagram(payload: payload, source: source), at: now, unixMilliseconds: unix)
        }
    }

    static func source(_ host: Int) -> IPEndpoint {
        IPEndpoint(
            address: .v4(IPv4Address(rawValue: 0x0a00_0000 + UInt32(host))), port: 4902)
    }

    static func beacon(
        _ number: UInt64 = 2, host: Int = 2, network: String = "net", sequence: UInt64 = 10,
        expiry: UInt64 = unixStart + 15_000, port: Int = 4901
    ) throws -> Beacon {
        Beacon(
            network: network, peerID: try PeerIdentity.numbered(number).peerID,
            addresses: [try Multiaddr("/ip4/\(source(host).address)/tcp/\(port)")],
            sequence: sequence, expiry: expiry)
    }

    static func sealed(_ beacon: Beacon, by number: UInt64 = 2) async throws -> [UInt8] {
        try await BeaconCodec.seal(beacon, by: try Ed25519PrivateKey.numbered(number))
    }

    @Test func believesAnHonestBeacon() async throws {
        var world = try World()
        let beacon = try Self.beacon()
        let found = try world.receive(try await Self.sealed(beacon))
        #expect(found == .init(peer: beacon.peerID, addresses: beacon.addresses, isNew: true))
        #expect(world.machine.accepted == 1)
        #expect(world.machine.faults.isEmpty)
    }

    @Test func ignoresAReplay() async throws {
        var world = try World()
        let datagram = try await Self.sealed(try Self.beacon(sequence: 10))
        _ = try world.receive(datagram)
        #expect(throws: BeaconFault.replayed) { try world.receive(datagram) }
        let older = try await Self.sealed(try Self.beacon(sequence: 9, port: 1))
        #expect(throws: BeaconFault.replayed) { try world.receive(older) }
        #expect(world.machine.faults == [.replayed: 2])
    }

    @Test func ignoresWhatAnotherKeySigned() async throws {
        var world = try World()
        let foreign = try await Self.sealed(try Self.beacon(), by: 3)
        #expect(throws: BeaconFault.forged) { try world.receive(foreign) }
        // A forgery does not use up the sequence of the peer it names.
        let honest = try await Self.sealed(try Self.beacon())
        #expect(try world.receive(honest) != nil)
    }

    @Test func aChangedBitAnywhereMakesABeaconWorthless() async throws {
        let datagram = try await Self.sealed(try Self.beacon())
        for index in datagram.indices {
            var world = try World()
            var changed = datagram
            changed[index] ^= 1 << UInt8(index % 8)
            #expect(throws: BeaconFault.self, "byte \(index)") { try world.receive(changed) }
        }
    }

    @Test func ignoresAnotherNetwork() async throws {
        var world = try World()
        let datagram = try await Self.sealed(try Self.beacon(network: "other"))
        #expect(throws: BeaconFault.foreignNetwork) { try world.receive(datagram) }
    }

    @Test(
        "ignores what has expired or says it lasts too long",
        arguments: [
            (-31_000, false), (-29_000, true), (0, true), (149_000, true), (151_000, false),
        ])
    func checksExpiry(offset: Int, isBelieved: Bool) async throws {
        var world = try World()
        let expiry = UInt64(Int(Self.unixStart) + offset)
        let datagram = try await Self.sealed(try Self.beacon(expiry: expiry))
        if isBelieved {
            #expect(try world.receive(datagram) != nil)
        } else {
            #expect(throws: BeaconFault.stale) { try world.receive(datagram) }
        }
    }

    @Test("extreme numbers do not trap", arguments: [0, 1, UInt64.max - 1, UInt64.max])
    func extremes(value: UInt64) async throws {
        var world = try World()
        let datagram = try await Self.sealed(try Self.beacon(sequence: value, expiry: value))
        #expect(throws: BeaconFault.stale) { try world.receive(datagram) }
        let last = try await Self.sealed(try Self.beacon(sequence: value))
        _ = try world.receive(last)
    }

    @Test func ignoresAddressesThatAreNotTheSenders() async throws {
        var world = try World()
        let liar = try await Self.sealed(try Self.beacon(host: 77))
        #expect(throws: BeaconFault.foreignAddress) { try world.receive(liar) }
        var mixed = try Self.beacon()
        mixed.addresses = [
            try Multiaddr("/ip4/10.0.0.77/tcp/1"), try Multiaddr("/ip4/10.0.0.2/tcp/0"),
            try Multiaddr("/dns4/bank.example/tcp/1"), try Multiaddr("/ip4/127.0.0.1/tcp/1"),
            try Multiaddr("/ip4/10.0.0.2/udp/1/quic-v1"), try Multiaddr("/ip4/10.0.0.2/tcp/2"),
        ]
        let found = try world.receive(try await Self.sealed(mixed))
        #expect(found?.addresses == [try Multiaddr("/ip4/10.0.0.2/tcp/2")])
    }

    @Test func ignoresItsOwnQuietly() async throws {
        var world = try World()
        let own = try await Self.sealed(try Self.beacon(1), by: 1)
        #expect(try world.receive(own) == nil)
        #expect(world.machine.faults.isEmpty)
        #expect(world.machine.accepted == 0)
    }

    @Test func sparesTheSignatureOfWhatSaysNothingNew() async throws {
        var world = try World()
        _ = try world.receive(try await Self.sealed(try Self.beacon(sequence: 10)))
        world.pass(.seconds(1))
        #expect(try world.receive(try await Self.sealed(try Self.beacon(sequence: 11))) == nil)
        #expect(world.machine.unchanged == 1)
        // A forgery of this kind gains nothing: the sequence has not moved.
        #expect(
            try world.receive(try await Self.sealed(try Self.beacon(sequence: .max), by: 3)) == nil)
        // Past half of its life the peer is believed anew, but not as a new one.
        world.pass(.seconds(8))
        let expiry = world.unix + 15_000
        let found = try world.receive(
            try await Self.sealed(try Self.beacon(sequence: 12, expiry: expiry)))
        #expect(found?.isNew == false)
        // Another address is news at once.
        let moved = try world.receive(
            try await Self.sealed(try Self.beacon(sequence: 13, expiry: expiry, port: 9)))
        #expect(moved?.addresses == [try Multiaddr("/ip4/10.0.0.2/tcp/9")])
    }

    @Test func cutsOffASenderThatFloods() async throws {
        var world = try World()
        var faults: [BeaconFault: Int] = [:]
        for number in 0..<160 {
            let datagram = [UInt8](repeating: UInt8(number), count: 20)
            do throws(BeaconFault) { _ = try world.receive(datagram) } catch {
                faults[error, default: 0] += 1
            }
        }
        // Twice the rate at once, then none.
        #expect(faults == [.malformed: 16, .flood: 144])
        // Others are heard all the same.
        let honest = try await Self.sealed(try Self.beacon(3, host: 3), by: 3)
        #expect(try world.receive(honest, from: Self.source(3)) != nil)
        // After a second the flooder is too.
        world.pass(.seconds(1))
        #expect(try world.receive(try await Self.sealed(try Self.beacon())) != nil)
    }

    @Test func manyPeersOfOneMachineAreNoFlood() async throws {
        var world = try World()
        let source = IPEndpoint(address: .loopbackV4, port: 4902)
        for number in 2..<102 {
            var beacon = try Self.beacon(UInt64(number))
            beacon.addresses = [try Multiaddr("/ip4/127.0.0.1/tcp/\(number)")]
            let datagram = try await Self.sealed(beacon, by: UInt64(number))
            #expect(try world.receive(datagram, from: source) != nil)
        }
    }

    @Test func verifiesNoMoreSignaturesThanAllowed() async throws {
        var limits = BeaconLimits()
        limits.verificationsPerSecond = 10
        var world = try World(limits: limits)
        var believed = 0
        for number in 0..<100 {
            let datagram = try await Self.sealed(
                try Self.beacon(UInt64(10 + number), host: 10 + number), by: UInt64(10 + number))
            if (try? world.receive(datagram, from: Self.source(10 + number))) != nil {
                believed += 1
            }
        }
        #expect(believed == 10)
        #expect(world.machine.faults == [.flood: 90])
    }

    @Test func tablesStayWithinTheirBounds() async throws {
        var limits = BeaconLimits()
        limits.maximumPeers = 8
        limits.maximumSources = 8
        var world = try World(limits: limits)
        for number in 0..<80 {
            let datagram = try await Self.sealed(
                try Self.beacon(
                    UInt64(10 + number), host: 10 + number,
                    expiry: Self.unixStart + 10_000 + UInt64(number)), by: UInt64(10 + number))
            #expect(try world.receive(datagram, from: Self.source(10 + number)) != nil)
        }
        #expect(world.machine.knownCount == 8)
        #expect(world.machine.sourceCount == 8)
        // The one that expires last is still known, the first is forgotten and new again.
        let last = try await Self.sealed(
            try Self.beacon(89, host: 89, sequence: 10, expiry: Self.unixStart + 10_079), by: 89)
        #expect(throws: BeaconFault.replayed) {
            try world.receive(last, from: Self.source(89))
        }
        let first = try await Self.sealed(try Self.beacon(10, host: 10), by: 10)
        #expect(try world.receive(first, from: Self.source(10))?.isNew == true)
    }

    @Test("random bytes never trap, with and without the magic", arguments: 0..<100)
    func survivesGarbage(seed: UInt64) throws {
        var world = try World()
        var generator = SimulationGenerator(seed: seed, label: "beacon")
        for round in 0..<20 {
            let count = Int.random(in: 0..<1400, using: &generator)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if round % 2 == 0 { bytes = BeaconCodec.magic + bytes }
            world.pass(.seconds(1))
            #expect(throws: BeaconFault.malformed) { try world.receive(bytes) }
        }
    }

    @Test("announces often at first, then at its interval, spread both ways")
    func pauses() throws {
        var world = try World()
        let pauses = (0..<8).map { _ in world.machine.nextPause(jitter: 0.5) }
        #expect(
            pauses.map(\.seconds) == [0.25, 0.5, 1, 2, 4, 5, 5, 5])
        #expect(world.machine.nextPause(jitter: 0) == .seconds(3.75))
        #expect(world.machine.nextPause(jitter: 1) == .seconds(6.25))
    }

    @Test func announcesRisingSequencesAndAtMostTheAllowedAddresses() throws {
        var world = try World()
        let addresses = try (1...80).map { try Multiaddr("/ip4/10.0.0.1/tcp/\($0)") }
        let first = world.machine.announce(addresses, unixMilliseconds: 1000)
        let second = world.machine.announce(addresses, unixMilliseconds: 1000)
        #expect(first.sequence < second.sequence)
        #expect(first.addresses == Array(addresses.prefix(BeaconLimits().maximumAddresses)))
        #expect(first.expiry == 16_000)
    }
}

@Suite("Beacons as bytes") struct BeaconCodecTests {
    @Test func comesBackAsItWas() async throws {
        let beacon = try BeaconMachineTests.beacon()
        let datagram = try await BeaconMachineTests.sealed(beacon)
        let read = try BeaconCodec.read(datagram, limits: BeaconLimits())
        #expect(read.beacon == beacon)
        try BeaconCodec.verify(read)
    }

    @Test func theLargestAllowedFitsOneDatagram() async throws {
        var beacon = try BeaconMachineTests.beacon(network: String(repeating: "n", count: 64))
        beacon.addresses = try (1...8).map {
            try Multiaddr("/ip6/2001:db8:1111:2222:3333:4444:5555:\($0)/tcp/65535")
        }
        let datagram = try await BeaconMachineTests.sealed(beacon)
        #expect(datagram.count <= BeaconLimits().maximumDatagramBytes)
        #expect(try BeaconCodec.read(datagram, limits: BeaconLimits()).beacon == beacon)
    }

    @Test("refuses what is beyond a limit", arguments: ["network", "addresses", "length"])
    func limits(which: String) async throws {
        var beacon = try BeaconMachineTests.beacon()
        switch which {
        case "network": beacon.network = String(repeating: "n", count: 650)
        case "addresses":
            beacon.addresses = try (1...80).map { try Multiaddr("/ip4/10.0.0.2/tcp/\($0)") }
        default:
            beacon.addresses = [
                try Multiaddr("/dns4/\(String(repeating: "a.", count: 100))b/tcp/1")
            ]
        }
        var datagram = try await BeaconMachineTests.sealed(beacon)
        if which == "length" { datagram += [UInt8](repeating: 0, count: 12_000) }
        #expect(throws: BeaconFault.malformed) {
            try BeaconCodec.read(datagram, limits: BeaconLimits())
        }
    }

    @Test func anEnvelopeOfAnotherPurposeIsForged() async throws {
        let key = try Ed25519PrivateKey.numbered(2)
        let beacon = try BeaconMachineTests.beacon()
        let honest = try await BeaconCodec.seal(beacon, by: key)
        let payload = try SignedEnvelope.open(
            Array(honest.dropFirst(4)), domain: BeaconCodec.domain,
            payloadType: BeaconCodec.payloadType
        ).payload
        let other = try await SignedEnvelope.seal(
            payload, payloadType: BeaconCodec.payloadType, domain: PeerRecord.domain, with: key)
        let read = try BeaconCodec.read(BeaconCodec.magic + other.bytes, limits: BeaconLimits())
        #expect(throws: BeaconFault.forged) { try BeaconCodec.verify(read) }
    }
}

@Suite("Token bucket") struct TokenBucketTests {
    private func at(_ seconds: Double) -> Instant { .zero.advanced(by: .seconds(seconds)) }

    @Test func letsABurstThroughThenTheRate() {
        var bucket = TokenBucket(rate: 2, burst: 5, now: .zero)
        var passed = (0..<50).count { _ in bucket.take(at: .zero) }
        #expect(passed == 5)
        passed = (0..<50).count { _ in bucket.take(at: at(1)) }
        #expect(passed == 2)
        passed = (1...1000).count { bucket.take(at: at(1 + Double($0) / 100)) }
        #expect((19...20).contains(passed))
    }

    @Test func neverHoldsMoreThanTheBurst() {
        var bucket = TokenBucket(rate: 2, burst: 5, now: .zero)
        let passed = (0..<50).count { _ in bucket.take(at: Instant(nanoseconds: .max)) }
        #expect(passed == 5)
    }

    @Test func aClockThatGoesBackTakesNothingAway() {
        var bucket = TokenBucket(rate: 1, burst: 3, now: at(100))
        let passed = [0, 50, 0, 0, 100, 101].map { bucket.take(at: at($0)) }
        #expect(passed == [true, true, true, false, false, true])
    }
}
