import CLMDB

/// A call to LMDB that failed.
package struct LMDBFailure: Error {
    package let operation: String
    /// `MDB_…`, or a value of `errno`.
    package let code: Int32

    /// Throws unless `code` is success.
    static func check(_ code: Int32, _ operation: String) throws(LMDBFailure) {
        guard code == MDB_SUCCESS else { throw LMDBFailure(operation: operation, code: code) }
    }

    /// A table that has just been made is not there.
    package static let missingTable = LMDBFailure(operation: "mdb_dbi_open", code: MDB_NOTFOUND)

    /// The disk, a quota or the process's limit of a file's size has no room.
    var isOutOfSpace: Bool { POSIXFailure.outOfSpace.contains(code) }
    package var isMapFull: Bool { code == MDB_MAP_FULL }
    /// More tables are open than the environment was made for.
    var isTooManyTables: Bool { code == MDB_DBS_FULL }
    /// As many reading transactions are open as there may be.
    package var isTooManyReaders: Bool { code == MDB_READERS_FULL }
    /// A name in the list of tables stands for something else.
    var isNotTable: Bool { code == MDB_INCOMPATIBLE }
}

/// A memory-mapped LMDB file.
///
/// A process opens a given file at most once; see the caveats of `lmdb.h`. Transactions may begin and
/// end on any thread as long as the map keeps its size; ``resizeMap(to:)`` and opening tables need
/// that nothing else happens. Readers are bound to no thread (`MDB_NOTLS`); who shares the object
/// among threads has to see to the rest.
package final class LMDBEnvironment {
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
        /// Reading transactions that may be open at a time; `nil` for LMDB's default of 126.
        var maximumReaders: Int?
        /// Whether commits leave it to the system when they reach the disk: for tests only, as the
        /// end of the machine may then leave anything.
        var isLazy = false
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
        if let readers = options.maximumReaders {
            try LMDBFailure.check(
                mdb_env_set_maxreaders(handle, UInt32(clamping: readers)),
                "mdb_env_set_maxreaders")
        }
        let flags =
            MDB_NOTLS | (options.isReadOnly ? MDB_RDONLY | MDB_NOLOCK : 0)
            | (options.isLazy ? MDB_NOSYNC : 0)
        try LMDBFailure.check(
            mdb_env_open(handle, path, UInt32(flags), 0o600), "mdb_env_open")
    }

    deinit { mdb_env_close(handle) }

    /// Bytes of address space the map takes.
    package func mapBytes() throws(LMDBFailure) -> Int { try information().mapBytes }

    /// Sizes and places of the environment.
    package struct Information: Sendable {
        /// Bytes of address space the map takes.
        package var mapBytes: Int
        /// Bytes of a page.
        package var pageBytes: Int
        /// Pages that have ever been in use; the file reaches at least so far.
        package var pages: Int
        /// Places for readers in use, and those that there are.
        package var readers: (used: Int, limit: Int)
    }

    /// Where the environment stands.
    package func information() throws(LMDBFailure) -> Information {
        var info = MDB_envinfo()
        try LMDBFailure.check(mdb_env_info(handle, &info), "mdb_env_info")
        var statistics = MDB_stat()
        try LMDBFailure.check(mdb_env_stat(handle, &statistics), "mdb_env_stat")
        return Information(
            mapBytes: Int(info.me_mapsize), pageBytes: Int(statistics.ms_psize),
            pages: Int(info.me_last_pgno) + 1,
            readers: (Int(info.me_numreaders), Int(info.me_maxreaders)))
    }

    /// Writes a compact copy of what is committed to a file that is open for writing; others may read
    /// and write meanwhile.
    package func copy(to descriptor: Int32) throws(LMDBFailure) {
        try LMDBFailure.check(
            mdb_env_copyfd2(handle, descriptor, UInt32(MDB_CP_COMPACT)), "mdb_env_copyfd2")
    }

    /// Makes the data file at least so long, where it is sparse.
    package func extendFile(to bytes: Int) throws(LMDBFailure) {
        try LMDBOpening.extendFile(of: self, to: bytes)
    }

    /// Gives up the places of readers whose processes are gone.
    package func clearDeadReaders() throws(LMDBFailure) {
        var dead: Int32 = 0
        try LMDBFailure.check(mdb_reader_check(handle, &dead), "mdb_reader_check")
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
    package func begin(readOnly: Bool) throws(LMDBFailure) -> LMDBTransaction {
        var begun: OpaquePointer?
        let flags = readOnly ? UInt32(MDB_RDONLY) : 0
        try LMDBFailure.check(mdb_txn_begin(handle, nil, flags, &begun), "mdb_txn_begin")
        guard let begun else { throw LMDBFailure(operation: "mdb_txn_begin", code: MDB_PANIC) }
        return LMDBTransaction(handle: begun)
    }
}
