import struct NIOCore.ByteBuffer

/// Takes a message of protocol buffers apart without copying: nested fields are slices.
struct ProtobufFieldReader {
    enum Value: Hashable {
        case varint(UInt64)
        case bytes(ByteBuffer)
        /// Of a wire type whose value is of no use here.
        case other
    }

    private var buffer: ByteBuffer

    init(_ buffer: ByteBuffer) { self.buffer = buffer }
    init(_ bytes: [UInt8]) { buffer = ByteBuffer(bytes: bytes) }

    /// The next field; `nil` at the end.
    mutating func next() throws(KademliaCodecError) -> (number: UInt64, value: Value)? {
        guard buffer.readableBytes > 0 else { return nil }
        let tag = try varint()
        let number = tag >> 3
        guard number > 0 else { throw .malformed }
        switch tag & 7 {
        case 0:
            return (number, .varint(try varint()))
        case 1:
            guard buffer.readSlice(length: 8) != nil else { throw .malformed }
            return (number, .other)
        case 2:
            guard let length = Int(exactly: try varint()), length <= buffer.readableBytes,
                let slice = buffer.readSlice(length: length)
            else { throw .malformed }
            return (number, .bytes(slice))
        case 5:
            guard buffer.readSlice(length: 4) != nil else { throw .malformed }
            return (number, .other)
        default:
            throw .malformed
        }
    }

    /// Ten bytes at most. Longer forms than needed are allowed here, unlike in multiformats, and
    /// negative 32-bit numbers take all ten.
    private mutating func varint() throws(KademliaCodecError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte: UInt8 = buffer.readInteger() else { throw .malformed }
            value |= shift < 64 ? UInt64(byte & 0x7f) << shift : 0
            if byte & 0x80 == 0 { return value }
        }
        throw .malformed
    }
}
