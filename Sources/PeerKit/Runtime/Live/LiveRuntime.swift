import CMalloc
import CSodium
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension Runtime {
    /// Real sockets and clocks; stores are kept in memory and end with the process.
    public static let live = Runtime.live(storage: VolatileStorage())

    /// Real sockets and clocks; stores lie in the directory `home`.
    public static func live(home: String) -> Runtime {
        live(storage: LMDBStorage(directory: home))
    }

    /// Real sockets and clocks with storage of your own.
    public static func live(storage: any StorageProvider) -> Runtime {
        Runtime(
            clock: LiveClock(), random: SystemRandom(), executors: LoopExecutors.shared,
            network: LiveNetwork(), storage: storage)
    }
}

/// The system's clocks.
struct LiveClock: RuntimeClock {
    var now: Instant { Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds) }

    var unixNanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// libsodium's generator, seeded by the kernel.
struct SystemRandom: RandomSource {
    init() { Sodium.start() }

    func next() -> UInt64 {
        UInt64(randombytes_random()) << 32 | UInt64(randombytes_random())
    }

    func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let base = buffer.baseAddress { randombytes_buf(base, count) }
            initialized = count
        }
    }
}

/// Stores that live in memory, one for each name.
final class VolatileStorage: StorageProvider {
    func openStore(_ name: String) async throws -> any KeyValueStore { MemoryStore() }
}

/// LMDB environments below one directory.
struct LMDBStorage: StorageProvider {
    let directory: String

    func openStore(_ name: String) async throws -> any KeyValueStore {
        try await LMDBStore.open(at: "\(directory)/\(name)")
    }
}

extension Runtime {
    /// How many event loops suit a process that is a peer: half the cores, at least one.
    ///
    /// A node's own actors live on one loop. What connections on other loops carry must change
    /// threads to reach them, which for a small message costs more than all that is done with it:
    /// on two cores a gossip message cost a peer with one loop two thirds of the CPU time that it
    /// cost one with two, and a quarter of the context switches. The other half of the cores is left
    /// for computation, which never runs on a loop.
    public static var suitableLoopCount: Int { max(1, System.coreCount / 2) }

    /// Sets how many event loops the process has. Without this call there is one for each core.
    ///
    /// Executables call it once, before any socket is opened; afterwards it would come too late,
    /// and traps. A library does not impose it on its host.
    public static func setLoopCount(_ count: Int) {
        NIOSingletons.groupLoopCountSuggestion = count
    }

    /// Keeps glibc from giving memory back to the kernel after every large frame.
    ///
    /// Sockets and ciphers allocate and free buffers of 64 to 512 KiB at a high rate; with the
    /// default thresholds a third of the time goes to page faults. Executables call this first
    /// thing; a library does not impose it on its host.
    public static func tuneAllocatorForThroughput() {
        #if canImport(Glibc)
        _ = mallopt(M_TRIM_THRESHOLD, 100_000_000)
        _ = mallopt(M_TOP_PAD, 1_000_000)
        // Setting either of the above freezes this one at its initial 128 KiB, beyond which every
        // allocation is a mapping of its own with fresh pages. 32 MiB is the most glibc takes.
        _ = mallopt(M_MMAP_THRESHOLD, 32 << 20)
        #endif
    }
}
