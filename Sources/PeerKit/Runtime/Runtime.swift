/// Everything a node takes from the outside world: time, randomness, tasks, network and storage.
///
/// A node never reaches for a clock, a socket or a thread itself; it asks its runtime. So the same
/// code runs on real sockets (``Runtime/live``) and, unchanged, in a deterministic simulation
/// (``Runtime/simulated(seed:)``).
///
/// Rules for code that runs on a runtime: start tasks only with ``TaskScope``, sleep only with
/// ``sleep(for:)``, draw randomness only from ``random``, and let no order of a `Set` or a
/// `Dictionary` be seen from outside.
public struct Runtime: Sendable {
    /// Monotonic and wall-clock time.
    public let clock: any RuntimeClock
    /// Randomness for keys, nonces and jitter.
    public let random: any RandomSource
    /// Where actors and tasks run.
    public let executors: any ExecutorProvider
    /// Streams and datagrams.
    public let network: any Network
    /// Key-value storage.
    public let storage: any StorageProvider

    /// Composes a runtime from its parts.
    public init(
        clock: any RuntimeClock, random: any RandomSource, executors: any ExecutorProvider,
        network: any Network, storage: any StorageProvider
    ) {
        self.clock = clock
        self.random = random
        self.executors = executors
        self.network = network
        self.storage = storage
    }
}

/// The time sources of a runtime.
public protocol RuntimeClock: Sendable {
    /// Monotonic time; the only one that decisions are taken on.
    var now: Instant { get }
    /// Nanoseconds since 1970-01-01 00:00 UTC. May jump, may be wrong: for records that leave the
    /// machine only.
    var unixNanoseconds: UInt64 { get }
}

/// A source of random numbers that may be shared between actors.
public protocol RandomSource: Sendable {
    /// The next 64 random bits.
    func next() -> UInt64
    /// `count` random bytes, fit for keys (in a simulation: from the seed).
    func bytes(_ count: Int) -> [UInt8]
}

/// Lets a ``RandomSource`` be used where the standard library wants a generator.
public struct RuntimeGenerator: RandomNumberGenerator, Sendable {
    private let source: any RandomSource
    /// Wraps `source`.
    public init(_ source: any RandomSource) { self.source = source }
    /// The source's next 64 bits.
    public mutating func next() -> UInt64 { source.next() }
}

/// Opens the stores of a node.
public protocol StorageProvider: Sendable {
    /// Opens (creating it if needed) the store called `name` under the node's home.
    func openStore(_ name: String) async throws -> any KeyValueStore
}
