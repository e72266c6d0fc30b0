import NIOCore
import NIOPosix

/// An event loop as serial executor and task executor in one.
///
/// An actor pinned with NIO's own `eventLoop.executor` is isolated just as well, but a task that
/// resumes on it passes through the global pool first: two thread switches for every wake.
final class LoopExecutor: RuntimeExecutor {
    let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute {
            job.runSynchronously(
                isolatedTo: self.asUnownedSerialExecutor(),
                taskExecutor: self.asUnownedTaskExecutor())
        }
    }

    func checkIsolated() { loop.preconditionInEventLoop() }

    func isIsolatingCurrentContext() -> Bool? { loop.inEventLoop }

    var now: Instant { Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds) }

    func schedule(at deadline: Instant, _ body: @escaping @Sendable () -> Void) -> TimerToken {
        let scheduled = loop.scheduleTask(
            deadline: .uptimeNanoseconds(min(deadline.nanoseconds, UInt64(Int64.max))), body)
        return TimerToken { scheduled.cancel() }
    }

    func execute(_ body: @escaping @Sendable () -> Void) { loop.execute(body) }
}

/// One ``LoopExecutor`` for each event loop of the process, alive as long as the process.
final class LoopExecutors: ExecutorProvider {
    static let shared = LoopExecutors(group: .singleton)

    let group: MultiThreadedEventLoopGroup
    private let executors: [LoopExecutor]
    private let byLoop: [ObjectIdentifier: LoopExecutor]

    private init(group: MultiThreadedEventLoopGroup) {
        self.group = group
        executors = group.makeIterator().map(LoopExecutor.init)
        byLoop = Dictionary(
            uniqueKeysWithValues: executors.map { (ObjectIdentifier($0.loop), $0) })
    }

    var home: any RuntimeExecutor { executors[0] }

    func next() -> any RuntimeExecutor { executor(of: group.next()) }

    func executor(of loop: any EventLoop) -> LoopExecutor {
        guard let executor = byLoop[ObjectIdentifier(loop)] else {
            preconditionFailure("event loop \(loop) is not one of the runtime's")
        }
        return executor
    }

    func compute<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await NIOThreadPool.singleton.runIfActive(body)
    }
}
