import PeerKit

/// Bounds of the ledger's store.
public struct LedgerStoreLimits: Hashable, Sendable {
    /// Most bytes of the data file. The whole is mapped from the start, as readers on other threads
    /// could not make way for a larger map; addresses cost nothing, and 47 bits of them are plenty.
    public var maximumBytes = 1 << 40

    /// Snapshots that may be open at a time. Each takes 64 bytes of the lock file; requests that read
    /// hold one for milliseconds.
    public var maximumSnapshots = 1024

    /// How far the (sparse) file reaches beyond what is used, at least: more than one transaction can
    /// add, so that the file is never shorter than its head says, as one that lost its end is. LMDB
    /// keeps at most 2¹⁷ changed pages of 4 KiB, 512 MiB, and a block or a portion of an import
    /// changes less.
    public var headroomBytes = 1 << 30

    /// Accounts of a genesis that are written in one transaction. At 2 KB of changed pages each,
    /// 40 MB.
    public var accountsPerCommit = 20_000

    /// Whether commits reach the disk when the system sees fit: for tests and simulations, whose
    /// data nobody needs after a power cut. The end of the process loses nothing either way.
    public var isLazy = false

    /// The defaults.
    public init() {}

    var storage: StorageLimits {
        var limits = StorageLimits()
        limits.maximumMapBytes = maximumBytes
        limits.initialMapBytes = min(headroomBytes, maximumBytes)
        limits.maximumTables = TableName.allCases.count
        return limits
    }
}
