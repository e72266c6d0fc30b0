/// Every bound of the mempool, with its reason.
public struct MempoolLimits: Sendable, Equatable {
    /// Transactions in all: a dozen full blocks of transfers at 30 million gas.
    public var maximumTransactions = 16_384
    /// Bytes in all of their encodings; what the pool costs in memory is about twice this.
    public var maximumBytes = 64 << 20
    /// Transactions of one sender: more than a person or a deployment script has in flight.
    public var maximumPerSender = 64
    /// Bytes of one sender's, so that 64 large ones are no way around the limit above.
    public var maximumBytesPerSender = 1 << 20
    /// Bytes of one transaction, as geth has it: four slots of 32 KiB.
    public var maximumTransactionBytes = 128 << 10
    /// How long a transaction may wait; geth's lifetime of what is queued.
    public var lifetime = Duration.seconds(3 * 3600)
    /// Percent by which both fees of a replacement must be higher; at least 1 wei.
    public var priceBump: UInt64 = 10
    /// Wei that a sender must have, beyond what its transactions cost. A chain without fees may ask
    /// for some, so that accounts out of nothing are worth nothing.
    public var minimumBalance = UInt256.zero
    /// What a sender may ask for in gas within a short time; `nil`: as much as it likes.
    public var admission: Admission? = Admission()
    /// Listeners for events at once: miner, RPC and a few.
    public var maximumListeners = 16
    /// Events that wait for a listener; a listener that is later than this misses some.
    public var listenerBacklog = 8192

    /// A token bucket for each sender, counted in gas limits: where gas costs nothing, this is what
    /// keeps one account from filling every block.
    public struct Admission: Sendable, Equatable {
        /// Gas at once: four blocks' worth.
        public var burst: UInt64 = 120_000_000
        /// Gas per second afterwards: a quarter of a block.
        public var gasPerSecond: UInt64 = 7_500_000

        /// The default.
        public init() {}
    }

    /// The defaults.
    public init() {}

    /// What a sender takes of the pool, in bytes: a transaction counts as its share of them at least.
    func weight(count: Int, bytes: Int) -> Int {
        max(count * max(1, maximumBytes / max(1, maximumTransactions)), bytes)
    }
}
