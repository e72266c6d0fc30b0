import PeerKit
import Synchronization

/// The store as it was at one moment, for as long as there are references to this.
///
/// May be shared and handed on; reads of one snapshot wait for each other, those of several do not.
public final class LedgerSnapshot: Sendable {
    private let reader: Mutex<LedgerReader>
    /// What went wrong in a read that had no way to say so.
    private let firstFailure = Mutex<LedgerStoreError?>(nil)
    /// Keeps the environment open until the transaction has ended.
    private let store: LedgerStore

    init(_ reader: consuming sending LedgerReader, of store: LedgerStore) {
        self.reader = Mutex(reader)
        self.store = store
    }

    /// A value, if there is one.
    func value<Key, Value>(
        _ table: LedgerTable<Key, Value>, _ key: Key
    ) throws(LedgerStoreError) -> Value? {
        try read { reader throws(LedgerStoreError) in try reader.value(table, key) }
    }

    /// Reads with the transaction.
    func read<Result: Sendable>(
        _ body: (borrowing LedgerReader) throws(LedgerStoreError) -> Result
    ) throws(LedgerStoreError) -> Result {
        try reader.withLock { reader throws(LedgerStoreError) in try body(reader) }
    }

    /// Remembers a failure for ``check()``, and answers a value to go on with meanwhile.
    func recovering<Result: Sendable>(
        _ fallback: Result, _ body: (borrowing LedgerReader) throws(LedgerStoreError) -> Result
    ) -> Result {
        do throws(LedgerStoreError) {
            return try read(body)
        } catch {
            firstFailure.withLock { if $0 == nil { $0 = error } }
            return fallback
        }
    }

    /// Remembers a failure for ``check()``.
    func fail(_ error: LedgerStoreError) {
        firstFailure.withLock { if $0 == nil { $0 = error } }
    }

    /// Throws if any read has failed: what was computed from it is worth nothing then.
    func check() throws(LedgerStoreError) {
        if let failure = firstFailure.withLock({ $0 }) { throw failure }
    }
}
