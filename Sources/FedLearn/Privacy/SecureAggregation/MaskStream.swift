import CTensor
import Crypto

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

    /// The most words of one mask: the stream's block counter has 32 bits, a block 16 words.
    static let largestCount = 1 << 36

    /// Adds or subtracts the mask of `key`, which is never in memory as a whole.
    ///
    /// - Precondition: the key has 32 bytes.
    /// - Complexity: O(*words*), at the speed of ChaCha20.
    public static func apply(
        _ operation: Operation, key: SymmetricKey, round: Int, to words: inout [UInt32]
    ) {
        apply(operation, key: key, round: round, to: &words, form: VectorKernels.bestForm)
    }

    static func apply(
        _ operation: Operation, key: SymmetricKey, round: Int, to words: inout [UInt32],
        form: ctensor_form
    ) {
        precondition(words.count <= largestCount, "a mask of \(words.count) words")
        let nonce = nonce(round: round)
        words.withUnsafeMutableBufferPointer { target in
            key.withUnsafeBytes { key in
                precondition(key.count == 32, "a key of \(key.count) bytes")
                ctensor_add_key_stream(
                    key.bindMemory(to: UInt8.self).baseAddress, nonce,
                    operation == .subtract ? 1 : 0, target.baseAddress, target.count, form)
            }
        }
    }

    private static func nonce(round: Int) -> [UInt8] {
        var nonce = [UInt8](repeating: 0, count: 12)
        withUnsafeBytes(of: UInt64(clamping: round).littleEndian) {
            for (index, byte) in $0.enumerated() { nonce[4 + index] = byte }
        }
        return nonce
    }
}
