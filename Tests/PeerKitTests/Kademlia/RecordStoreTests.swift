import Testing

@testable import PeerKit

@Suite("What is held for the network") struct RecordStoreTests {
    private let local = KademliaKey(hashing: Array("local".utf8))
    private func at(_ seconds: UInt64) -> Instant {
        Instant(nanoseconds: seconds * 1_000_000_000)
    }

    private func entry(_ number: Int, bytes: Int = 10, expires: UInt64 = 100) -> RecordStore.Entry {
        RecordStore.Entry(
            key: Array("/test/\(number)".utf8), value: [UInt8](repeating: 1, count: bytes),
            received: 0, expires: at(expires))
    }

    @Test("values: ten times the limit leaves the nearest, no more than the limit")
    func recordCount() {
        var limits = KademliaLimits()
        limits.maximumRecords = 50
        var store = RecordStore(local: local, limits: limits)
        for number in 0..<500 { _ = store.put(entry(number)) }
        #expect(store.count == 50)
        let nearest = (0..<500).map { KademliaKey(hashing: entry($0).key) }
            .sorted { $0.distance(to: local) < $1.distance(to: local) }.prefix(50)
        #expect(store.all.map(\.key) == Array(nearest))
        #expect(store.byteCount == store.all.reduce(0) { $0 + $1.value.byteCount })
    }

    @Test("values: ten times the bytes leaves no more than the limit")
    func recordBytes() {
        var limits = KademliaLimits()
        limits.maximumRecordBytes = 10_000
        var store = RecordStore(local: local, limits: limits)
        for number in 0..<100 { _ = store.put(entry(number, bytes: 1000)) }
        #expect(store.byteCount <= 10_000 && store.count >= 8)
        // One that is larger than everything together is refused and costs nothing.
        let before = store.count
        let huge = store.put(entry(1000, bytes: 20_000))
        #expect(!huge.isStored)
        #expect(store.count == before)
    }

    @Test("values expire")
    func recordExpiry() {
        var store = RecordStore(local: local, limits: .init())
        _ = store.put(entry(1, expires: 10))
        _ = store.put(entry(2, expires: 20))
        #expect(store.entry(for: entry(1).key, at: at(9)) != nil)
        #expect(store.entry(for: entry(1).key, at: at(10)) == nil)
        #expect(store.expire(at: at(10)).count == 1)
        #expect(store.count == 1 && store.byteCount == entry(2).byteCount)
    }

    private let peers = KademliaTestPeers.make(300)

    private func provider(_ number: Int, expires: UInt64 = 100) -> ProviderStore.Provider {
        ProviderStore.Provider(peer: peers[number], expires: at(expires))
    }

