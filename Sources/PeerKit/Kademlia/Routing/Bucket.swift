/// One bucket of the table, by the number of bits that its peers' keys share with the node's.
///
/// The shell around ``BucketMachine``. It lives on the node's home executor, as the table does, so
/// the table looks into all of its buckets within a turn.
actor Bucket {
    private nonisolated let executor: any RuntimeExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    nonisolated let prefixLength: Int
    var machine: BucketMachine
    /// When the range was last looked up.
    var lastRefreshed: Instant?

    init(prefixLength: Int, machine: BucketMachine, executor: any RuntimeExecutor) {
        self.prefixLength = prefixLength
        self.machine = machine
        self.executor = executor
    }
}
