/// Writes that a ``KeyValueStore`` applies together or not at all.
///
/// Operations apply in the order they were added, so a later one wins over an earlier one on the
/// same key. Building a batch checks nothing; `commit` checks all of it before it writes.
public struct WriteBatch: Hashable, Sendable {
    /// One write.
    public enum Operation: Hashable, Sendable {
        /// Sets the value of a key, replacing what was there.
        case put(key: [UInt8], value: [UInt8], table: StoreTable)
        /// Removes a key; absent keys are fine.
        case remove(key: [UInt8], table: StoreTable)
        /// Removes every key of a table.
        case removeAll(table: StoreTable)
    }

    /// The writes, in the order they apply.
    public private(set) var operations: [Operation] = []

    /// An empty batch.
    public init() {}

    /// Whether committing the batch would change nothing.
    public var isEmpty: Bool { operations.isEmpty }

    /// Sets the value of `key`, replacing what was there.
    public mutating func put(_ value: [UInt8], for key: [UInt8], in table: StoreTable) {
        operations.append(.put(key: key, value: value, table: table))
    }

    /// Removes `key`; absent keys are fine.
    public mutating func remove(_ key: [UInt8], in table: StoreTable) {
        operations.append(.remove(key: key, table: table))
    }

    /// Removes every key of `table`.
    public mutating func removeAll(in table: StoreTable) {
        operations.append(.removeAll(table: table))
    }
}
