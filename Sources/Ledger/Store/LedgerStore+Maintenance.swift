import PeerKit

extension LedgerStore {
    /// What a store takes.
    public struct Statistics: Sendable, Equatable {
        /// A table's part.
        public struct Table: Sendable, Equatable {
            /// Its name.
            public var name: String
            /// Entries.
            public var entries: Int
            /// Bytes of its pages.
            public var bytes: Int
            /// Levels of its tree.
            public var depth: Int
        }

        /// In a fixed order.
        public var tables: [Table]
        /// Bytes that the data file takes on disk, space to be used again included.
        public var usedBytes: Int
        /// Bytes of that which no table takes: to be used again, or given back by compacting.
        public var freeBytes: Int { max(usedBytes - tables.reduce(0) { $0 + $1.bytes }, 0) }
        /// The most bytes that the file may have.
        public var maximumBytes: Int
        /// Snapshots that are open.
        public var snapshots: Int
    }

    /// What the store takes now.
    public func statistics() throws(LedgerStoreError) -> Statistics {
        let tables = try read { reader throws(LedgerStoreError) in
            var tables: [Statistics.Table] = []
            for name in TableName.allCases {
                let found = try reader.statistics(of: name)
                tables.append(
                    .init(
                        name: name.rawValue, entries: found.entries, bytes: found.bytes,
                        depth: found.depth))
            }
            return tables
        }
        do throws(LMDBFailure) {
            let information = try environment.information()
            return Statistics(
                tables: tables, usedBytes: information.pages * information.pageBytes,
                maximumBytes: information.mapBytes, snapshots: information.readers.used)
        } catch {
            throw handles.failure(error)
        }
    }

    /// Writes a consistent copy of all that is committed to a new file, while others go on reading and
    /// writing.
    ///
    /// - Returns: The file's length.
    @discardableResult
    public func backup(to path: String) throws(LedgerStoreError) -> Int {
        do throws(StorageError) {
            return try LMDBFile.copy(environment, to: path)
        } catch {
            throw .storage(error)
        }
    }

    /// Makes a store in a directory that has none, from a backup.
    public static func restore(
        _ backup: String, to directory: String, limits: LedgerStoreLimits = LedgerStoreLimits()
    ) throws(LedgerStoreError) {
        do throws(StorageError) {
            try LMDBFile.install(backup, in: directory)
        } catch {
            throw .storage(error)
        }
        // Opening checks whose file it is.
        try LedgerStore(at: directory, limits: limits).close()
    }

    /// Gives the space back that nothing takes any more. Nobody may have the store open; what is there
    /// stays until all of the new file is on the disk.
    ///
    /// - Returns: Bytes in use before and after.
    public static func compact(
        at directory: String, limits: LedgerStoreLimits = LedgerStoreLimits()
    ) throws(LedgerStoreError) -> (before: Int, after: Int) {
        let store = try LedgerStore(at: directory, limits: limits)
        let before = try store.statistics().usedBytes
        let copy = directory + "/data.mdb.compact"
        do throws(StorageError) {
            LMDBFile.remove(copy)
            let after = try LMDBFile.copy(store.environment, to: copy)
            // While the store still holds the lock on the directory.
            try LMDBFile.replaceData(in: directory, with: copy)
            store.close()
            return (before, after)
        } catch {
            throw .storage(error)
        }
    }
}
