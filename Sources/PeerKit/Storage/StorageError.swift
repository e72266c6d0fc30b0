/// Why a ``KeyValueStore`` refused or failed.
public enum StorageError: Error, Hashable, Sendable {
    // Refusals: the store is as it was, and so is what it holds.

    /// The store was closed.
    case closed
    /// A key or bound whose length is outside `allowed` bytes.
    case keyLength(Int, allowed: ClosedRange<Int>)
    /// A value longer than ``StorageLimits/maximumValueBytes``.
    case valueTooLarge(bytes: Int, limit: Int)
    /// More operations in one batch than ``StorageLimits/maximumBatchOperations``.
    case tooManyOperations(Int, limit: Int)
    /// More bytes in one batch than ``StorageLimits/maximumBatchBytes``.
    case batchTooLarge(bytes: Int, limit: Int)
    /// A table name that breaks the rule of ``StoreTable``.
    case invalidTableName(String)
    /// One table more than ``StorageLimits/maximumTables``.
    case tooManyTables(limit: Int)
    /// The data does not fit into ``StorageLimits/maximumMapBytes``.
    case full(maximumBytes: Int)
    /// The file system has no room, or a quota or a limit of the file's size is reached. What was
    /// committed is safe; writes succeed again once there is room.
    case noSpace(operation: String)

    // What is on the disk cannot be opened; nothing was changed.

    /// There is a store already where one was to be made.
    case occupied(path: String)
    /// This process or another has the store open.
    case alreadyOpen(path: String)
    /// The directory is open to other users; `mode` is its permission bits. The remedy is
    /// `chmod 700`.
    case notPrivate(path: String, mode: UInt32)
    /// A path with a NUL byte, or of something other than a directory.
    case invalidPath(String)
    /// The file was not written by this software, or by LMDB at all.
    case foreign(path: String, reason: String)
    /// The file is one of ours but is damaged.
    case corrupt(path: String, reason: String)
    /// The file has a storage format that this version does not read.
    case unsupportedFormat(found: UInt8, supported: UInt8)

    // Failures beneath the store.

    /// A call to the operating system failed with `code`, a value of `errno`.
    case system(operation: String, code: Int32)
    /// LMDB failed with `code` (`MDB_…`), for which there is no case of its own.
    case database(operation: String, code: Int32)
}
