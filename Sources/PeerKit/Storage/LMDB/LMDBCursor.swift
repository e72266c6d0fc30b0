import CLMDB

/// A walk over one table of a read-only transaction, in ascending key order.
struct LMDBCursor: ~Copyable {
    private let handle: OpaquePointer

    /// Takes over a cursor that has just been opened.
    init(handle: OpaquePointer) { self.handle = handle }

    deinit { mdb_cursor_close(handle) }

    /// The first entry whose key is `key` or sorts after it; an empty `key` means the first of all.
    func first(from key: [UInt8]) throws(LMDBFailure) -> StoreEntry? {
        var found = MDB_val()
        var value = MDB_val()
        // LMDB has no empty keys, not even to start from.
        if key.isEmpty { return try move(MDB_FIRST, &found, &value) }
        let code = key.withMDBValue { start in
            let code = mdb_cursor_get(handle, &start, &value, MDB_SET_RANGE)
            found = start  // now in the map, as it is after every other move
            return code
        }
        return try entry(code, found, value)
    }

    /// The entry after the one that the last call returned.
    func next() throws(LMDBFailure) -> StoreEntry? {
        var key = MDB_val()
        var value = MDB_val()
        return try move(MDB_NEXT, &key, &value)
    }

    private func move(
        _ operation: MDB_cursor_op, _ key: inout MDB_val, _ value: inout MDB_val
    ) throws(LMDBFailure) -> StoreEntry? {
        try entry(mdb_cursor_get(handle, &key, &value, operation), key, value)
    }

    private func entry(
        _ code: Int32, _ key: MDB_val, _ value: MDB_val
    ) throws(LMDBFailure) -> StoreEntry? {
        if code == MDB_NOTFOUND { return nil }
        try LMDBFailure.check(code, "mdb_cursor_get")
        return StoreEntry(key: [UInt8](key), value: [UInt8](value))
    }
}
