/// What accounts and slots were before a block changed them: the way back from the state after it.
///
/// On disk a table that is searched where it lies: the numbers of accounts and of slots (32 bits
/// each, big-endian), then the keys in order, each with the end of its value (32 bits) among the
/// values that follow. An account that did not exist has an empty value.
struct ChangeSet: Sendable, Equatable {
    var accounts: [(address: Address, before: AccountRecord?)] = []
    var slots: [(key: SlotKey, before: UInt256)] = []

    static func == (a: ChangeSet, b: ChangeSet) -> Bool { a.encoded == b.encoded }

    /// The form on disk. Sorts by key first.
    var encoded: [UInt8] {
        let accounts = accounts.sorted { $0.address < $1.address }
        let slots = slots.sorted { $0.key < $1.key }
        var bytes: [UInt8] = []
        var values: [UInt8] = []
        bytes.reserveCapacity(8 + accounts.count * 24 + slots.count * 56)
        Self.append(accounts.count, to: &bytes)
        Self.append(slots.count, to: &bytes)
        for (address, before) in accounts {
            if let before { values += before.stored }
            bytes += address.bytes
            Self.append(values.count, to: &bytes)
        }
        for (key, before) in slots {
            values += before.stored
            bytes += key.storeKey
            Self.append(values.count, to: &bytes)
        }
        return bytes + values
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: number).bigEndian) { bytes += $0 }
    }
}

/// A ``ChangeSet`` where it lies.
struct ChangeSetView {
    private let bytes: UnsafeRawBufferPointer
    private let accountCount: Int
    private let slotCount: Int
    private let values: Int

    private static let accountStride = 24
    private static let slotStride = SlotKey.byteCount + 4

    /// `nil` for bytes that are none.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 8 else { return nil }
        self.bytes = bytes
        accountCount = Self.number(bytes, 0)
        slotCount = Self.number(bytes, 4)
        values = 8 + accountCount * Self.accountStride + slotCount * Self.slotStride
        guard values <= bytes.count else { return nil }
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int {
        Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }

    /// Accounts and slots together.
    var count: Int { accountCount + slotCount }

    /// What an account was; `nil` if the block did not change it.
    func account(_ address: Address) -> AccountRecord?? {
        let start = 8
        guard
            let place = search(
                address.bytes, start: start, stride: Self.accountStride, count: accountCount)
        else { return nil }
        return .some(AccountRecord(stored: value(place, start, Self.accountStride, previous: 0)))
    }

    /// What a slot was; `nil` if the block did not change it.
    func slot(_ key: SlotKey) -> UInt256? {
        guard
            let place = search(
                key.storeKey, start: slotStart, stride: Self.slotStride, count: slotCount)
        else { return nil }
        return UInt256(stored: value(place, slotStart, Self.slotStride, previous: accountsEnd))
    }

    private var slotStart: Int { 8 + accountCount * Self.accountStride }

    /// Where the accounts' values end.
    private var accountsEnd: Int {
        accountCount == 0 ? 0 : Self.number(bytes, slotStart - 4)
    }

    /// The value at a place in one of the two lists; empty if the bytes are damaged.
    private func value(
        _ place: Int, _ start: Int, _ stride: Int, previous: Int
    ) -> UnsafeRawBufferPointer {
        let end = Self.number(bytes, start + (place + 1) * stride - 4)
        let begin = place == 0 ? previous : Self.number(bytes, start + place * stride - 4)
        guard begin <= end, values + end <= bytes.count else {
            return UnsafeRawBufferPointer(rebasing: bytes[0..<0])
        }
        return UnsafeRawBufferPointer(rebasing: bytes[values + begin..<values + end])
    }

    private func search(_ key: [UInt8], start: Int, stride: Int, count: Int) -> Int? {
        var range = 0..<count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            let entry = bytes[start + middle * stride..<start + middle * stride + stride - 4]
            switch Self.order(entry, key) {
            case 0: return middle
            case ..<0: range = middle + 1..<range.upperBound
            default: range = range.lowerBound..<middle
            }
        }
        return nil
    }

    private static func order(_ entry: Slice<UnsafeRawBufferPointer>, _ key: [UInt8]) -> Int {
        for (a, b) in zip(entry, key) where a != b { return a < b ? -1 : 1 }
        return 0
    }

    /// The whole of it.
    var decoded: ChangeSet {
        var set = ChangeSet()
        for place in 0..<accountCount {
            let key = bytes[8 + place * Self.accountStride..<8 + place * Self.accountStride + 20]
            set.accounts.append(
                (
                    Address(key) ?? .zero,
                    AccountRecord(stored: value(place, 8, Self.accountStride, previous: 0))
                ))
        }
        for place in 0..<slotCount {
            let at = slotStart + place * Self.slotStride
            let key = SlotKey(
                address: Address(bytes[at..<at + 20]) ?? .zero,
                slot: UInt256(bigEndian: bytes[at + 20..<at + 52]) ?? .zero)
            let before = UInt256(
                stored: value(place, slotStart, Self.slotStride, previous: accountsEnd))
            set.slots.append((key, before ?? .zero))
        }
        return set
    }
}
