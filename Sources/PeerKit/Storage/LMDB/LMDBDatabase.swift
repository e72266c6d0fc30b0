/// The synchronous heart of ``LMDBStore``; used on one thread.
final class LMDBDatabase {
    private let limits: StorageLimits
    /// `nil` once a failure has left nothing mapped.
    private var environment: LMDBEnvironment?
    /// Handles of the tables used so far.
    private var tables: [StoreTable: LMDBTable] = [:]

    /// Opens the database in a directory, creating both where absent.
    init(path: String, limits: StorageLimits) throws(StorageError) {
        self.limits = limits
        environment = try LMDBOpening(path: path, limits: limits, format: .keyValueStore).open()
    }

    func mapBytes() throws(StorageError) -> Int {
        try attempt { environment throws(LMDBFailure) in try environment.mapBytes() }
    }

    func value(for key: [UInt8], in table: StoreTable) throws(StorageError) -> [UInt8]? {
        try limits.check(key: key)
        return try attempt { environment throws(LMDBFailure) in
            let transaction = try environment.begin(readOnly: true)
            guard let handle = try Self.handle(of: table, among: self.tables, in: transaction)
            else { return nil }
            let value = try transaction.value(for: key, in: handle)
            try self.finish(transaction, table, handle)
            return value
        }
    }

    func entries(
        prefix: [UInt8], after: [UInt8]?, limit: Int, in table: StoreTable
    ) throws(StorageError) -> [StoreEntry] {
        try limits.check(bound: prefix)
        if let after { try limits.check(bound: after) }
        guard limit > 0 else { return [] }
        return try attempt { environment throws(LMDBFailure) in
            let transaction = try environment.begin(readOnly: true)
            guard let handle = try Self.handle(of: table, among: self.tables, in: transaction)
            else { return [] }
            let found = try Self.walk(
                transaction.cursor(over: handle), prefix: prefix, after: after, limit: limit)
            try self.finish(transaction, table, handle)
            return found
        }
    }

    private static func walk(
        _ cursor: consuming LMDBCursor, prefix: [UInt8], after: [UInt8]?, limit: Int
    ) throws(LMDBFailure) -> [StoreEntry] {
        let start = after.map { $0.lexicographicallyPrecedes(prefix) ? prefix : $0 } ?? prefix
        var found: [StoreEntry] = []
        var current = try cursor.first(from: start)
        if let entry = current, entry.key == after { current = try cursor.next() }
        while let entry = current, entry.key.starts(with: prefix) {
            found.append(entry)
            current = found.count < limit ? try cursor.next() : nil
        }
        return found
    }

    /// Applies a batch, growing the map as often as it takes.
    func commit(_ batch: WriteBatch) throws(StorageError) {
        guard environment != nil else { throw .closed }
        try limits.check(batch)
        guard !batch.isEmpty else { return }
        while try !fits(batch) { try grow() }
    }

    /// Applies a batch unless the map is too small for it.
    private func fits(_ batch: WriteBatch) throws(StorageError) -> Bool {
        // Handles opened on the way are void if the transaction is, so they are kept at its end.
        var opened = tables
        let outcome = try attempt { environment throws(LMDBFailure) -> Outcome in
            do throws(LMDBFailure) {
                let transaction = try environment.begin(readOnly: false)
                for operation in batch.operations {
                    guard try self.apply(operation, in: transaction, &opened) else {
                        return .tooManyTables
                    }
                }
                try transaction.commit()
                return .committed
            } catch  where error.isMapFull {
                return .mapFull
            }
        }
        switch outcome {
        case .committed:
            tables = opened
            return true
        case .mapFull: return false
        case .tooManyTables: throw .tooManyTables(limit: limits.maximumTables)
        }
    }

    private enum Outcome { case committed, mapFull, tooManyTables }

    /// - Returns: False when the operation would need one table too many.
    private func apply(
        _ operation: WriteBatch.Operation, in transaction: borrowing LMDBTransaction,
        _ opened: inout [StoreTable: LMDBTable]
    ) throws(LMDBFailure) -> Bool {
        switch operation {
        case .put(let key, let value, let table):
            var handle = try Self.handle(of: table, among: opened, in: transaction)
            if handle == nil {
                guard try hasRoom(transaction) else { return false }
                handle = try transaction.table(named: table.name, creating: true)
            }
            guard let handle else { return false }
            opened[table] = handle
            try transaction.put(value, for: key, in: handle)
        case .remove(let key, let table):
            let handle = try Self.handle(of: table, among: opened, in: transaction)
            guard let handle else { return true }
            opened[table] = handle
            try transaction.remove(key, in: handle)
        case .removeAll(let table):
            let handle = try Self.handle(of: table, among: opened, in: transaction)
            guard let handle else { return true }
            opened[table] = handle
            try transaction.removeAll(in: handle)
        }
        return true
    }

    /// Whether one more table may be made. The list holds the format's table besides the store's.
    private func hasRoom(_ transaction: borrowing LMDBTransaction) throws(LMDBFailure) -> Bool {
        guard let list = try transaction.table(named: nil, creating: false) else { return true }
        return try transaction.count(in: list) - 1 < limits.maximumTables
    }

    /// Doubles the map, within the limit.
    private func grow() throws(StorageError) {
        let current = try mapBytes()
        let wanted = min(
            current.multipliedReportingOverflow(by: 2).partialValue,
            LMDBOpening.wholePages(limits.maximumMapBytes))
        guard wanted > current else { throw .full(maximumBytes: limits.maximumMapBytes) }
        // The file first: a map beyond the end of its file would kill the process on a read.
        try attempt { environment throws(LMDBFailure) in
            try LMDBOpening.extendFile(of: environment, to: wanted)
        }
        do throws(StorageError) {
            try attempt { environment throws(LMDBFailure) in
                try environment.resizeMap(to: wanted)
            }
        } catch {
            // Perhaps nothing is mapped any more. What was committed is safe on disk.
            environment = nil
            throw error
        }
    }

    /// The handle of a table that exists, opened in `transaction` unless `known` has it.
    private static func handle(
        of table: StoreTable, among known: [StoreTable: LMDBTable],
        in transaction: borrowing LMDBTransaction
    ) throws(LMDBFailure) -> LMDBTable? {
        if let handle = known[table] { return handle }
        return try transaction.table(named: table.name, creating: false)
    }

    /// Ends a reading transaction, and keeps the handle if it is new.
    private func finish(
        _ transaction: consuming LMDBTransaction, _ table: StoreTable, _ handle: LMDBTable
    ) throws(LMDBFailure) {
        guard tables[table] == nil else { return }
        try transaction.commit()
        tables[table] = handle
    }

    /// Runs a body on the environment, if there still is one.
    private func attempt<Result>(
        _ body: (LMDBEnvironment) throws(LMDBFailure) -> Result
    ) throws(StorageError) -> Result {
        guard let environment else { throw .closed }
        do throws(LMDBFailure) {
            return try body(environment)
        } catch  where error.isTooManyTables {
            // The limit is lower now than when the tables were made.
            throw .tooManyTables(limit: limits.maximumTables)
        } catch {
            throw StorageError(error)
        }
    }
}
