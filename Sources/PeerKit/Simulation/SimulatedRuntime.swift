/// Virtual monotonic time and a wall clock that may be set wrong.
struct SimulatedClock: RuntimeClock {
    /// 2026-01-01 00:00 UTC, when every simulation begins.
    static let start: UInt64 = 1_767_225_600_000_000_000
    let clock: VirtualClock
    let skew: Confined<SkewModel>

    var now: Instant { clock.now }
    var unixNanoseconds: UInt64 {
        let skew = skew.own("the wall clock was read")?.nanoseconds ?? 0
        let (time, overflow) = (Self.start &+ clock.nanoseconds)
            .addingReportingOverflow(UInt64(bitPattern: skew))
        // Two's complement: a negative skew overflows by right.
        return overflow == (skew < 0) ? time : (skew < 0 ? 0 : .max)
    }
}

/// How wrong a node's wall clock is.
final class SkewModel {
    var nanoseconds: Int64 = 0
}

/// A node's randomness: from the simulation's seed and the node's name, so that other nodes do not
/// change it. It goes on where it was after a restart, for a new key must not repeat an old one.
struct SimulatedRandom: RandomSource {
    let model: Confined<RandomModel>

    func next() -> UInt64 {
        model.own("a random number was drawn")?.generator.next() ?? 0
    }

    func bytes(_ count: Int) -> [UInt8] {
        guard let model = model.own("random bytes were drawn") else {
            return [UInt8](repeating: 0, count: max(count, 0))
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(max(count, 0))
        while bytes.count < count {
            var word = model.generator.next()
            for _ in 0..<min(8, count - bytes.count) {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        return bytes
    }
}

/// The generator behind a ``SimulatedRandom``.
final class RandomModel {
    var generator: SimulationGenerator
    init(_ generator: SimulationGenerator) { self.generator = generator }
}

/// The executors of one simulated node.
struct SimulatedExecutors: ExecutorProvider {
    let process: Confined<ProcessModel>
    let executor: SimulatedExecutor
    /// Virtual time that each computation is charged with.
    let computeTime: Duration
    /// Keeps the simulation of a runtime that stands alone.
    var keeper: Simulation?

    var home: any RuntimeExecutor { executor }
    func next() -> any RuntimeExecutor {
        process.own("an executor was asked for")?.nextExecutor() ?? executor
    }

    func compute<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        let result = try body()
        if computeTime > .zero {
            await withCheckedContinuation { continuation in
                executor.pass(computeTime) { continuation.resume() }
            }
        }
        return result
    }
}
