import CLMDB

/// Opens the environment of a store: looks first, writes only when all is as it should be.
package struct LMDBOpening {
    let path: String
    let limits: StorageLimits
    let format: Format

    /// Whose file it is, and how its map grows.
    package struct Format: Sendable {
        /// The key under which the number stands.
        package var name: String
        /// The number of the format.
        package var version: UInt8
        /// Whether the map has its greatest size from the start, so that readers on other threads
        /// never have to make way for a larger one. The file then grows ahead of what is used, see
        /// ``LMDBEnvironment/extendFile(to:)``.
        package var hasFixedMap = false
        /// Reading transactions that may be open at a time; `nil` for LMDB's default.
        package var maximumReaders: Int?
        /// See ``LMDBEnvironment/Options/isLazy``.
        package var isLazy = false

        /// All fields but those with defaults.
        package init(name: String, version: UInt8) {
            self.name = name
            self.version = version
        }

        /// Version 1: every store table is the LMDB table of that name, keys and values as they are.
        static let keyValueStore = Format(name: "format", version: 1)
    }

    /// - Parameters:
    ///   - path: The directory. It may be absent, its parent may not.
    ///   - limits: Bounds.
    ///   - format: Whose file it has to be.
    package init(path: String, limits: StorageLimits, format: Format) {
        self.path = path
        self.limits = limits
        self.format = format
    }

    /// Where the format is noted. Not a ``StoreTable`` name, so no table can collide with it.
    private static let formatTable = "_psic"
    private var formatKey: [UInt8] { Array(format.name.utf8) }

    /// Opens the environment, and holds the directory until its last reference is gone.
    package func open() throws(StorageError) -> LMDBEnvironment {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw .invalidPath(path) }
        let directory = try lockedDirectory()
        let dataBytes = try checkedDataBytes()
        if dataBytes > 0 { try look(dataBytes: dataBytes) }
        var options = LMDBEnvironment.Options(
            // One more for the format, and LMDB wants a free slot even to say that there is no
            // table of a name.
            maximumTables: limits.maximumTables + 2,
            mapBytes: format.hasFixedMap
                ? Self.wholePages(max(limits.maximumMapBytes, dataBytes))
                : mapBytes(forData: dataBytes))
        options.maximumReaders = format.maximumReaders
        options.isLazy = format.isLazy
        do throws(LMDBFailure) {
            let environment = try LMDBEnvironment(path: path, options: options, holding: directory)
            try settle(environment)
            if dataBytes == 0 { try environment.synchronizeDirectory() }
            return environment
        } catch {
            throw StorageError(error)
        }
    }

    /// Opens and locks the directory, having made it if absent.
    private func lockedDirectory() throws(StorageError) -> OpenFile {
        let directory = try withPath { () throws(POSIXFailure) in
            if try OpenFile.createDirectory(path) {
                // The new name is part of what has to survive.
                try OpenFile.directory(path + "/..").synchronize()
            }
            return try OpenFile.directory(path)
        }
        let mode = try withPath { () throws(POSIXFailure) in try directory.status().permissions }
        guard mode & 0o077 == 0 else { throw .notPrivate(path: path, mode: mode) }
        try withPath { () throws(POSIXFailure) in try directory.lockExclusively() }
        return directory
    }

    /// Says which path a failure is about, where that has a case of its own.
    private func withPath<Result: ~Copyable>(
        _ body: () throws(POSIXFailure) -> Result
    ) throws(StorageError) -> Result {
        do throws(POSIXFailure) {
            return try body()
        } catch {
            if error.isContention { throw .alreadyOpen(path: path) }
            if error.isNotDirectory { throw .invalidPath(path) }
            throw StorageError(error)
        }
    }

    /// Length of a data file that is fit to be mapped; zero when a new one is to be made.
    private func checkedDataBytes() throws(StorageError) -> Int {
        let dataPath = path + "/data.mdb"
        guard try withPath({ () throws(POSIXFailure) in try OpenFile.exists(dataPath) }) else {
            return 0
        }
        let file = try withPath { () throws(POSIXFailure) in try OpenFile.reading(dataPath) }
        let status = try withPath { () throws(POSIXFailure) in try file.status() }
        guard status.isRegularFile else {
            throw .foreign(path: dataPath, reason: "it is not a regular file")
        }
        if status.bytes == 0 { return 0 }
        _ = try LMDBHeader(path: dataPath, fileBytes: status.bytes) {
            count, offset throws(StorageError) in
            try withPath { () throws(POSIXFailure) in try file.read(count, at: offset) }
        }
        return status.bytes
    }

    /// Size of the map that covers a data file. The file's length says how far the map had grown;
    /// the size in its header is not believed, since the file is about to be made that long.
    private func mapBytes(forData dataBytes: Int) -> Int {
        let initial = min(limits.initialMapBytes, limits.maximumMapBytes)
        return Self.wholePages(max(initial, dataBytes))
    }

    /// Looks whether the tables are ours, without writing so much as a lock file.
    private func look(dataBytes: Int) throws(StorageError) {
        let found: FormatNote
        do throws(LMDBFailure) {
            let environment = try LMDBEnvironment(
                path: path,
                options: .init(
                    isReadOnly: true, maximumTables: 1, mapBytes: mapBytes(forData: dataBytes)),
                holding: nil)
            found = try formatNote(in: environment.begin(readOnly: true))
        } catch {
            throw StorageError(error)
        }
        switch found {
        case .noTables: break  // ended between making the file and its first commit
        case .version(format.version): break
        case .version(let other):
            throw .unsupportedFormat(found: other, supported: format.version)
        case .none: throw .foreign(path: path, reason: "its tables are of another program")
        }
    }

    private enum FormatNote { case noTables, version(UInt8), none }

    private func formatNote(
        in transaction: consuming LMDBTransaction
    ) throws(LMDBFailure) -> FormatNote {
        guard let list = try transaction.table(named: nil, creating: false),
            try transaction.count(in: list) > 0
        else { return .noTables }
        let table: LMDBTable?
        do throws(LMDBFailure) {
            table = try transaction.table(named: Self.formatTable, creating: false)
        } catch  where error.isNotTable {
            table = nil
        }
        guard let table, let note = try transaction.value(for: formatKey, in: table),
            let version = note.first, note.count == 1
        else { return .none }
        return .version(version)
    }

    /// Prepares an environment for its first write of a store.
    private func settle(_ environment: LMDBEnvironment) throws(LMDBFailure) {
        try Self.withPOSIX(environment) { descriptor throws(POSIXFailure) in
            try closeOnExec(descriptor)
        }
        try Self.extendFile(
            of: environment,
            to: format.hasFixedMap ? limits.initialMapBytes : environment.mapBytes())
        let transaction = try environment.begin(readOnly: false)
        guard try transaction.table(named: Self.formatTable, creating: false) == nil,
            let table = try transaction.table(named: Self.formatTable, creating: true)
        else { return try transaction.commit() }
        try transaction.put([format.version], for: formatKey, in: table)
        try transaction.commit()
    }

    /// Makes the data file as long as the map that is to cover it, so that every page of the map
    /// can be read: what was never written reads as zeros, which LMDB reports as an error.
    static func extendFile(
        of environment: LMDBEnvironment, to bytes: Int
    ) throws(LMDBFailure) {
        try withPOSIX(environment) { descriptor throws(POSIXFailure) in
            try lengthenFile(descriptor, to: bytes)
        }
    }

    /// Rounds down to what any machine maps: a multiple of 64 KiB, and that at least.
    static func wholePages(_ bytes: Int) -> Int { max(1, bytes >> 16) << 16 }

    /// LMDB reports failures of the system by their `errno`, and so does this.
    private static func withPOSIX(
        _ environment: LMDBEnvironment, _ body: (Int32) throws(POSIXFailure) -> Void
    ) throws(LMDBFailure) {
        let descriptor = try environment.descriptor()
        do throws(POSIXFailure) {
            try body(descriptor)
        } catch {
            throw LMDBFailure(operation: error.operation, code: error.code)
        }
    }
}

extension StorageError {
    init(_ failure: POSIXFailure) {
        if POSIXFailure.outOfSpace.contains(failure.code) {
            self = .noSpace(operation: failure.operation)
            return
        }
        self = .system(operation: failure.operation, code: failure.code)
    }

    /// LMDB's own codes are negative, those of the system positive.
    package init(_ failure: LMDBFailure) {
        if failure.isOutOfSpace {
            self = .noSpace(operation: failure.operation)
            return
        }
        self =
            failure.code > 0
            ? .system(operation: failure.operation, code: failure.code)
            : .database(operation: failure.operation, code: failure.code)
    }
}
