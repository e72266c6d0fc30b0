/// What a node's disk holds: its stores by name. It outlives crashes.
final class DiskModel {
    var stores: [String: StoredModel] = [:]
    /// How long a commit takes to become durable.
    var commitLatency = Duration.zero
}

/// One store on a disk.
final class StoredModel {
    let durable = MemoryStore()
    /// Batches that a crash left wholly durable; the next opening applies them.
    var survivors: [WriteBatch] = []
    /// Commits past the disk and on their way into `durable`.
    var applying = 0
    /// When the disk has finished the commits given to it so far.
    var busyUntil: UInt64 = 0
}

/// A commit that the disk works on.
final class PendingCommit {
    let store: StoredModel
    let batch: WriteBatch
    var completion: ((Bool) -> Void)?
    var timer: TimerHeap.ID?

    init(store: StoredModel, batch: WriteBatch, completion: @escaping (Bool) -> Void) {
        self.store = store
        self.batch = batch
        self.completion = completion
    }
}

/// The storage of one run of a simulated node.
///
/// A commit under way when the node crashes is afterwards wholly there or wholly absent, as the
/// seed decides, and no later one is there without the earlier ones of its store. Torn writes
/// cannot be seen: LMDB commits atomically, and so does ``MemoryStore``.
struct SimulatedStorage: StorageProvider {
    let network: Confined<NetworkModel>
    let process: Confined<ProcessModel>
    let disk: Confined<DiskModel>

    func openStore(_ name: String) async throws -> any KeyValueStore {
        guard let disk = disk.own("a store was opened"), process.object.isAlive else {
            throw StorageError.closed
        }
        let stored = disk.stores[name] ?? StoredModel()
        disk.stores[name] = stored
        // Another task may be opening it too: nobody gets it before all is applied.
        while stored.applying > 0 || !stored.survivors.isEmpty {
            if stored.applying > 0 {
                await Task.yield()
                continue
            }
            stored.applying += 1
            defer { stored.applying -= 1 }
            try await stored.durable.commit(stored.survivors.removeFirst())
        }
        return SimulatedStore(
            network: network, process: process, disk: self.disk,
            stored: Confined(stored, to: network.owner), durable: stored.durable)
    }
}

/// A store as one run of a node has it open.
private actor SimulatedStore: KeyValueStore {
    nonisolated let executor: SimulatedExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    private let network: Confined<NetworkModel>
    private let process: Confined<ProcessModel>
    private let disk: Confined<DiskModel>
    private let stored: Confined<StoredModel>
    private let durable: MemoryStore
    private var isClosed = false

    init(
        network: Confined<NetworkModel>, process: Confined<ProcessModel>,
        disk: Confined<DiskModel>, stored: Confined<StoredModel>, durable: MemoryStore
    ) {
        executor = process.object.home
        self.network = network
        self.process = process
        self.disk = disk
        self.stored = stored
        self.durable = durable
    }

    func value(
        for key: [UInt8], in table: StoreTable
    ) async throws(StorageError) -> [UInt8]? {
        try checkOpen()
        return try await durable.value(for: key, in: table)
    }

    func entries(
        prefix: [UInt8], after: [UInt8]?, limit: Int, in table: StoreTable
    ) async throws(StorageError) -> [StoreEntry] {
        try checkOpen()
        return try await durable.entries(prefix: prefix, after: after, limit: limit, in: table)
    }

    func commit(_ batch: WriteBatch) async throws(StorageError) {
        try checkOpen()
        guard await passDisk(batch) else { throw .closed }
        let stored = stored.object
        stored.applying += 1
        defer { stored.applying -= 1 }
        try await durable.commit(batch)
        network.object.scheduler.statistics.commits &+= 1
        network.object.record(.commit, UInt64(batch.operations.count), 0)
    }

    func close() { isClosed = true }

    private func checkOpen() throws(StorageError) {
        guard !isClosed, process.own("a store was used")?.isAlive == true else { throw .closed }
    }

    /// Waits for the disk; `false` when the node crashed before it was done.
    private func passDisk(_ batch: WriteBatch) async -> Bool {
        let latency = Latency.nanoseconds(disk.object.commitLatency)
        guard latency > 0 else { return true }
        return await withCheckedContinuation { continuation in
            let network = network.object
            let process = process.object
            let stored = stored.object
            let id = network.makeID()
            let pending = PendingCommit(store: stored, batch: batch) {
                continuation.resume(returning: $0)
            }
            process.pendingCommits[id] = pending
            // One writer at a time, so commits follow each other.
            let done = max(network.now, stored.busyUntil) &+ latency
            stored.busyUntil = done
            pending.timer = network.scheduler.schedule(at: done) {
                process.pendingCommits[id] = nil
                pending.completion?(true)
                pending.completion = nil
            }
        }
    }
}

extension ProcessModel {
    /// Decides what becomes of the commits under way: a prefix of them, drawn from the seed,
    /// becomes durable.
    func loseCommits(_ network: NetworkModel) {
        let pending = pendingCommits.sorted { $0.key < $1.key }.map(\.value)
        pendingCommits.removeAll()
        guard !pending.isEmpty else { return }
        let surviving = Int(network.generator.next(below: UInt64(pending.count + 1)))
        for (index, commit) in pending.enumerated() {
            if let timer = commit.timer { network.scheduler.cancel(timer) }
            if index < surviving {
                commit.store.survivors.append(commit.batch)
                network.scheduler.statistics.commits &+= 1
                network.record(.commit, UInt64(commit.batch.operations.count), 1)
            } else {
                network.scheduler.statistics.commitsLost &+= 1
                network.record(.commitLost, UInt64(commit.batch.operations.count), 0)
            }
            commit.completion?(false)
            commit.completion = nil
        }
    }
}
