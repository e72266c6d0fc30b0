import Crypto

/// xoshiro256** (Blackman, Vigna 2018), seeded through SHA-256.
///
/// Integers only, so its numbers are the same on every machine. Each use has a label of its own:
/// drawing more numbers for one purpose does not shift those of another.
struct SimulationGenerator: RandomNumberGenerator, Sendable {
    private var s0, s1, s2, s3: UInt64

    /// The generator called `label` of a simulation with `seed`.
    init(seed: UInt64, label: String) {
        var hash = SHA256()
        var little = seed.littleEndian
        withUnsafeBytes(of: &little) { hash.update(bufferPointer: $0) }
        hash.update(data: Array(label.utf8))
        var words: [UInt64] = []
        var word: UInt64 = 0
        for (index, byte) in hash.finalize().enumerated() {
            word |= UInt64(byte) << UInt64(8 * (index % 8))
            if index % 8 == 7 {
                words.append(word)
                word = 0
            }
        }
        // An all-zero state, which the generator cannot leave, would need a SHA-256 of zero.
        (s0, s1, s2, s3) = (words[0], words[1], words[2], words[3])
    }

    mutating func next() -> UInt64 {
        let product = s1 &* 5
        let result = ((product << 7) | (product >> 57)) &* 9
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = (s3 << 45) | (s3 >> 19)
        return result
    }

    /// A number below `bound`, which must be positive. The bias is below `bound` / 2⁶⁴.
    mutating func next(below bound: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: bound).high
    }

    /// Whether an event of `probability` happens.
    mutating func happens(_ probability: Double) -> Bool {
        guard probability > 0 else { return false }
        return Double(next() >> 11) * 0x1p-53 < probability
    }
}
