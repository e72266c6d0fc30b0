import Logging

/// Keeps a standing book on disk: reads it at the start, writes its changes some seconds apart.
actor StandingArchive {
    private nonisolated let executor: any RuntimeExecutor
    /// The node's own executor.
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Entries read at once.
    private static let pageLength = 256

    private let runtime: Runtime
    private let book: StandingBook
    private let delay: Duration
    private let log: Logger
    private let tasks: TaskScope
    private var store: (any KeyValueStore)?
    private var isWriteScheduled = false

    init(runtime: Runtime, book: StandingBook, delay: Duration, tasks: TaskScope, log: Logger) {
        self.runtime = runtime
        executor = runtime.executors.home
        self.book = book
        self.delay = delay
        self.tasks = tasks
        self.log = log
    }

    /// Opens the store and reads the book.
    ///
    /// - Throws: What the storage throws. A node that cannot read whom it has banned does not start.
    func open() async throws {
        guard store == nil else { return }
        let store = try await runtime.storage.openStore("standing")
        do {
            try await read(store)
        } catch {
            await store.close()
            throw error
        }
        self.store = store
    }

    private func read(_ store: any KeyValueStore) async throws {
        try await forEachEntry(of: StandingMachine.peerTable, in: store) { entry in
            guard let peer = try? PeerID(bytes: entry.key),
                let stored = StandingCodec.decodeEntry(entry.value)
            else { return false }
            book.use { $0.restore(stored, of: peer, at: $1) }
            return true
        }
        try await forEachEntry(of: StandingMachine.banTable, in: store) { entry in
            guard let ban = StandingCodec.decodeBan(key: entry.key, entry.value) else {
                return false
            }
            book.use { $0.restore(ban, at: $1) }
            return true
        }
    }

    /// - Parameter body: Takes an entry, or says that it cannot be read.
    private func forEachEntry(
        of table: StoreTable, in store: any KeyValueStore, _ body: (StoreEntry) -> Bool
    ) async throws {
        var last: [UInt8]?
        while true {
            let page = try await store.entries(
                prefix: [], after: last, limit: Self.pageLength, in: table)
            var unreadable = WriteBatch()
            for entry in page where !body(entry) { unreadable.remove(entry.key, in: table) }
            if !unreadable.isEmpty {
                log.warning(
                    "entries of the standing book cannot be read and are dropped",
                    metadata: [
                        "table": "\(table)", "count": "\(unreadable.operations.count)",
                    ])
                try await store.commit(unreadable)
            }
            guard page.count == Self.pageLength else { return }
            last = page.last?.key
        }
    }

    /// Has what has changed written soon.
    func scheduleWrite() {
        guard !isWriteScheduled, store != nil else { return }
        isWriteScheduled = true
        let isStarted = tasks.start(on: executor) { [runtime, delay, weak self] in
            try? await runtime.sleep(for: delay)
            await self?.write()
        }
        if !isStarted { isWriteScheduled = false }
    }

    /// Writes what has changed, without waiting for the next time.
    func write() async {
        isWriteScheduled = false
        guard let store else { return }
        let batch = book.use { machine, _ in machine.takeWrites() }
        guard !batch.isEmpty else { return }
        do {
            try await store.commit(batch)
        } catch {
            book.use { machine, _ in machine.forgetWrites() }
            log.error("cannot write the standing book", metadata: ["error": "\(error)"])
        }
    }

    /// Writes what is left and closes the store.
    func close() async {
        await write()
        let store = store
        self.store = nil
        await store?.close()
    }
}
