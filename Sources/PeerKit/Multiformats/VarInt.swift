import struct NIOCore.ByteBuffer

/// Why bytes are not an unsigned varint of the multiformats specification.
public enum VarIntError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes end inside the varint.
    case truncated
    /// More than ``VarInt/maximumByteCount`` bytes.
    case tooLong
    /// The last byte is zero although more than one byte is used: a shorter encoding exists.
    case notMinimal

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .truncated: "the bytes end inside a varint"
        case .tooLong: "a varint is longer than \(VarInt.maximumByteCount) bytes"
        case .notMinimal: "a varint is not in its shortest form"
        }
    }
}

/// Unsigned LEB128 integers as the multiformats specification restricts them: at most nine bytes
/// (so values below 2^63) and always in the shortest form.
///
/// Source: https://github.com/multiformats/unsigned-varint
public enum VarInt {
    /// The longest allowed encoding.
    public static let maximumByteCount = 9
    /// The largest value that fits in ``maximumByteCount`` bytes.
    public static let maximumValue: UInt64 = 1 << 63 - 1

    /// The encoding of `value`, which must not exceed ``maximumValue``.
    public static func encode(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return bytes
    }

    /// Appends the encoding of `value`, which must not exceed ``maximumValue``.
    public static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        precondition(value <= maximumValue, "varints hold values below 2^63, not \(value)")
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// How many bytes ``encode(_:)`` needs for `value`.
    public static func encodedByteCount(_ value: UInt64) -> Int {
        max(1, (UInt64.bitWidth - value.leadingZeroBitCount + 6) / 7)
    }

    /// Takes a varint off the front of `bytes`. On an error `bytes` is unchanged.
    public static func decode(
        _ bytes: inout ArraySlice<UInt8>
    ) throws(VarIntError) -> UInt64 {
        guard let (value, byteCount) = try parse(bytes) else { throw .truncated }
        bytes = bytes.dropFirst(byteCount)
        return value
    }

    /// Decodes the varint at the front of `bytes` and says how many bytes it took.
    public static func decode(
        _ bytes: [UInt8]
    ) throws(VarIntError) -> (value: UInt64, byteCount: Int) {
        guard let result = try parse(bytes) else { throw .truncated }
        return result
    }

    /// The varint at the front of `bytes`; `nil` when more bytes are needed to tell.
    static func parse(
        _ bytes: some Sequence<UInt8>
    ) throws(VarIntError) -> (value: UInt64, byteCount: Int)? {
        var value: UInt64 = 0
        var byteCount = 0
        for byte in bytes {
            value |= UInt64(byte & 0x7f) << UInt64(7 * byteCount)
            byteCount += 1
            if byte & 0x80 == 0 {
                guard byte != 0 || byteCount == 1 else { throw .notMinimal }
                return (value, byteCount)
            }
            guard byteCount < maximumByteCount else { throw .tooLong }
        }
        return nil
    }
}

extension ByteBuffer {
    /// Writes the varint encoding of `value`, which must not exceed ``VarInt/maximumValue``.
    ///
    /// - Returns: The number of bytes written.
    @discardableResult
    public mutating func writeVarInt(_ value: UInt64) -> Int {
        writeBytes(VarInt.encode(value))
    }

    /// Reads a varint.
    ///
    /// - Returns: The value, or `nil` when the buffer ends inside the varint. Then, and on an
    ///   error, the reader index has not moved.
    public mutating func readVarInt() throws(VarIntError) -> UInt64? {
        guard let (value, byteCount) = try VarInt.parse(readableBytesView) else { return nil }
        moveReaderIndex(forwardBy: byteCount)
        return value
    }
}
