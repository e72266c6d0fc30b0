/// A ``KeyValueStore`` in memory, for simulation and tests.
///
/// It knows no time and no randomness, so it is as deterministic as its caller. What a disk would
/// hold after a crash is its ``snapshot()``: a simulated peer that crashes drops its store, and
/// restarts on `MemoryStore(contents:)` of the last snapshot.
public actor MemoryStore: KeyValueStore {
    /// What a store holds; a value, so that keeping one costs nothing until the store changes.
    public struct Contents: Hashable, Sendable {
        fileprivate(set) var tables: [StoreTable: MemoryTable] = [:]

        /// Nothing.
        public init() {}
    }

    /// Decides over a commit before it happens: returning lets it happen, throwing loses the whole
    /// batch, suspending keeps it pending.
    ///
    /// While a commit is pending, reads do not see it, later commits overtake it, and a crash
    /// (see ``MemoryStore/snapshot()``) loses it.
    public typealias CommitGate = @Sendable (WriteBatch) async throws(StorageError) -> Void

    private let limits: StorageLimits
    private let gate: CommitGate?
    private var contents: Contents
    private var isClosed = false

    /// Creates a store.
    ///
    /// - Parameters:
    ///   - contents: What it holds at first, such as the snapshot of a crashed store.
    ///   - limits: Bounds; those of the map are not used.
    ///   - gate: Asked before each commit; `nil` lets all happen at once.
    public init(
        contents: Contents = Contents(), limits: StorageLimits = StorageLimits(),
        gate: CommitGate? = nil
    ) {
        self.contents = contents
        self.limits = limits
        self.gate = gate
    }

    /// What has been committed and would survive a crash now; also answers after ``close()``.
    public func snapshot() -> Contents { contents }

    /// Reads one value; see ``KeyValueStore/value(for:in:)``.
    public func value(
        for key: [UInt8], in table: StoreTable
    ) throws(StorageError) -> [UInt8]? {
        guard !isClosed else { throw .closed }
        try limits.check(key: key)
        return contents.tables[table]?.value(for: key)
    }

    /// Reads entries in ascending key order; see
    /// ``KeyValueStore/entries(prefix:after:limit:in:)``.
    public func entries(
        prefix: [UInt8], after: [UInt8]?, limit: Int, in table: StoreTable
    ) throws(StorageError) -> [StoreEntry] {
        guard !isClosed else { throw .closed }
        try limits.check(bound: prefix)
        if let after { try limits.check(bound: after) }
        return contents.tables[table]?.entries(prefix: prefix, after: after, limit: limit) ?? []
    }

    /// Applies a batch, all or nothing; see ``KeyValueStore/commit(_:)``.
    public func commit(_ batch: WriteBatch) async throws(StorageError) {
        guard !isClosed else { throw .closed }
        try limits.check(batch)
        if let gate {
            try await gate(batch)
            guard !isClosed else { throw .closed }
        }
        try contents.checkTables(of: batch, limit: limits.maximumTables)
        for operation in batch.operations { contents.apply(operation) }
    }

    /// Releases the store; see ``KeyValueStore/close()``.
    public func close() { isClosed = true }
}

extension MemoryStore.Contents {
    /// Checks that the tables a batch would add fit, so that applying it cannot fail half-way.
    fileprivate func checkTables(of batch: WriteBatch, limit: Int) throws(StorageError) {
        var added: Set<StoreTable> = []
        for case .put(_, _, let table) in batch.operations where tables[table] == nil {
            added.insert(table)
        }
        guard added.isEmpty || tables.count + added.count <= limit else {
            throw .tooManyTables(limit: limit)
        }
    }

    fileprivate mutating func apply(_ operation: WriteBatch.Operation) {
        switch operation {
        case .put(let key, let value, let table):
            tables[table, default: MemoryTable()].put(value, for: key)
        case .remove(let key, let table):
            tables[table]?.remove(key)
        case .removeAll(let table):
            // The table stays, empty, and so stays counted, as it does on disk.
            tables[table]?.removeAll()
        }
    }
}
