import Crypto
import PeerKit

/// Masks: the ChaCha20 key stream (RFC 8439, counter from 0) of a key and a round, read as
/// little-endian words.
///
/// The nonce is four zero bytes and the round as a little-endian `UInt64`. Keys are of one round
/// already; the nonce keeps masks apart should one ever be used twice.
public enum MaskStream {
    /// Whether a mask is put on or taken off.
    public enum Operation: Sendable {
        /// Modulo 2^32.
        case add
        /// Modulo 2^32.
        case subtract
    }

    /// Words that are made at a time: 16 KiB, so that the stream stays in the first-level cache.
    private static let chunkWords = 4096

    /// Adds or subtracts the mask of `key`.
    ///
    /// - Precondition: the key has 32 bytes.
    /// - Complexity: O(*words*), at the speed of ChaCha20.
    public static func apply(
        _ operation: Operation, key: SymmetricKey, round: Int, to words: inout [UInt32]
    ) {
        let nonce = nonce(round: round)
        let count = words.count
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: chunkWords) { chunk in
            words.withUnsafeMutableBufferPointer { target in
                key.withUnsafeBytes { key in
                    var start = 0
                    while start < count {
                        let length = min(chunkWords, count - start)
                        let stream = UnsafeMutableRawBufferPointer(
                            start: chunk.baseAddress, count: 4 * length)
                        Sodium.chacha20KeyStream(
                            into: stream, key: key, nonce: nonce,
                            block: UInt32(start / (Sodium.chacha20BlockByteCount / 4)))
                        combine(operation, chunk, to: target, from: start, count: length)
                        start += length
                    }
                }
            }
        }
    }

    private static func combine(
        _ operation: Operation, _ mask: UnsafeMutableBufferPointer<UInt32>,
        to target: UnsafeMutableBufferPointer<UInt32>, from start: Int, count: Int
    ) {
        guard let source = mask.baseAddress, let base = target.baseAddress else { return }
        let destination = base + start
        var index = 0
        switch operation {
        case .add:
            while index < count {
                destination[index] = destination[index] &+ UInt32(littleEndian: source[index])
                index += 1
            }
        case .subtract:
            while index < count {
                destination[index] = destination[index] &- UInt32(littleEndian: source[index])
                index += 1
            }
        }
    }

    private static func nonce(round: Int) -> [UInt8] {
        var nonce = [UInt8](repeating: 0, count: Sodium.chacha20NonceByteCount)
        withUnsafeBytes(of: UInt64(clamping: round).littleEndian) {
            for (index, byte) in $0.enumerated() { nonce[4 + index] = byte }
        }
        return nonce
    }
}
