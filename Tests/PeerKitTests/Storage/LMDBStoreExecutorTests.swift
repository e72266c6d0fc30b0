import NIOPosix
import Testing

@testable import PeerKit

@Suite("LMDB store's thread") struct LMDBStoreExecutorTests {
    /// A task executor on a thread of its own, such as a connection's tasks prefer.
    private final class OtherThread: TaskExecutor {
        private let pool = NIOThreadPool(numberOfThreads: 1)
        init() { pool.start() }
        deinit { pool.shutdownGracefully(queue: .global()) { _ in } }
        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            pool.submit { _ in job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    @Test("work never runs on the thread that the caller's task prefers")
    func staysOnItsThread() async throws {
        let directory = try TemporaryDirectory()
        let store = try await LMDBStore.open(at: directory.file("store"))
        let other = OtherThread()
        let threads = try await Task(executorPreference: other) {
            var threads: [(caller: UInt, store: UInt)] = []
            for key in UInt8(0)..<10 {
                let before = currentThread()
                let inside = await store.threadOfIsolation()
                try await store.put([key], for: [key], in: "a")
                threads.append((before, inside))
                // Back on the preferred thread, or the test would compare nothing.
                #expect(currentThread() == before)
            }
            return threads
        }.value
        let elsewhere = await store.threadOfIsolation()
        #expect(Set(threads.map(\.caller)).count == 1)
        #expect(Set(threads.map(\.store)) == [elsewhere])
        #expect(threads.allSatisfy { $0.caller != $0.store })
        await store.close()
    }

    @Test("two stores have two threads")
    func threadPerStore() async throws {
        let directory = try TemporaryDirectory()
        let first = try await LMDBStore.open(at: directory.file("1"))
        let second = try await LMDBStore.open(at: directory.file("2"))
        let threads = await (first.threadOfIsolation(), second.threadOfIsolation())
        #expect(threads.0 != threads.1)
        await first.close()
        await second.close()
    }

    @Test("stores come and go without being closed, from many tasks")
    func churn() async throws {
        let directory = try TemporaryDirectory()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<16 {
                group.addTask {
                    let path = directory.file("store-\(index)")
                    let store = try await LMDBStore.open(at: path)
                    try await store.put([1], for: [1], in: "a")
                }
            }
            try await group.waitForAll()
        }
        #expect(try directory.names().count == 16)
    }
}

extension LMDBStore {
    fileprivate func threadOfIsolation() -> UInt {
        assertIsolated()
        return currentThread()
    }
}