    @Test("providers: of one key, the one announced longest ago gives way")
    func providersPerKey() {
        var limits = KademliaLimits()
        limits.maximumProvidersPerKey = 20
        var store = ProviderStore(local: local, limits: limits)
        for number in 0..<200 { _ = store.add(provider(number), for: [1]) }
        #expect(store.count == 20)
        #expect(
            store.providers(of: [1], at: at(0)).map(\.id)
                == peers[180..<200].reversed().map(\.id))
    }

    @Test("providers: no more keys than the limit, in all and of one provider")
    func providerKeys() {
        var limits = KademliaLimits()
        limits.maximumProviderKeys = 30
        limits.maximumKeysPerProvider = 20
        var store = ProviderStore(local: local, limits: limits)
        for number in 0..<200 { _ = store.add(provider(0), for: [UInt8(number)]) }
        #expect(store.keyCount <= 20 && store.count <= 20)
        for number in 0..<200 { _ = store.add(provider(1 + number), for: [UInt8(number), 1]) }
        #expect(store.keyCount == 30 && store.count == 30)
    }

    @Test("providers: no more records than the limit")
    func providerRecords() {
        var limits = KademliaLimits()
        limits.maximumProviderRecords = 40
        var store = ProviderStore(local: local, limits: limits)
        for number in 0..<400 {
            _ = store.add(provider(number % 300), for: [UInt8(number % 20)])
            #expect(store.count <= 40)
        }
        #expect(store.count == store.all.reduce(0) { $0 + $1.value.providers.count })
    }

    @Test("providers expire, and leave nothing behind")
    func providerExpiry() {
        var store = ProviderStore(local: local, limits: .init())
        _ = store.add(provider(1, expires: 10), for: [1])
        _ = store.add(provider(2, expires: 20), for: [1])
        #expect(store.providers(of: [1], at: at(15)).map(\.id) == [peers[2].id])
        #expect(store.expire(at: at(15)).count == 1)
        #expect(store.expire(at: at(25)).count == 1)
        #expect(store.count == 0 && store.keyCount == 0)
    }

    @Test("own publications: no more than the limit")
    func publications() {
        var publications = Publications(limit: 10)
        for number in 0..<100 {
            let item = Publications.Item(
                key: [UInt8(number)], content: .provided, due: at(UInt64(number)))
            _ = publications.set(item)
        }
        #expect(publications.items.count == 10)
        #expect(publications.next == at(90))
        #expect(publications.due(at: at(95), count: 3).map(\.key) == [[90], [91], [92]])
    }

    @Test("a peer's share of this node: streams and requests end at their limits")
    func serving() {
        var limits = KademliaLimits()
        limits.maximumStreamsPerPeer = 4
        limits.maximumStreams = 20
        limits.requestBurst = 10
        limits.requestRate = 1
        limits.maximumRememberedRates = 8
        var machine = ServingMachine(limits: limits)
        let opened = (0..<40).filter { _ in machine.open(peers[0].id, at: at(0)) == nil }
        #expect(opened.count == 4)
        let answered = (0..<100).filter { _ in machine.request(peers[0].id, at: at(0)) }
        #expect(answered.count == 10)
        let isAnsweredLater = machine.request(peers[0].id, at: at(1))
        #expect(isAnsweredLater)
        for number in 1..<100 { _ = machine.open(peers[number].id, at: at(1)) }
        #expect(machine.streams == 20)
        for number in 0..<100 {
            for _ in 0..<4 { machine.close(peers[number].id, at: at(UInt64(2 + number))) }
        }
        #expect(machine.streams == 0)
        #expect(machine.peerCount <= 8)
    }

    @Test("on disk: comes back as it was, with the time that is left")
    func archive() throws {
        let before = ArchiveClock(now: at(1000), unixNanoseconds: 5_000_000_000_000)
        // Another process, an hour later, whose clock began anew.
        let after = ArchiveClock(
            now: at(10), unixNanoseconds: 5_000_000_000_000 + 3_600_000_000_000)
        let record = RecordStore.Entry(
            key: [1], value: [2, 3], received: 7, expires: at(1000 + 7200))
        let restored = try #require(
            KademliaArchive.record(KademliaArchive.encode(record, before), after))
        #expect(restored.key == [1] && restored.value == [2, 3] && restored.received == 7)
        #expect(restored.expires == at(10 + 3600))
        let old = ProviderStore.Provider(peer: peers[0], expires: at(1010))
        let provider = try #require(
            KademliaArchive.provider(KademliaArchive.encode(old, of: [9], before), after))
        #expect(provider.key == [9] && provider.provider.peer == peers[0])
        #expect(provider.provider.expires < after.now)
        let entry = BucketMachine.Entry(
            peer: peers[1], group: nil, address: .v4(IPv4Address(10, 0, 0, 7)), added: at(1),
            lastUseful: at(999))
        let found = try #require(
            KademliaArchive.peer(KademliaArchive.encode(entry, before), after))
        #expect(found.peer == peers[1] && found.address == entry.address)
        #expect(found.lastUseful <= after.now)
        let item = Publications.Item(key: [4], content: .value([5]), due: at(2000))
        #expect(
            KademliaArchive.publication(KademliaArchive.encode(item, before), before) == item)
    }
}
