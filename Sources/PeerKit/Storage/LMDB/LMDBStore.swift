/// A ``KeyValueStore`` in a directory, over LMDB.
///
/// All work happens on one thread that belongs to the store, whatever executor the caller runs on
/// or prefers, so waiting for the disk holds up neither event loops nor the shared pool. Calls
/// are served in turn; a read waits for the commit before it.
///
/// The directory (mode 0700) belongs to the store alone: LMDB's `data.mdb` and `lock.mdb` (mode
/// 0600). One store at a time has it open, in all processes together. The data file is sparse and
/// as long as the map; what it really takes is what `du` says. It grows, never shrinks; space of
/// removed entries is used again.
///
/// Call ``close()`` when done: without it the files close with the last reference, at no particular
/// time.
public actor LMDBStore: KeyValueStore {
    private let thread = StorageThread()
    private var database: LMDBDatabase?

    /// The store's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        thread.asUnownedSerialExecutor()
    }

    private init() {}

    /// Opens a store, creating it where there is none.
    ///
    /// A directory, data file or lock that does not fit is refused before anything is written.
    ///
    /// - Parameters:
    ///   - path: The store's directory. It may be absent, its parent may not.
    ///   - limits: Bounds; those of the format excepted, they may change from one opening to the
    ///     next.
    /// - Throws: ``StorageError/alreadyOpen(path:)``, ``StorageError/notPrivate(path:mode:)``,
    ///   ``StorageError/foreign(path:reason:)``, ``StorageError/corrupt(path:reason:)``,
    ///   ``StorageError/unsupportedFormat(found:supported:)``, ``StorageError/invalidPath(_:)``,
    ///   ``StorageError/system(operation:code:)``, ``StorageError/database(operation:code:)``.
    public static func open(
        at path: String, limits: StorageLimits = StorageLimits()
    ) async throws(StorageError) -> LMDBStore {
        let store = LMDBStore()
        try await store.openDatabase(at: path, limits: limits)
        return store
    }

    private func openDatabase(at path: String, limits: StorageLimits) throws(StorageError) {
        database = try LMDBDatabase(path: path, limits: limits)
    }

    /// Reads one value; see ``KeyValueStore/value(for:in:)``.
    public func value(
        for key: [UInt8], in table: StoreTable
    ) throws(StorageError) -> [UInt8]? {
        guard let database else { throw .closed }
        return try database.value(for: key, in: table)
    }

    /// Reads entries in ascending key order; see
    /// ``KeyValueStore/entries(prefix:after:limit:in:)``.
    public func entries(
        prefix: [UInt8], after: [UInt8]?, limit: Int, in table: StoreTable
    ) throws(StorageError) -> [StoreEntry] {
        guard let database else { throw .closed }
        return try database.entries(prefix: prefix, after: after, limit: limit, in: table)
    }

    /// Applies a batch, all or nothing; see ``KeyValueStore/commit(_:)``.
    ///
    /// Beyond the protocol it throws ``StorageError/full(maximumBytes:)``, after which the store is
    /// as it was and goes on.
    public func commit(_ batch: WriteBatch) throws(StorageError) {
        guard let database else { throw .closed }
        try database.commit(batch)
    }

    /// Closes the files and gives up the directory; see ``KeyValueStore/close()``.
    public func close() { database = nil }

    /// Bytes of address space the map takes now; grows towards ``StorageLimits/maximumMapBytes``.
    func mapBytes() throws(StorageError) -> Int {
        guard let database else { throw .closed }
        return try database.mapBytes()
    }
}
