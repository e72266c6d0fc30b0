import Dispatch
import NIOPosix

/// A serial executor with one thread of its own.
///
/// Committing waits for the disk, milliseconds at best. On the shared pool that would hold up
/// unrelated tasks, on an event loop every connection of that loop; here it holds up nobody. LMDB
/// also ties a write transaction to the thread that began it, which one thread settles.
///
/// The thread ends with the last reference to the executor. `unownedExecutor` of an actor keeps
/// none, so the actor must store its executor.
package final class StorageThread: SerialExecutor {
    private let pool = NIOThreadPool(numberOfThreads: 1)

    /// Starts the thread.
    package init() { pool.start() }

    deinit {
        // Nothing is queued: every queued job holds `self`. The last reference may well end on the
        // pool's own thread, so the thread is joined elsewhere.
        pool.shutdownGracefully(queue: .global()) { _ in }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pool.submit { _ in job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
