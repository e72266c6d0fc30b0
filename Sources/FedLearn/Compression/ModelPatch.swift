/// The difference between two models' bits: lossless, for members that have the older one.
///
/// After one more round of training the upper bits of most parameters are what they were, so the
/// exclusive or of old and new begins with zeros, which are not sent.
public struct ModelPatch: Hashable, Sendable {
    /// Old exclusive-or new, bit pattern by bit pattern.
    public let bits: [UInt32]

    /// The way from `base` to `new`.
    ///
    /// - Throws: ``CompressionError/wrongLength(found:expected:)``.
    public init(from base: [Float], to new: [Float]) throws(CompressionError) {
        guard new.count == base.count else {
            throw .wrongLength(found: new.count, expected: base.count)
        }
        bits = zip(base, new).map { $0.bitPattern ^ $1.bitPattern }
    }

    init(bits: [UInt32]) { self.bits = bits }

    /// The newer model, bit for bit.
    ///
    /// - Throws: ``CompressionError/wrongLength(found:expected:)``; ``CompressionError/notFinite`` when
    ///   the base is another than the patch was made from and the result is no model.
    public func applied(to base: [Float]) throws(CompressionError) -> [Float] {
        guard base.count == bits.count else {
            throw .wrongLength(found: base.count, expected: bits.count)
        }
        let result = zip(base, bits).map { Float(bitPattern: $0.bitPattern ^ $1) }
        guard VectorKernels.isFinite(result) else { throw .notFinite }
        return result
    }
}

/// The bytes of model patches.
///
/// Version 1: one byte version, the number of words as a varint, how many bytes each word has without
/// its leading zeros (three bits each), those bytes, lowest first.
public enum ModelPatchCodec {
    static let version: UInt8 = 1

    /// The bytes of a patch.
    public static func encode(_ patch: ModelPatch) -> [UInt8] {
        var out = WireWriter()
        out.byte(version)
        out.varint(patch.bits.count)
        var lengths = BitWriter()
        for word in patch.bits { lengths.append(length(word), bits: 3) }
        out.append(lengths.finish())
        for word in patch.bits {
            for index in 0..<length(word) {
                out.byte(UInt8(truncatingIfNeeded: word >> UInt32(8 * index)))
            }
        }
        return out.bytes
    }

    /// Reads a patch for models of exactly `dimension` parameters.
    public static func decode(
        _ bytes: [UInt8], dimension: Int
    ) throws(WireError) -> ModelPatch {
        var reader = WireReader(bytes)
        let version = try reader.byte()
        guard version == Self.version else { throw .unknownVersion(version) }
        let count = try reader.varint(limit: CompressionLimits.maximumDimension)
        guard count == dimension else { throw .outOfRange }
        var lengths = BitReader(try reader.take((3 * count + 7) / 8))
        var words: [UInt32] = []
        words.reserveCapacity(count)
        for _ in 0..<count {
            let length = try lengths.read(bits: 3)
            guard length <= 4 else { throw .outOfRange }
            let word = try reader.take(length).reversed().reduce(0 as UInt32) {
                $0 << 8 | UInt32($1)
            }
            guard Self.length(word) == length else { throw .notCanonical }
            words.append(word)
        }
        try lengths.finish()
        try reader.finish()
        return ModelPatch(bits: words)
    }

    private static func length(_ word: UInt32) -> Int { (39 - word.leadingZeroBitCount) / 8 }
}
