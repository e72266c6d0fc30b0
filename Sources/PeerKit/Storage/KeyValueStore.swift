/// Ordered, durable key-value storage, as a runtime hands it in.
///
/// A store holds tables; a table maps keys to values and keeps its keys in ascending bytewise
/// order (a proper prefix sorts before what extends it). Production uses ``LMDBStore``, simulation
/// and tests use ``MemoryStore``; both give the same answers and the same refusals to the same
/// sequence of calls.
///
/// A table needs no declaration: it appears with the first `put` into it, and a table that was
/// never written reads as an empty one.
public protocol KeyValueStore: Sendable {
    /// Reads one value.
    ///
    /// - Parameters:
    ///   - key: 1 to ``StorageLimits/maximumKeyBytes`` bytes.
    ///   - table: The table to look in.
    /// - Returns: The value, or `nil` when the key is absent. An empty value is not `nil`.
    /// - Throws: ``StorageError/keyLength(_:allowed:)`` or ``StorageError/closed``; what the disk
    ///   refuses comes as ``StorageError/system(operation:code:)``.
    func value(
        for key: [UInt8], in table: StoreTable
    ) async throws(StorageError) -> [UInt8]?

    /// Reads entries in ascending key order.
    ///
    /// To page through a table, pass the last key of one page as `after` of the next; a page
    /// shorter than `limit` is the last one.
    ///
    /// - Parameters:
    ///   - prefix: Only keys that start with these bytes; empty for all.
    ///   - after: Only keys that sort strictly after this one; need not be present or share
    ///     `prefix`.
    ///   - limit: Most entries to return; zero or less returns none. The caller chooses it so that
    ///     `limit` values fit in memory.
    ///   - table: The table to look in.
    func entries(
        prefix: [UInt8], after: [UInt8]?, limit: Int, in table: StoreTable
    ) async throws(StorageError) -> [StoreEntry]

    /// Applies a batch: all of it or, when this throws, nothing of it.
    ///
    /// The batch is durable when this returns: it survives the end of the process and, as far as
    /// the disk keeps its own promises, of the machine. Each commit pays for that, so related
    /// writes belong into one batch.
    func commit(_ batch: WriteBatch) async throws(StorageError)

    /// Releases the store; every later call throws ``StorageError/closed``. Closing twice is
    /// harmless.
    func close() async
}

extension KeyValueStore {
    /// Reads the first entries of a table in ascending key order.
    public func entries(
        prefix: [UInt8] = [], limit: Int, in table: StoreTable
    ) async throws(StorageError) -> [StoreEntry] {
        try await entries(prefix: prefix, after: nil, limit: limit, in: table)
    }
}

/// One key with its value.
public struct StoreEntry: Hashable, Sendable {
    /// The key, 1 to ``StorageLimits/maximumKeyBytes`` bytes.
    public var key: [UInt8]
    /// The value, possibly empty.
    public var value: [UInt8]

    /// Pairs a key with its value.
    public init(key: [UInt8], value: [UInt8]) {
        self.key = key
        self.value = value
    }
}
