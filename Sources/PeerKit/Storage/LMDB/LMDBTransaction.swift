import CLMDB

/// A named database of an environment.
///
/// A handle that a transaction opened outlives it only if the transaction commits; see
/// ``LMDBTransaction/table(named:creating:)``.
struct LMDBTable {
    fileprivate let handle: MDB_dbi
}

/// One transaction; ends by ``commit()``, or else by being abandoned.
///
/// Bytes that LMDB lends are copied before a call returns, so nothing points into the map.
struct LMDBTransaction: ~Copyable {
    private let handle: OpaquePointer

    /// Takes over a transaction that has just begun.
    init(handle: OpaquePointer) { self.handle = handle }

    deinit { mdb_txn_abort(handle) }

    /// Makes the writes durable, and the handles opened here permanent.
    consuming func commit() throws(LMDBFailure) {
        let handle = handle
        discard self  // LMDB frees a transaction whose commit fails, too
        try LMDBFailure.check(mdb_txn_commit(handle), "mdb_txn_commit")
    }

    /// Opens a table; without a name, the one that lists the named ones.
    ///
    /// - Returns: `nil` when there is none and `creating` is false.
    func table(named name: String?, creating: Bool) throws(LMDBFailure) -> LMDBTable? {
        var opened = MDB_dbi()
        let code = mdb_dbi_open(handle, name, creating ? UInt32(MDB_CREATE) : 0, &opened)
        if code == MDB_NOTFOUND, !creating { return nil }
        try LMDBFailure.check(code, "mdb_dbi_open")
        return LMDBTable(handle: opened)
    }

    /// Number of entries in a table.
    func count(in table: LMDBTable) throws(LMDBFailure) -> Int {
        var statistics = MDB_stat()
        try LMDBFailure.check(mdb_stat(handle, table.handle, &statistics), "mdb_stat")
        return Int(statistics.ms_entries)
    }

    func value(for key: [UInt8], in table: LMDBTable) throws(LMDBFailure) -> [UInt8]? {
        var found = MDB_val()
        let code = key.withMDBValue { key in mdb_get(handle, table.handle, &key, &found) }
        if code == MDB_NOTFOUND { return nil }
        try LMDBFailure.check(code, "mdb_get")
        return [UInt8](found)
    }

    func put(_ value: [UInt8], for key: [UInt8], in table: LMDBTable) throws(LMDBFailure) {
        let code = key.withMDBValue { key in
            value.withMDBValue { value in mdb_put(handle, table.handle, &key, &value, 0) }
        }
        try LMDBFailure.check(code, "mdb_put")
    }

    func remove(_ key: [UInt8], in table: LMDBTable) throws(LMDBFailure) {
        let code = key.withMDBValue { key in mdb_del(handle, table.handle, &key, nil) }
        if code == MDB_NOTFOUND { return }
        try LMDBFailure.check(code, "mdb_del")
    }

    func removeAll(in table: LMDBTable) throws(LMDBFailure) {
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
