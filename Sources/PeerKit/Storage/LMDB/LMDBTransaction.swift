import CLMDB

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A named database of an environment.
///
/// A handle that a transaction opened outlives it only if the transaction commits; see
/// ``LMDBTransaction/table(named:creating:)``.
package struct LMDBTable: Sendable {
    fileprivate let handle: MDB_dbi
}

/// One transaction; ends by ``commit()``, or else by being abandoned.
///
/// Bytes that LMDB lends are copied before a call returns, so nothing points into the map.
package struct LMDBTransaction: ~Copyable {
    private let handle: OpaquePointer

    /// Takes over a transaction that has just begun.
    init(handle: OpaquePointer) { self.handle = handle }

    deinit { mdb_txn_abort(handle) }

    /// Makes the writes durable, and the handles opened here permanent.
    package consuming func commit() throws(LMDBFailure) {
        let handle = handle
        discard self  // LMDB frees a transaction whose commit fails, too
        let environment = mdb_txn_env(handle)
        let code = mdb_txn_commit(handle)
        if code == EIO {
            // So LMDB calls a write that came out short, which on a full disk comes before ENOSPC.
            var descriptor: mdb_filehandle_t = -1
            if mdb_env_get_fd(environment, &descriptor) == 0,
                FreeSpace.isUsedUp(for: descriptor)
            {
                throw LMDBFailure(operation: "mdb_txn_commit", code: ENOSPC)
            }
        }
        try LMDBFailure.check(code, "mdb_txn_commit")
    }

    /// Opens a table; without a name, the one that lists the named ones.
    ///
    /// - Returns: `nil` when there is none and `creating` is false.
    package func table(named name: String?, creating: Bool) throws(LMDBFailure) -> LMDBTable? {
        var opened = MDB_dbi()
        let code = mdb_dbi_open(handle, name, creating ? UInt32(MDB_CREATE) : 0, &opened)
        if code == MDB_NOTFOUND, !creating { return nil }
        try LMDBFailure.check(code, "mdb_dbi_open")
        return LMDBTable(handle: opened)
    }

    /// Number of entries in a table.
    package func count(in table: LMDBTable) throws(LMDBFailure) -> Int {
        var statistics = MDB_stat()
        try LMDBFailure.check(mdb_stat(handle, table.handle, &statistics), "mdb_stat")
        return Int(statistics.ms_entries)
    }

    package func value(for key: [UInt8], in table: LMDBTable) throws(LMDBFailure) -> [UInt8]? {
        var found = MDB_val()
        let code = key.withMDBValue { key in mdb_get(handle, table.handle, &key, &found) }
        if code == MDB_NOTFOUND { return nil }
        try LMDBFailure.check(code, "mdb_get")
        return [UInt8](found)
    }

    /// Lends a value until the body returns; `nil` when the key is absent.
    package func withValue<Result>(
        for key: [UInt8], in table: LMDBTable, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(LMDBFailure) -> Result? {
        var found = MDB_val()
        let code = key.withMDBValue { key in mdb_get(handle, table.handle, &key, &found) }
        if code == MDB_NOTFOUND { return nil }
        try LMDBFailure.check(code, "mdb_get")
        return body(UnsafeRawBufferPointer(start: found.mv_data, count: found.mv_size))
    }

    /// Lends entries in ascending order, from the first whose key is `start` or sorts after it, until
    /// the body answers `false`. The body must not write.
    package func forEach(
        from start: [UInt8], in table: LMDBTable,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(LMDBFailure) {
        var opened: OpaquePointer?
        try LMDBFailure.check(mdb_cursor_open(handle, table.handle, &opened), "mdb_cursor_open")
        guard let opened else { throw LMDBFailure(operation: "mdb_cursor_open", code: MDB_PANIC) }
        // Before the transaction ends in either way, so for writing ones as well.
        defer { mdb_cursor_close(opened) }
        var value = MDB_val()
        var key = MDB_val()
        var code: Int32
        if start.isEmpty {
            code = mdb_cursor_get(opened, &key, &value, MDB_FIRST)
        } else {
            code = start.withMDBValue { start in
                let code = mdb_cursor_get(opened, &start, &value, MDB_SET_RANGE)
                key = start
                return code
            }
        }
        while code == MDB_SUCCESS {
            let goesOn = body(
                UnsafeRawBufferPointer(start: key.mv_data, count: key.mv_size),
                UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size))
            if !goesOn { return }
            code = mdb_cursor_get(opened, &key, &value, MDB_NEXT)
        }
        if code != MDB_NOTFOUND { try LMDBFailure.check(code, "mdb_cursor_get") }
    }

    /// The entry with the greatest key.
    package func last(in table: LMDBTable) throws(LMDBFailure) -> StoreEntry? {
        var opened: OpaquePointer?
        try LMDBFailure.check(mdb_cursor_open(handle, table.handle, &opened), "mdb_cursor_open")
        guard let opened else { throw LMDBFailure(operation: "mdb_cursor_open", code: MDB_PANIC) }
        defer { mdb_cursor_close(opened) }
        var (key, value) = (MDB_val(), MDB_val())
        let code = mdb_cursor_get(opened, &key, &value, MDB_LAST)
        if code == MDB_NOTFOUND { return nil }
        try LMDBFailure.check(code, "mdb_cursor_get")
        return StoreEntry(key: [UInt8](key), value: [UInt8](value))
    }

    /// What a table takes.
    package struct TableStatistics: Sendable {
        /// Entries.
        package var entries: Int
        /// Bytes of its pages.
        package var bytes: Int
        /// Levels of its tree.
        package var depth: Int
    }

    /// What a table takes.
    package func statistics(of table: LMDBTable) throws(LMDBFailure) -> TableStatistics {
        var statistics = MDB_stat()
        try LMDBFailure.check(mdb_stat(handle, table.handle, &statistics), "mdb_stat")
        let pages =
            statistics.ms_branch_pages + statistics.ms_leaf_pages + statistics.ms_overflow_pages
        return TableStatistics(
            entries: Int(statistics.ms_entries), bytes: Int(pages) * Int(statistics.ms_psize),
            depth: Int(statistics.ms_depth))
    }

    package func put(_ value: [UInt8], for key: [UInt8], in table: LMDBTable) throws(LMDBFailure) {
        let code = key.withMDBValue { key in
            value.withMDBValue { value in mdb_put(handle, table.handle, &key, &value, 0) }
        }
        try LMDBFailure.check(code, "mdb_put")
    }

    /// As ``put(_:for:in:)``, and fills pages to their end where keys come in ascending order, as when a
    /// table is made. Elsewhere a page that is full becomes two half empty ones.
    package func append(
        _ value: [UInt8], for key: [UInt8], in table: LMDBTable
    ) throws(LMDBFailure) {
        let code = key.withMDBValue { key in
            value.withMDBValue { value in
                mdb_put(handle, table.handle, &key, &value, UInt32(MDB_APPEND))
            }
        }
        // Not after the last key there is.
        if code == MDB_KEYEXIST { return try put(value, for: key, in: table) }
        try LMDBFailure.check(code, "mdb_put")
    }

    package func remove(_ key: [UInt8], in table: LMDBTable) throws(LMDBFailure) {
        let code = key.withMDBValue { key in mdb_del(handle, table.handle, &key, nil) }
        if code == MDB_NOTFOUND { return }
        try LMDBFailure.check(code, "mdb_del")
    }

    package func removeAll(in table: LMDBTable) throws(LMDBFailure) {
        try LMDBFailure.check(mdb_drop(handle, table.handle, 0), "mdb_drop")
    }

    /// Starts a walk over a table. The cursor must end before the transaction, and the
    /// transaction be read-only: ending a writing one would free its cursors a first time.
    func cursor(over table: LMDBTable) throws(LMDBFailure) -> LMDBCursor {
        var opened: OpaquePointer?
        try LMDBFailure.check(mdb_cursor_open(handle, table.handle, &opened), "mdb_cursor_open")
        guard let opened else { throw LMDBFailure(operation: "mdb_cursor_open", code: MDB_PANIC) }
        return LMDBCursor(handle: opened)
    }
}

extension [UInt8] {
    /// Copies what LMDB lends until the end of the transaction.
    init(_ lent: MDB_val) {
        self.init(UnsafeRawBufferPointer(start: lent.mv_data, count: lent.mv_size))
    }

    /// Lends the bytes to LMDB, which does not write to them.
    func withMDBValue(_ body: (inout MDB_val) -> Int32) -> Int32 {
        withUnsafeBytes { bytes in
            var lent = MDB_val(
                mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            return body(&lent)
        }
    }
}
