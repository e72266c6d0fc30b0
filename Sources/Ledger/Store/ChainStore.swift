import PeerKit

/// How far back the state of blocks can be had.
public enum StateHistory: Hashable, Sendable {
    /// For so many blocks before the head.
    case blocks(UInt64)
    /// For all blocks since the store was made; what was pruned before does not come back.
    case archive
}

/// A chain on the disk: blocks, receipts, the state at the head and the way back from there.
///
/// A block and all that it changes are committed together. What is read comes from snapshots, so that
/// no reader waits for a commit, nor sees half of one.
public final class ChainStore: Sendable {
    /// The tables.
    public let store: LedgerStore
    /// What the chain started from.
    public let genesis: Genesis
    let history: StateHistory
    /// Whether history is indexed by key, which is decided when the store is made.
    let isArchive: Bool
    let codes = SharedCodes()

    /// Opens a chain, making it where there is none.
    ///
    /// - Parameters:
    ///   - store: Tables that are empty or hold a chain.
    ///   - genesis: What the chain has to start from; `nil` for whatever it did.
    ///   - history: How much of it to keep. Indexed by key, as deep histories want it, only if the
    ///     store is made as an archive.
    public init(
        _ store: LedgerStore, genesis: Genesis? = nil,
        history: StateHistory = .blocks(ChainLimits.historyBlocks)
    ) throws(ChainError) {
        self.store = store
        self.history = history
        if let stored = try Self.start(of: store) {
            isArchive = stored.isArchive
            self.genesis = try Self.known(stored, expected: genesis)
        } else {
            guard let genesis else { throw .empty }
            do throws(GenesisError) {
                try genesis.check()
            } catch {
                throw .genesis(error)
            }
            self.genesis = genesis
            isArchive = history == .archive
            do throws(LedgerStoreError) {
                try create()
            } catch {
                throw .store(error)
            }
        }
    }

    /// What a store that holds a chain says of it.
    private struct Start: Sendable {
        var genesis: [UInt8]
        var isArchive: Bool
        var firstHeader: [UInt8]
    }

    private static func start(of store: LedgerStore) throws(ChainError) -> Start? {
        do throws(LedgerStoreError) {
            return try store.read { reader throws(LedgerStoreError) in
                guard try reader.value(LedgerTables.meta, .head) != nil else { return nil }
                guard let genesis = try reader.value(LedgerTables.meta, .genesis),
                    let header = try reader.value(LedgerTables.headers, 0)
                else { throw .corrupt("a chain without its genesis") }
                return Start(
                    genesis: genesis.stored,
                    isArchive: try reader.value(LedgerTables.meta, .archive) != nil,
                    firstHeader: header.stored)
            }
        } catch {
            throw .store(error)
        }
    }

    private static func known(
        _ stored: Start, expected: Genesis?
    ) throws(ChainError) -> Genesis {
        if let expected {
            guard expected.json == stored.genesis else {
                throw .otherChain(
                    stored: Keccak256.hash(stored.firstHeader), expected: expected.block().hash)
            }
            return expected
        }
        do throws(GenesisError) {
            return try Genesis(json: stored.genesis)
        } catch {
            throw .store(.corrupt("the genesis: \(error)"))
        }
    }

    // MARK: Committing

    /// Makes a block the head, with all that it has done; durable when this returns.
    func commit(
        _ block: Block, _ receipts: [Receipt], _ changes: StateChanges, _ update: StateTrie.Update
    ) throws(LedgerStoreError) {
        try store.write { writer throws(LedgerStoreError) in
            let before = try write(update, changes, to: writer)
            try writer.put(LedgerTables.changes, block.number, StoredBytes(before.encoded))
            if isArchive { try index(before, block.number, to: writer) }
            try write(block, receipts, to: writer)
            try prune(head: block.number, writer)
        }
    }

    func write(
        _ block: Block, _ receipts: [Receipt], to writer: borrowing LedgerWriter
    ) throws(LedgerStoreError) {
        let number = block.number
        try writer.put(LedgerTables.headers, number, StoredBytes(block.header.encoded))
        try writer.put(LedgerTables.bodies, number, StoredBytes(block.encodedBody))
        var senders: [UInt8] = []
        for transaction in block.transactions { senders += transaction.sender.bytes }
        try writer.put(LedgerTables.senders, number, StoredBytes(senders))
        try writer.put(LedgerTables.receipts, number, StoredBytes(Receipt.stored(receipts)))
        try writer.put(LedgerTables.numbers, block.hash, number)
        for (index, transaction) in block.transactions.enumerated() {
            try writer.put(
                LedgerTables.transactions, transaction.hash,
                TransactionPlace(number: number, index: index))
        }
        try writer.put(
            LedgerTables.meta, .head, StoredBytes(number.stored + block.hash.bytes))
    }

