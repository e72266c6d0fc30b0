import CLMDB

/// A call to LMDB that failed.
struct LMDBFailure: Error {
    let operation: String
    /// `MDB_…`, or a value of `errno`.
    let code: Int32

    /// Throws unless `code` is success.
    static func check(_ code: Int32, _ operation: String) throws(LMDBFailure) {
        guard code == MDB_SUCCESS else { throw LMDBFailure(operation: operation, code: code) }
    }

    var isMapFull: Bool { code == MDB_MAP_FULL }
    /// More tables are open than the environment was made for.
    var isTooManyTables: Bool { code == MDB_DBS_FULL }
    /// A name in the list of tables stands for something else.
    var isNotTable: Bool { code == MDB_INCOMPATIBLE }
}

/// A memory-mapped LMDB file.
///
/// Not thread-safe: everything of one environment happens on one thread. A process opens a given
/// file at most once; see the caveats of `lmdb.h`.
final class LMDBEnvironment {
    private let handle: OpaquePointer
    /// Excludes other openings of the directory; `nil` for a look that holds the lock elsewhere.
    /// Released after the body of `deinit`, so when the environment is closed already.
    private let directory: OpenFile?

    /// How to open an environment.
    struct Options {
        /// Write nothing, not even LMDB's lock file.
        var isReadOnly = false
        /// Named databases that may be open at a time.
        var maximumTables: Int
        /// Size of the map; LMDB enlarges it to what the pages in use take.
        var mapBytes: Int
    }

    /// Opens the environment in an existing directory.
    init(
        path: String, options: Options, holding directory: consuming OpenFile?
    ) throws(LMDBFailure) {
        var created: OpaquePointer?
        try LMDBFailure.check(mdb_env_create(&created), "mdb_env_create")
        guard let created else {
            throw LMDBFailure(operation: "mdb_env_create", code: MDB_PANIC)
        }
        // From here on `deinit` closes it, as LMDB wants even when opening fails.
        handle = created
        self.directory = directory
        try LMDBFailure.check(
            mdb_env_set_maxdbs(handle, MDB_dbi(clamping: options.maximumTables)),
            "mdb_env_set_maxdbs")
        try LMDBFailure.check(
            mdb_env_set_mapsize(handle, options.mapBytes), "mdb_env_set_mapsize")
        let flags = MDB_NOTLS | (options.isReadOnly ? MDB_RDONLY | MDB_NOLOCK : 0)
        try LMDBFailure.check(
            mdb_env_open(handle, path, UInt32(flags), 0o600), "mdb_env_open")
    }

    deinit { mdb_env_close(handle) }

    /// Bytes of address space the map takes.
    func mapBytes() throws(LMDBFailure) -> Int {
        var info = MDB_envinfo()
        try LMDBFailure.check(mdb_env_info(handle, &info), "mdb_env_info")
        return Int(info.me_mapsize)
    }

    /// Maps the file anew at another size. No transaction may be alive. After a failure nothing
    /// is mapped, and the environment must not be used again.
    func resizeMap(to bytes: Int) throws(LMDBFailure) {
        try LMDBFailure.check(mdb_env_set_mapsize(handle, bytes), "mdb_env_set_mapsize")
    }

    /// The descriptor of the data file, owned by the environment.
    func descriptor() throws(LMDBFailure) -> Int32 {
        var descriptor: Int32 = -1
        try LMDBFailure.check(mdb_env_get_fd(handle, &descriptor), "mdb_env_get_fd")
        return descriptor
    }

    /// Makes the names of freshly created files survive the end of the machine.
    func synchronizeDirectory() throws(LMDBFailure) {
        do throws(POSIXFailure) {
            try directory?.synchronize()
        } catch {
            throw LMDBFailure(operation: error.operation, code: error.code)
        }
    }

    /// Begins a transaction, which must end before the environment does.
    func begin(readOnly: Bool) throws(LMDBFailure) -> LMDBTransaction {
        var begun: OpaquePointer?
        let flags = readOnly ? UInt32(MDB_RDONLY) : 0
        try LMDBFailure.check(mdb_txn_begin(handle, nil, flags, &begun), "mdb_txn_begin")
        guard let begun else { throw LMDBFailure(operation: "mdb_txn_begin", code: MDB_PANIC) }
        return LMDBTransaction(handle: begun)
    }
}
