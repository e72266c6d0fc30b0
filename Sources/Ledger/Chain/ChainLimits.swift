/// Limits of blocks and of what may be asked about them.
public enum ChainLimits {
    /// Bytes of an encoded block. At 16 gas a byte, 60 million gas pay for less than 4 MiB of call
    /// data; the rest is room for other gas limits.
    public static let blockBytes = 32 << 20
    /// Bytes of a header's extra data (Yellow Paper, §4.4.3).
    public static let extraDataBytes = 32
    /// The least gas limit of a block (Yellow Paper, §4.4.4).
    public static let minimumGasLimit: UInt64 = 5000
    /// The greatest, so that gas fits into signed integers (EIP-1985).
    public static let maximumGasLimit: UInt64 = 1 << 63 - 1
    /// A gas limit differs from its parent's by less than a part in so many.
    public static let gasLimitBoundDivisor: UInt64 = 1024
    /// How far back BLOCKHASH sees.
    public static let ancestors: UInt64 = 256
    /// Blocks whose state can be asked for, if nothing else is configured. As in geth: enough for
    /// clients that pin a block for a few reads, at 1 KB per touched account on disk.
    public static let historyBlocks: UInt64 = 128
    /// Changed accounts and slots that a proof for an older block may have to take back. At 10 µs
    /// each, a second.
    public static let proofChanges = 100_000
    /// Slots in one request for a proof, as in geth.
    public static let proofSlots = 1024
    /// Logs in one answer, as providers limit it; about 2 MB of JSON.
    public static let logResults = 10_000
    /// Blocks whose headers a search for logs may look at: a second at 2 µs each.
    public static let logBlocks: UInt64 = 500_000
    /// Addresses, and alternatives for a topic, in a filter (geth: 1000).
    public static let filterAlternatives = 1000
    /// Gas of a call without a transaction, as in geth.
    public static let callGas: UInt64 = 50_000_000
    /// Gas of a call at the start or the end of a block (EIP-4788, 2935, 7002, 7251).
    public static let systemCallGas: Int64 = 30_000_000
    /// Accounts of a genesis file: one of 2²⁰ has some 100 MB.
    public static let genesisAccounts = 1 << 20
    /// Events that wait for a subscriber, who loses the oldest beyond.
    public static let pendingEvents = 1024
}
