import PeerKit
import Synchronization

/// The ledger's tables in a directory, over LMDB.
///
/// - **One writer.** ``write(_:)`` lends the one writing transaction to a closure and commits when
///   that returns, so that all of a block (state, receipts, indices, and later the journal of
///   consensus) is on the disk or nothing of it.
/// - **Readers never wait**, neither for the writer nor for each other: each sees the store as it was
///   when it began. ``snapshot()`` keeps one view over several reads.
/// - Nothing of a transaction can outlive it: what is lent cannot be copied.
///
/// A snapshot that stays open keeps the space of all that changes meanwhile from being used again.
///
/// Sendable: LMDB lets transactions begin on any thread as long as the map is not resized and no
/// table is opened meanwhile (`lmdb.h`, "mdb_env_set_mapsize", "mdb_dbi_open"); the map is fixed, and
/// all tables are opened in `init`, before anyone else can see the object.
public final class LedgerStore: @unchecked Sendable {
    let environment: LMDBEnvironment
    let handles: LedgerHandles
    let limits: LedgerStoreLimits
    private let state = Mutex(State())

    private struct State {
        var isClosed = false
        var isWriting = false
        /// How long the data file is at least.
        var fileBytes = 0
    }

    /// Opens a store, creating it where there is none.
    ///
    /// - Parameters:
    ///   - path: The store's directory. It may be absent, its parent may not.
    ///   - limits: Bounds, which may change from one opening to the next.
    /// - Throws: ``LedgerStoreError/storage(_:)`` with what ``PeerKit/LMDBStore`` throws on opening;
    ///   ``LedgerStoreError/schema(found:supported:)``.
    public init(
        at path: String, limits: LedgerStoreLimits = LedgerStoreLimits()
    ) throws(LedgerStoreError) {
        self.limits = limits
        var format = LMDBOpening.Format(name: "ledger", version: 1)
        format.hasFixedMap = true
        format.maximumReaders = limits.maximumSnapshots
        format.isLazy = limits.isLazy
        do throws(StorageError) {
            environment = try LMDBOpening(path: path, limits: limits.storage, format: format).open()
        } catch {
            throw .storage(error)
        }
        do throws(LMDBFailure) {
            try environment.clearDeadReaders()
            let transaction = try environment.begin(readOnly: false)
            handles = try LedgerHandles(in: transaction, maximumBytes: limits.maximumBytes)
            try transaction.commit()
        } catch {
            throw .storage(StorageError(error))
        }
        try write { writer throws(LedgerStoreError) in try LedgerSchema.bringUpToDate(writer) }
    }

    /// Lets go of the directory once the last snapshot has ended; every later call throws
    /// ``LedgerStoreError/closed``. Closing twice is harmless.
    public func close() { state.withLock { $0.isClosed = true } }

    /// Reads in one consistent view.
    func read<Result>(
        _ body: (borrowing LedgerReader) throws(LedgerStoreError) -> Result
    ) throws(LedgerStoreError) -> Result {
        try body(try reader())
    }

    /// One consistent view that lasts for as long as there are references to it.
    public func snapshot() throws(LedgerStoreError) -> LedgerSnapshot {
        LedgerSnapshot(try reader(), of: self)
    }

    func reader() throws(LedgerStoreError) -> LedgerReader {
        guard state.withLock({ !$0.isClosed }) else { throw .closed }
        do throws(LMDBFailure) {
            return LedgerReader(try environment.begin(readOnly: true), handles)
        } catch  where error.isTooManyReaders {
            throw .tooManySnapshots(limit: limits.maximumSnapshots)
        } catch {
            throw handles.failure(error)
        }
    }

    /// Writes: all that the body does, durably, or nothing when it throws.
    ///
    /// Only one at a time; a second one inside of the first, or on another thread, is a bug.
    func write<Result>(
        _ body: (borrowing LedgerWriter) throws(LedgerStoreError) -> Result
    ) throws(LedgerStoreError) -> Result {
        let isClosed = state.withLock { state in
            precondition(!state.isWriting, "two writers at a time in the ledger's store")
            state.isWriting = !state.isClosed
            return state.isClosed
        }
        if isClosed { throw .closed }
        defer { state.withLock { $0.isWriting = false } }
        try extendFile()
        let writer = try writer()
        let result = try body(writer)
        do throws(LMDBFailure) {
            try writer.commit()
        } catch {
            throw handles.failure(error)
        }
        return result
    }

    private func writer() throws(LedgerStoreError) -> LedgerWriter {
        do throws(LMDBFailure) {
            return LedgerWriter(try environment.begin(readOnly: false), handles)
        } catch {
            throw handles.failure(error)
        }
    }

    /// Keeps the file ahead of what is used, see ``LedgerStoreLimits/headroomBytes``.
    private func extendFile() throws(LedgerStoreError) {
        do throws(LMDBFailure) {
            let information = try environment.information()
            let used = information.pages * information.pageBytes
            guard used + limits.headroomBytes / 2 > state.withLock({ $0.fileBytes }) else { return }
            let wanted = min(used + limits.headroomBytes, max(limits.maximumBytes, used))
            try environment.extendFile(to: wanted)
            state.withLock { $0.fileBytes = wanted }
        } catch {
            throw handles.failure(error)
        }
    }
}
