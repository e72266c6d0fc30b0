import PeerKit

/// Why the ledger's store refused or failed.
public enum LedgerStoreError: Error, Hashable, Sendable {
    /// What ``PeerKit/StorageError`` says: locked, foreign, damaged, full, a failure of the system.
    case storage(StorageError)
    /// The store was closed.
    case closed
    /// Tables of another version than this program's, which it cannot bring up to date.
    case schema(found: UInt64, supported: UInt64)
    /// What was read is not what was written; the text says where.
    case corrupt(String)
    /// As many snapshots are open as there may be.
    case tooManySnapshots(limit: Int)
}
