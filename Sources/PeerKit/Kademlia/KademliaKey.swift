import Crypto

/// A point of the key space: 256 bits, where peers and content alike are placed by SHA-256.
///
/// Source: libp2p specs, kad-dht, "Distance".
public struct KademliaKey: Hashable, Sendable, Comparable {
    /// Length in bits.
    static let bitCount = 256

    // Four words, the most significant first: distances are compared far more often than printed.
    private let word0: UInt64
    private let word1: UInt64
    private let word2: UInt64
    private let word3: UInt64

    private init(_ word0: UInt64, _ word1: UInt64, _ word2: UInt64, _ word3: UInt64) {
        self.word0 = word0
        self.word1 = word1
        self.word2 = word2
        self.word3 = word3
    }

    /// Where the content or the record with `key` belongs.
    public init(hashing key: [UInt8]) {
        self = SHA256.hash(data: key).withUnsafeBytes { digest in
            KademliaKey(
                UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
                UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 24, as: UInt64.self)))
        }
    }

    /// Where `peer` stands.
    public init(_ peer: PeerID) { self.init(hashing: peer.bytes) }

    /// The 32 bytes, big-endian.
    public var bytes: [UInt8] {
        [word0, word1, word2, word3].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
        }
    }

    /// XOR of the two: symmetric, zero only from a key to itself. Distances compare like keys.
    public func distance(to other: KademliaKey) -> KademliaKey {
        KademliaKey(
            word0 ^ other.word0, word1 ^ other.word1, word2 ^ other.word2, word3 ^ other.word3)
    }

    /// How many leading bits the two have in common, 256 for equal ones.
    public func commonPrefixLength(with other: KademliaKey) -> Int {
        let distance = distance(to: other)
        if distance.word0 != 0 { return distance.word0.leadingZeroBitCount }
        if distance.word1 != 0 { return 64 + distance.word1.leadingZeroBitCount }
        if distance.word2 != 0 { return 128 + distance.word2.leadingZeroBitCount }
        return 192 + distance.word3.leadingZeroBitCount
    }

    /// Compares the two as numbers.
    public static func < (lhs: KademliaKey, rhs: KademliaKey) -> Bool {
        if lhs.word0 != rhs.word0 { return lhs.word0 < rhs.word0 }
        if lhs.word1 != rhs.word1 { return lhs.word1 < rhs.word1 }
        if lhs.word2 != rhs.word2 { return lhs.word2 < rhs.word2 }
        return lhs.word3 < rhs.word3
    }
}

extension KademliaKey {
    /// Bytes whose hash shares exactly `prefixLength` leading bits with this key, to look up when
    /// that part of the key space is to be explored: peers hash what they are asked for, so a
    /// point cannot be named but by something that hashes to it.
    ///
    /// - Parameter prefixLength: At most ``KademliaLimits/maximumRefreshedPrefix``.
    /// - Complexity: 2^(`prefixLength` + 1) hashes on average.
    func preimage(
        sharing prefixLength: Int, using generator: inout some RandomNumberGenerator
    ) -> [UInt8]? {
        var bytes: [UInt8] = []
        for _ in 0..<4 {
            withUnsafeBytes(of: generator.next().littleEndian) { bytes.append(contentsOf: $0) }
        }
        // Sixteen times the expected number: fails once in nine million tries.
        for counter in 0..<(UInt32(32) << min(UInt32(max(prefixLength, 0)), 16)) {
            withUnsafeBytes(of: counter.littleEndian) { bytes.replaceSubrange(0..<4, with: $0) }
            if KademliaKey(hashing: bytes).commonPrefixLength(with: self) == prefixLength {
                return bytes
            }
        }
        return nil
    }
}
