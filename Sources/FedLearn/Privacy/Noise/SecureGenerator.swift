import PeerKit

/// A cryptographic random generator: ChaCha20 with fast key erasure.
///
/// Noise that protects privacy must be as hard to predict as a key: whoever can guess it subtracts it.
/// The key comes from the runtime's source of randomness (the system's in production, the seed in a
/// simulation), or from a test. Every refill replaces the key by the first bytes of its own stream, so
/// that a memory dump does not reveal noise of the past (Bernstein 2017, "Fast-key-erasure random
/// number generators").
///
/// A copy repeats the sequence; never draw noise twice from copies of one generator.
public struct SecureGenerator: RandomNumberGenerator, Sendable {
    /// Bytes of the key.
    public static let keyByteCount = Sodium.chacha20KeyByteCount

    private static let nonce = [UInt8](repeating: 0, count: Sodium.chacha20NonceByteCount)
    private static let keyWords = 4
    private static let wordCount = keyWords + 1020

    private var words: [UInt64]
    private var position: Int

    /// Creates the generator of a key; equal keys give equal sequences on every machine.
    ///
    /// - Precondition: `key` has ``keyByteCount`` bytes, which nobody else knows.
    public init(key: [UInt8]) {
        precondition(key.count == Self.keyByteCount, "a key of \(key.count) bytes")
        words = [UInt64](repeating: 0, count: Self.wordCount)
        position = Self.wordCount
        words.withUnsafeMutableBytes { target in
            for (index, byte) in key.enumerated() { target[index] = byte }
        }
    }

    /// Creates a generator keyed by the runtime's randomness.
    public init(from source: some RandomSource) {
        self.init(key: source.bytes(Self.keyByteCount))
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        if position == Self.wordCount { refill() }
        defer { position += 1 }
        let word = words[position]
        // What has been handed out is not kept.
        words[position] = 0
        return UInt64(littleEndian: word)
    }

    /// `count` random bytes.
    public mutating func bytes(count: Int) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count + 8)
        while result.count < count {
            withUnsafeBytes(of: next().littleEndian) { result.append(contentsOf: $0) }
        }
        result.removeLast(result.count - count)
        return result
    }

    private mutating func refill() {
        var key = [UInt8](repeating: 0, count: Self.keyByteCount)
        words.withUnsafeMutableBytes { buffer in
            key.withUnsafeMutableBytes {
                $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<$0.count]))
            }
            key.withUnsafeBytes {
                Sodium.chacha20KeyStream(into: buffer, key: $0, nonce: Self.nonce)
            }
        }
        Sodium.wipe(&key)
        position = Self.keyWords
    }
}
