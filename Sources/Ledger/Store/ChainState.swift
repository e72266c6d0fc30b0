/// The state after a block, as the store has it: one consistent view, however long it is kept.
///
/// A read that fails answers as if nothing were there and is remembered; whoever has computed
/// something asks ``check()`` before believing it.
public struct ChainState: StateSource, Sendable {
    /// The block whose end this is the state of.
    public let header: BlockHeader
    let snapshot: LedgerSnapshot
    private let codes: SharedCodes
    /// The head of the snapshot; changes of blocks from `header` up to it are taken back.
    private let head: UInt64
    private let isArchive: Bool

    init(
        _ header: BlockHeader, snapshot: LedgerSnapshot, codes: SharedCodes, head: UInt64,
        isArchive: Bool
    ) {
        self.header = header
        self.snapshot = snapshot
        self.codes = codes
        self.head = head
        self.isArchive = isArchive
    }

    /// Throws if any read has failed.
    public func check() throws(LedgerStoreError) { try snapshot.check() }

    /// As ``StateSource`` has it.
    public func account(_ address: Address) -> Account? { record(address)?.account }

    /// An account with the root that its storage has at the same block.
    func record(_ address: Address) -> AccountRecord? {
        snapshot.recovering(nil) { reader throws(LedgerStoreError) in
            if let past = try pastRecord(address, reader) { return past }
            return try reader.value(LedgerTables.accounts, address)
        }
    }

    private func pastRecord(
        _ address: Address, _ reader: borrowing LedgerReader
    ) throws(LedgerStoreError) -> AccountRecord?? {
        guard header.number < head else { return nil }
        if isArchive {
            let key = Dated(key: address, number: header.number + 1)
            guard let bytes = try Self.next(key, .accountHistory, reader) else { return nil }
            return .some(bytes.withUnsafeBytes { AccountRecord(stored: $0) })
        }
        return try past(reader) { $0.account(address) }
    }

    /// As ``StateSource`` has it.
    public func storage(_ key: UInt256, of address: Address) -> UInt256 {
        let slot = SlotKey(address: address, slot: key)
        return snapshot.recovering(.zero) { reader throws(LedgerStoreError) in
            if let past = try pastSlot(slot, reader) { return past }
            return try reader.value(LedgerTables.slots, slot) ?? .zero
        }
    }

    private func pastSlot(
        _ slot: SlotKey, _ reader: borrowing LedgerReader
    ) throws(LedgerStoreError) -> UInt256? {
        guard header.number < head else { return nil }
        if isArchive {
            let key = Dated(key: slot, number: header.number + 1)
            guard let bytes = try Self.next(key, .slotHistory, reader) else { return nil }
            return UInt256(bigEndian: bytes)
        }
        return try past(reader) { $0.slot(slot) }
    }

    /// What the first block after this one that changed something found there.
    private func past<Value>(
        _ reader: borrowing LedgerReader, _ find: (ChangeSetView) -> Value?
    ) throws(LedgerStoreError) -> Value? {
        for number in header.number + 1...head {
            let found = try reader.withBytes(LedgerTables.changes, number) { bytes in
                ChangeSetView(bytes).map(find)
            }
            guard let view = found, let value = view else {
                throw .corrupt("changes of block \(number)")
            }
            if let value { return value }
        }
        return nil
    }

    /// The value of the first entry of a key from a number on.
    private static func next<Key>(
        _ key: Dated<Key>, _ table: TableName, _ reader: borrowing LedgerReader
    ) throws(LedgerStoreError) -> [UInt8]? {
        let prefix = key.key.storeKey
        var found: [UInt8]?
        try reader.forEach(table, from: key.storeKey) { entry, value in
            if entry.count == prefix.count + 8, entry.starts(with: prefix) { found = Array(value) }
            return false
        }
        return found
    }

    /// As ``StateSource`` has it.
    public func hasStorage(_ address: Address) -> Bool {
        let prefix = address.bytes
        return snapshot.recovering(false) { reader throws(LedgerStoreError) in
            if let past = try pastRecord(address, reader) {
                return past.map { $0.storageRoot != .emptyTrie } ?? false
            }
            var isThere = false
            try reader.forEach(.slots, from: prefix) { key, _ in
                isThere = key.starts(with: prefix)
                return false
            }
            return isThere
        }
    }

    /// As ``StateSource`` has it.
    public func code(_ hash: Hash32) -> AnalyzedCode {
        codes.code(hash) {
            snapshot.recovering([]) { reader throws(LedgerStoreError) in
                guard let code = try reader.value(LedgerTables.codes, hash) else {
                    throw .corrupt("code \(hash)")
                }
                return code.stored
            }
        }
    }

    /// As ``StateSource`` has it; zeros for a block that is not before the next one.
    public func blockHash(_ number: UInt64) -> Hash32 {
        guard number <= header.number else { return .zero }
        return snapshot.recovering(.zero) { reader throws(LedgerStoreError) in
            try reader.withBytes(LedgerTables.headers, number) { Keccak256.hash($0) } ?? .zero
        }
    }
}
