import Testing

@testable import PeerKit

@Suite("A bucket") struct BucketMachineTests {
    private let peers = KademliaTestPeers.make(250)
    private func at(_ seconds: UInt64) -> Instant {
        Instant(nanoseconds: seconds * 1_000_000_000)
    }

    private func entry(
        _ number: Int, at now: Instant, group: NetworkGroup? = nil
    ) -> BucketMachine.Entry {
        BucketMachine.Entry(
            peer: peers[number], group: group, address: nil, added: now, lastUseful: now)
    }

    private func full(capacity: Int = 20) -> BucketMachine {
        var bucket = BucketMachine(capacity: capacity, diversity: .init())
        for number in 0..<capacity {
            let admission = bucket.admit(entry(number, at: at(0)), at: at(0)) { _ in true }
            #expect(admission == .added)
        }
        return bucket
    }

    @Test("holds k peers and as many replacements, though ten times as many come")
    func capacity() {
        var bucket = full()
        for number in 20..<220 {
            let admission = bucket.admit(entry(number, at: at(1)), at: at(1)) { _ in true }
            #expect(admission == .cached(check: nil))
        }
        #expect(bucket.entries.count == 20)
        #expect(bucket.replacements.count == 20)
        #expect(bucket.replacements.keys.last == peers[219].id)
    }

    @Test("a newcomer has the peer longest unheard of checked, and takes its place if that fails")
    func checksOldest() {
        var bucket = full()
        bucket.markUseful(peers[0].id, at: at(90))
        let admission = bucket.admit(entry(30, at: at(100)), at: at(100)) { _ in true }
        #expect(admission == .cached(check: peers[1].id))
        // One check at a time.
        let next = bucket.admit(entry(31, at: at(100)), at: at(100)) { _ in true }
        #expect(next == .cached(check: nil))
        let removal = bucket.fail(peers[1].id, .transient, at: at(101)) { _ in true }
        #expect(removal?.removed.peer.id == peers[1].id)
        #expect(removal?.promoted?.peer.id == peers[31].id)
        #expect(bucket.entries.count == 20)
    }

    @Test("a peer that answers its check stays")
    func staysAfterCheck() {
        var bucket = full()
        _ = bucket.admit(entry(30, at: at(100)), at: at(100)) { _ in true }
        #expect(bucket.checking == peers[0].id)
        bucket.markUseful(peers[0].id, at: at(101))
        #expect(bucket.checking == nil)
        #expect(bucket.entries[peers[0].id] != nil)
        #expect(bucket.entries.keys.last == peers[0].id)
    }

    @Test("forgives lost answers while there is nobody else, and no refused connection")
    func forgiveness() {
        var bucket = full()
        for _ in 0..<BucketMachine.toleratedFailures {
            #expect(bucket.fail(peers[3].id, .transient, at: at(1)) { _ in true } == nil)
        }
        #expect(bucket.fail(peers[3].id, .transient, at: at(1)) { _ in true } != nil)
        #expect(bucket.fail(peers[4].id, .final, at: at(1)) { _ in true } != nil)
        #expect(bucket.entries.count == 18)
    }

    @Test("admits few of one group of addresses, though ten times as many come")
    func diversity() {
        var bucket = BucketMachine(capacity: 20, diversity: .init())
        let group = NetworkGroup(.v4(IPv4Address(203, 0, 113, 1)))
        var added = 0
        for number in 0..<20 {
            let admission = bucket.admit(
                entry(number, at: at(0), group: group), at: at(0)
            ) { _ in true }
            if admission == .added { added += 1 } else { #expect(admission == .refused) }
        }
        #expect(added == AddressDiversity().maximumPerBucket)
        let other = NetworkGroup(.v4(IPv4Address(198, 51, 100, 1)))
        #expect(
            bucket.admit(entry(30, at: at(0), group: other), at: at(0)) { _ in true } == .added)
        #expect(
            bucket.admit(entry(31, at: at(0), group: other), at: at(0)) { _ in false } == .refused)
    }

    @Test("a group is a /16 of IPv4 and a /32 of IPv6; this machine and private ranges are exempt")
    func groups() throws {
        func group(_ text: String) throws -> NetworkGroup? {
            AddressDiversity().group(of: try IPAddress(text))
        }
        #expect(try group("203.0.113.1") == group("203.0.7.7"))
        #expect(try group("203.0.113.1") != group("203.1.113.1"))
        #expect(try group("::ffff:203.0.113.1") == group("203.0.7.7"))
        #expect(try group("2001:db8:1::1") == group("2001:db8:2::1"))
        #expect(try group("2001:db8::1") != group("2001:db9::1"))
        #expect(try group("127.0.0.1") == nil)
        #expect(try group("192.168.1.1") == nil)
        var strict = AddressDiversity()
        strict.exemptsLoopback = false
        strict.exemptsPrivate = false
        #expect(strict.group(of: try IPAddress("127.0.0.1")) != nil)
        #expect(strict.group(of: try IPAddress("10.1.2.3")) != nil)
    }

    @Test("keeps its bounds under random events", arguments: 0..<30)
    func randomEvents(seed: UInt64) {
        var generator = SimulationGenerator(seed: seed, label: "bucket")
        var bucket = BucketMachine(capacity: 5, diversity: .init())
        for step in 0..<500 {
            let number = Int.random(in: 0..<40, using: &generator)
            let now = at(UInt64(step) * 10)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1: _ = bucket.admit(entry(number, at: now), at: now) { _ in true }
            case 2: bucket.markUseful(peers[number].id, at: now)
            default:
                let failure: BucketMachine.Failure =
                    Bool.random(using: &generator) ? .final : .transient
                _ = bucket.fail(peers[number].id, failure, at: now) { _ in true }
            }
            #expect(bucket.entries.count <= 5 && bucket.replacements.count <= 5)
            #expect(Set(bucket.entries.keys).isDisjoint(with: bucket.replacements.keys))
            if let checking = bucket.checking { #expect(bucket.entries[checking] != nil) }
        }
    }
}
