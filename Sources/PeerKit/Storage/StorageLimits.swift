/// Bounds of a ``KeyValueStore``.
public struct StorageLimits: Hashable, Sendable {
    /// Longest key. LMDB is compiled with this bound (`MDB_MAXKEYSIZE`), so it is part of the
    /// format and cannot be configured.
    public static let maximumKeyBytes = 511

    /// Longest table name. LMDB keeps names as keys; 64 bytes are plenty for names in source code
    /// and far below its bound.
    public static let maximumTableNameBytes = 64

    /// Longest value. The largest thing stored whole is a model: 16 million 32-bit weights are
    /// 64 MiB. LMDB itself would take 4 GiB, all of it in memory at once.
    public var maximumValueBytes = 64 << 20

    /// Most tables in one store. Each open table costs every LMDB transaction a few words, so
    /// the number stays in the dozens; the concepts of a node come to about twenty.
    public var maximumTables = 64

    /// Most operations in one batch: a block of 10 000 transactions that touch ten keys each, with
    /// room to spare. A larger import commits in several batches.
    public var maximumBatchOperations = 1 << 18

    /// Most bytes of keys and values in one batch: four of the largest values.
    public var maximumBatchBytes = 256 << 20

    /// Size of a fresh map in bytes, a multiple of the page size. The map and with it the (sparse)
    /// data file double when they are full.
    public var initialMapBytes = 1 << 20

    /// Size in bytes beyond which the map does not grow: 64 GiB of address space, of which only
    /// what is used takes memory or disk. A map that is larger already stays so.
    public var maximumMapBytes = 64 << 30

    /// The defaults.
    public init() {}

    /// Checks the key of a point read or a write.
    func check(key: [UInt8]) throws(StorageError) {
        let allowed = 1...Self.maximumKeyBytes
        guard allowed.contains(key.count) else {
            throw .keyLength(key.count, allowed: allowed)
        }
    }

    /// Checks where a range read starts; unlike a key, a bound may be empty.
    func check(bound: [UInt8]) throws(StorageError) {
        let allowed = 0...Self.maximumKeyBytes
        guard allowed.contains(bound.count) else {
            throw .keyLength(bound.count, allowed: allowed)
        }
    }

    /// Checks everything about a batch that does not depend on what is stored.
    func check(_ batch: WriteBatch) throws(StorageError) {
        guard batch.operations.count <= maximumBatchOperations else {
            throw .tooManyOperations(batch.operations.count, limit: maximumBatchOperations)
        }
        var bytes = 0
        for operation in batch.operations {
            switch operation {
            case .put(let key, let value, _):
                try check(key: key)
                guard value.count <= maximumValueBytes else {
                    throw .valueTooLarge(bytes: value.count, limit: maximumValueBytes)
                }
                bytes += key.count + value.count
            case .remove(let key, _):
                try check(key: key)
                bytes += key.count
            case .removeAll:
                break
            }
        }
        guard bytes <= maximumBatchBytes else {
            throw .batchTooLarge(bytes: bytes, limit: maximumBatchBytes)
        }
    }
}
