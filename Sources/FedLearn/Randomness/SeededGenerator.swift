/// The project's pseudo-random generator: xoshiro256++ seeded through SplitMix64.
///
/// Everything random that ends in a model (initial weights, shuffles, partitions) comes from here and
/// from the distributions beside it, never from the standard library's `random(in:using:)`, whose
/// algorithms may change between versions. Not for secrets.
///
/// Source: Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators" (2021), and their
/// public-domain reference code, whose outputs the tests repeat.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// Creates the generator for a seed; equal seeds give equal sequences on every machine.
    public init(seed: UInt64) {
        var mixer = SplitMix64(state: seed)
        state = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
    }

    /// Creates a generator from several numbers, for instance a task's seed, a round and a member.
    ///
    /// Sequences of different tuples are unrelated: each number is mixed before the next is added.
    public init(seeds: UInt64...) {
        var mixed: UInt64 = 0
        for seed in seeds {
            var mixer = SplitMix64(state: mixed ^ seed)
            mixed = mixer.next()
        }
        self.init(seed: mixed)
    }

    /// Creates a generator with an explicit state, which must not be all zero.
    init(state: (UInt64, UInt64, UInt64, UInt64)) {
        precondition(state != (0, 0, 0, 0), "the all-zero state never changes")
        self.state = state
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        let sum = state.0 &+ state.3
        let result = (sum << 23 | sum >> 41) &+ state.0
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 << 45 | state.3 >> 19
        return result
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): spreads a seed of any quality over a larger state.
struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