    /// Writes the state, and answers what it was.
    private func write(
        _ update: StateTrie.Update, _ changes: StateChanges, to writer: borrowing LedgerWriter
    ) throws(LedgerStoreError) -> ChangeSet {
        var before = ChangeSet()
        for address in update.cleared {
            try clear(address, into: &before, writer)
        }
        for (change, (address, record)) in zip(changes.accounts, update.records) {
            before.accounts.append((address, try writer.value(LedgerTables.accounts, address)))
            if let record {
                try writer.put(LedgerTables.accounts, address, record)
                if let code = change.code, !code.isEmpty {
                    try writer.put(
                        LedgerTables.codes, record.account.codeHash, StoredBytes(code))
                }
            } else {
                try writer.remove(LedgerTables.accounts, address)
            }
            let isCleared = update.cleared.contains(address)
            for (slot, value) in change.storage {
                let key = SlotKey(address: address, slot: slot)
                if !isCleared {
                    let old = try writer.value(LedgerTables.slots, key) ?? .zero
                    before.slots.append((key, old))
                } else if !before.slots.contains(where: { $0.key == key }) {
                    before.slots.append((key, .zero))
                }
                if value.isZero {
                    try writer.remove(LedgerTables.slots, key)
                } else {
                    try writer.put(LedgerTables.slots, key, value)
                }
            }
        }
        try writeNodes(update, to: writer)
        return before
    }

    private func clear(
        _ address: Address, into before: inout ChangeSet, _ writer: borrowing LedgerWriter
    ) throws(LedgerStoreError) {
        var found: [(key: SlotKey, before: UInt256)] = []
        try writer.forEach(.slots, prefix: address.bytes) { key, value in
            let slot = UInt256(bigEndian: key.dropFirst(20)) ?? .zero
            found.append(
                (SlotKey(address: address, slot: slot), UInt256(stored: value) ?? .zero))
        }
        before.slots += found
        try writer.removeAll(.slots, prefix: address.bytes)
        try writer.removeAll(.storageNodes, prefix: address.bytes)
    }

    private func writeNodes(
        _ update: StateTrie.Update, to writer: borrowing LedgerWriter
    ) throws(LedgerStoreError) {
        for (key, node) in update.accountNodes {
            if let node {
                try writer.put(LedgerTables.accountNodes, key, StoredBytes(node))
            } else {
                try writer.remove(LedgerTables.accountNodes, key)
            }
        }
        for (key, node) in update.storageNodes {
            if let node {
                try writer.put(LedgerTables.storageNodes, key, StoredBytes(node))
            } else {
                try writer.remove(LedgerTables.storageNodes, key)
            }
        }
    }

    private func index(
        _ before: ChangeSet, _ number: UInt64, to writer: borrowing LedgerWriter
    ) throws(LedgerStoreError) {
        for (address, record) in before.accounts {
            try writer.put(
                LedgerTables.accountHistory, Dated(key: address, number: number),
                StoredBytes(record?.stored ?? []))
        }
        for (key, value) in before.slots {
            try writer.put(LedgerTables.slotHistory, Dated(key: key, number: number), value)
        }
    }

    /// Forgets the way back to states that are older than configured. A few at a time, so that a
    /// store whose history has been shortened does not make one block wait for all of it.
    private func prune(head: UInt64, _ writer: borrowing LedgerWriter) throws(LedgerStoreError) {
        guard !isArchive, case .blocks(let count) = history, head > count else { return }
        var oldest = try writer.value(LedgerTables.meta, .oldestState)?.number ?? 0
        let start = oldest
        while oldest < head - count, oldest < start + 64 {
            oldest += 1
            try writer.remove(LedgerTables.changes, oldest)
        }
        if oldest != start {
            try writer.put(LedgerTables.meta, .oldestState, StoredBytes(oldest.stored))
        }
    }
}

extension StoredBytes {
    /// The number that 8 bytes are.
    var number: UInt64? { stored.withUnsafeBytes { UInt64(stored: $0) } }
}
