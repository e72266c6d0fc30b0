import Collections

/// The form in which the table, the values and the provider records are on disk.
///
/// Times are by the wall clock there, as a process's own clock means nothing to the next one. What
/// cannot be read is dropped: all of it can be had from the network again.
enum KademliaArchive {
    static let store = "kademlia"
    static let peers: StoreTable = "peers"
    static let records: StoreTable = "records"
    static let providers: StoreTable = "providers"
    static let publications: StoreTable = "publications"

    /// Entries read at once: values may have 64 KiB each.
    static let pageSize = 64

    // MARK: Writing

    static func key(_ position: ProviderStore.Position) -> [UInt8] {
        position.key.bytes + position.provider.bytes
    }

    static func key(_ name: Publications.Name) -> [UInt8] {
        [name.isValue ? 1 : 0] + KademliaKey(hashing: name.key).bytes
    }

    static func encode(_ entry: BucketMachine.Entry, _ clock: ArchiveClock) -> [UInt8] {
        var writer = WireWriter()
        writer.write(KademliaCodec.encode(entry.peer), tag: 1)
        if let address = entry.address { writer.write(address.bytes, tag: 2) }
        writer.write(clock.unix(entry.lastUseful), tag: 3)
        return writer.bytes
    }

    static func encode(_ entry: RecordStore.Entry, _ clock: ArchiveClock) -> [UInt8] {
        var writer = WireWriter()
        writer.write(entry.key, tag: 1)
        writer.write(entry.value, tag: 2)
        writer.write(entry.received, tag: 3)
        writer.write(clock.unix(entry.expires), tag: 4)
        return writer.bytes
    }

    static func encode(
        _ provider: ProviderStore.Provider, of key: [UInt8], _ clock: ArchiveClock
    ) -> [UInt8] {
        var writer = WireWriter()
        writer.write(key, tag: 1)
        writer.write(KademliaCodec.encode(provider.peer), tag: 2)
        writer.write(clock.unix(provider.expires), tag: 3)
        return writer.bytes
    }

    static func encode(_ item: Publications.Item, _ clock: ArchiveClock) -> [UInt8] {
        var writer = WireWriter()
        writer.write(item.key, tag: 1)
        if case .value(let value) = item.content { writer.write(value, tag: 2) }
        writer.write(clock.unix(item.due), tag: 3)
        return writer.bytes
    }

    // MARK: Reading

    static func peer(
        _ bytes: [UInt8], _ clock: ArchiveClock
    ) -> (peer: KademliaPeer, address: IPAddress?, lastUseful: Instant)? {
        let fields = Fields(bytes)
        guard let peer = fields.peer(1), let time = fields.numbers[3] else { return nil }
        let address = fields.bytes(2).flatMap { IPAddress(bytes: $0) }
        return (peer, address, min(clock.instant(time), clock.now))
    }

    static func record(_ bytes: [UInt8], _ clock: ArchiveClock) -> RecordStore.Entry? {
        let fields = Fields(bytes)
        guard let key = fields.bytes(1), let value = fields.bytes(2),
            let expires = fields.numbers[4]
        else { return nil }
        return RecordStore.Entry(
            key: key, value: value, received: fields.numbers[3] ?? 0,
            expires: clock.instant(expires))
    }

    static func provider(
        _ bytes: [UInt8], _ clock: ArchiveClock
    ) -> (key: [UInt8], provider: ProviderStore.Provider)? {
        let fields = Fields(bytes)
        guard let key = fields.bytes(1), let peer = fields.peer(2),
            let expires = fields.numbers[3]
        else { return nil }
        return (key, ProviderStore.Provider(peer: peer, expires: clock.instant(expires)))
    }

    static func publication(_ bytes: [UInt8], _ clock: ArchiveClock) -> Publications.Item? {
        let fields = Fields(bytes)
        guard let key = fields.bytes(1), let due = fields.numbers[3] else { return nil }
        return Publications.Item(
            key: key, content: fields.bytes(2).map { .value($0) } ?? .provided,
            due: clock.instant(due))
    }

    /// The fields of one entry, each number once.
    private struct Fields {
        private let message: WireFields
        private var ranges: [UInt64: Range<Int>] = [:]
        var numbers: [UInt64: UInt64] = [:]

        init(_ bytes: [UInt8]) {
            message = WireFields(bytes)
            var reader = message
            while let field = (try? reader.next()) ?? nil {
                switch field.value {
                case .bytes(let range): ranges[field.tag] = range
                case .number(let value): numbers[field.tag] = value
                case .other: continue
                }
            }
        }

        func peer(_ tag: UInt64) -> KademliaPeer? {
            ranges[tag].flatMap { try? KademliaCodec.peer(message.message(in: $0)) }
        }

        func bytes(_ tag: UInt64) -> [UInt8]? { ranges[tag].map { Array(message[$0]) } }
    }
}

/// Puts the two clocks of a runtime side by side.
struct ArchiveClock: Sendable {
    var now: Instant
    var unixNanoseconds: UInt64

    /// The wall clock at an instant, held between 1970 and what a varint holds.
    func unix(_ instant: Instant) -> UInt64 {
        let difference = now.duration(to: instant).wholeNanoseconds
        let (time, overflow) = Int64(clamping: unixNanoseconds).addingReportingOverflow(difference)
        return overflow ? VarInt.maximumValue : UInt64(max(0, time))
    }

    /// The instant of a time by the wall clock; for the past no earlier than the clock's origin.
    func instant(_ unix: UInt64) -> Instant {
        let difference = Int64(clamping: unix)
            .subtractingReportingOverflow(Int64(clamping: unixNanoseconds))
        return now.advanced(by: .nanoseconds(difference.overflow ? 0 : difference.partialValue))
    }
}

/// Changes that are not on disk yet: the latest of each key, to be committed together.
struct ArchiveJournal: Sendable {
    private struct Slot: Hashable {
        var table: StoreTable
        var key: [UInt8]
    }

    private var changes: OrderedDictionary<Slot, [UInt8]?> = [:]

    var isEmpty: Bool { changes.isEmpty }

    mutating func put(_ value: [UInt8], for key: [UInt8], in table: StoreTable) {
        changes[Slot(table: table, key: key)] = .some(value)
    }

    mutating func remove(_ key: [UInt8], in table: StoreTable) {
        changes.updateValue(nil, forKey: Slot(table: table, key: key))
    }

    /// All changes as one batch, and forgets them.
    mutating func take() -> WriteBatch {
        var batch = WriteBatch()
        for (slot, value) in changes {
            if let value {
                batch.put(value, for: slot.key, in: slot.table)
            } else {
                batch.remove(slot.key, in: slot.table)
            }
        }
        changes.removeAll()
        return batch
    }
}
