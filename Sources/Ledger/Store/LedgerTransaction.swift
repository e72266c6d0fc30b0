import PeerKit

/// One consistent view of the store; cannot outlive the closure that it is lent to.
struct LedgerReader: ~Copyable {
    fileprivate let transaction: LMDBTransaction
    fileprivate let tables: LedgerHandles

    init(_ transaction: consuming LMDBTransaction, _ tables: LedgerHandles) {
        self.transaction = transaction
        self.tables = tables
    }

    /// A value, if there is one.
    func value<Key, Value>(
        _ table: LedgerTable<Key, Value>, _ key: Key
    ) throws(LedgerStoreError) -> Value? {
        try tables.value(table, key, in: transaction)
    }

    /// Lends a value until the body returns.
    func withBytes<Key, Value, Result>(
        _ table: LedgerTable<Key, Value>, _ key: Key, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(LedgerStoreError) -> Result? {
        try tables.lending {
            () throws(LMDBFailure) in
            try transaction.withValue(for: key.storeKey, in: tables[table.name], body)
        }
    }

    /// Lends entries in ascending order of keys, from the first that is not before `start`, until the
    /// body answers `false`.
    func forEach(
        _ table: TableName, from start: [UInt8] = [],
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(LedgerStoreError) {
        try tables.lending {
            () throws(LMDBFailure) in
            try transaction.forEach(from: start, in: tables[table], body)
        }
    }

    /// What a table takes.
    func statistics(
        of table: TableName
    ) throws(LedgerStoreError) -> LMDBTransaction.TableStatistics {
        try tables.lending {
            () throws(LMDBFailure) in try transaction.statistics(of: tables[table])
        }
    }
}

/// The one transaction that writes; cannot outlive the closure that it is lent to.
struct LedgerWriter: ~Copyable {
    fileprivate let transaction: LMDBTransaction
    fileprivate let tables: LedgerHandles

    init(_ transaction: consuming LMDBTransaction, _ tables: LedgerHandles) {
        self.transaction = transaction
        self.tables = tables
    }

    /// A value, if there is one.
    func value<Key, Value>(
        _ table: LedgerTable<Key, Value>, _ key: Key
    ) throws(LedgerStoreError) -> Value? {
        try tables.value(table, key, in: transaction)
    }

    /// Sets a value.
    func put<Key, Value>(
        _ table: LedgerTable<Key, Value>, _ key: Key, _ value: Value
    ) throws(LedgerStoreError) {
        try tables.lending {
            () throws(LMDBFailure) in
            try transaction.put(value.stored, for: key.storeKey, in: tables[table.name])
        }
    }

    /// Sets a value of a table that is being made, best with ascending keys.
    func append<Key, Value>(
        _ table: LedgerTable<Key, Value>, _ key: Key, _ value: Value
    ) throws(LedgerStoreError) {
        try tables.lending {
            () throws(LMDBFailure) in
            try transaction.append(value.stored, for: key.storeKey, in: tables[table.name])
        }
    }

    /// Removes a key, if it is there.
    func remove<Key, Value>(
        _ table: LedgerTable<Key, Value>, _ key: Key
    ) throws(LedgerStoreError) {
        try tables.lending {
            () throws(LMDBFailure) in
            try transaction.remove(key.storeKey, in: tables[table.name])
        }
    }

    /// Lends the entries whose keys begin with some bytes, in order.
    func forEach(
        _ table: TableName, prefix: [UInt8],
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void
    ) throws(LedgerStoreError) {
        try tables.lending {
            () throws(LMDBFailure) in
            try transaction.forEach(from: prefix, in: tables[table]) { key, value in
                guard key.starts(with: prefix) else { return false }
                body(key, value)
                return true
            }
        }
    }

    /// Removes all keys that begin with some bytes.
    func removeAll(
        _ table: TableName, prefix: [UInt8]
    ) throws(LedgerStoreError) {
        try tables.lending { () throws(LMDBFailure) in
            while true {
                // In portions, as a cursor must not be in use while its table changes.
                var keys: [[UInt8]] = []
                try transaction.forEach(from: prefix, in: tables[table]) { key, _ in
                    guard key.starts(with: prefix), keys.count < 4096 else { return false }
                    keys.append(Array(key))
                    return true
                }
                if keys.isEmpty { return }
                for key in keys { try transaction.remove(key, in: tables[table]) }
            }
        }
    }

    /// Makes the writes durable, all or none.
    consuming func commit() throws(LMDBFailure) { try transaction.commit() }
}

/// The tables' handles, which are open as long as the store is.
struct LedgerHandles: Sendable {
    private var handles: [LMDBTable]
    private let maximumBytes: Int

    /// Opens all tables, which makes those that are not there.
    init(
        in transaction: borrowing LMDBTransaction, maximumBytes: Int
    ) throws(LMDBFailure) {
        handles = []
        self.maximumBytes = maximumBytes
        for name in TableName.allCases {
            guard let table = try transaction.table(named: name.rawValue, creating: true) else {
                throw LMDBFailure.missingTable
            }
            handles.append(table)
        }
    }

    subscript(name: TableName) -> LMDBTable { handles[name.place] }

    fileprivate func value<Key, Value>(
        _ table: LedgerTable<Key, Value>, _ key: Key, in transaction: borrowing LMDBTransaction
    ) throws(LedgerStoreError) -> Value? {
        let found: Value??
        do throws(LMDBFailure) {
            found = try transaction.withValue(for: key.storeKey, in: self[table.name]) {
                Value(stored: $0)
            }
        } catch {
            throw failure(error)
        }
        guard let found else { return nil }
        guard let value = found else {
            throw .corrupt("\(table.name.rawValue) \(Hexadecimal.digits(of: key.storeKey))")
        }
        return value
    }

    /// Turns LMDB's failures into the store's.
    fileprivate func lending<Result>(
        _ body: () throws(LMDBFailure) -> Result
    ) throws(LedgerStoreError) -> Result {
        do throws(LMDBFailure) {
            return try body()
        } catch {
            throw failure(error)
        }
    }

    func failure(_ error: LMDBFailure) -> LedgerStoreError {
        error.isMapFull
            ? .storage(.full(maximumBytes: maximumBytes)) : .storage(StorageError(error))
    }
}

extension TableName {
    /// Its place among all.
    fileprivate var place: Int {
        switch self {
        case .meta: 0
        case .headers: 1
        case .bodies: 2
        case .senders: 3
        case .receipts: 4
        case .numbers: 5
        case .transactions: 6
        case .accounts: 7
        case .slots: 8
        case .codes: 9
        case .accountNodes: 10
        case .storageNodes: 11
        case .changes: 12
        case .accountHistory: 13
        case .slotHistory: 14
        }
    }
}
