import PeerKit

/// Reads fields off the front of bytes from outside.
///
/// Every count is checked against its limit and against the bytes that are left before anything is
/// allocated for it.
struct WireReader {
    private let bytes: [UInt8]
    private var position: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = 0
    }

    var remaining: Int { bytes.count - position }

    /// - Throws: ``WireError/trailingBytes`` unless everything has been read.
    func finish() throws(WireError) {
        guard remaining == 0 else { throw .trailingBytes }
    }

    mutating func take(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
        guard count <= remaining else { throw .truncated }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func byte() throws(WireError) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }

    /// A varint of at most `limit`, in its shortest form.
    mutating func varint(limit: Int) throws(WireError) -> Int {
        var slice = bytes[position...]
        let value: UInt64
        do {
            value = try VarInt.decode(&slice)
        } catch .truncated {
            throw .truncated
        } catch {
            throw .notCanonical
        }
        guard value <= UInt64(limit) else { throw .outOfRange }
        position = slice.startIndex
        return Int(value)
    }

    /// A varint that counts items of at least `size` bytes each, all of which must be there.
    mutating func count(limit: Int, itemBytes size: Int) throws(WireError) -> Int {
        let count = try varint(limit: limit)
        guard size == 0 || count <= remaining / size else { throw .truncated }
        return count
    }

    mutating func integer<Value: FixedWidthInteger>(
        _: Value.Type
    ) throws(WireError) -> Value {
        let size = Value.bitWidth / 8
        guard size <= remaining else { throw .truncated }
        defer { position += size }
        return bytes.withUnsafeBytes {
            Value(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Value.self))
        }
    }

    /// A finite float.
    mutating func float() throws(WireError) -> Float {
        let value = Float(bitPattern: try integer(UInt32.self))
        guard value.isFinite else { throw .outOfRange }
        return value
    }

    mutating func floats(_ count: Int) throws(WireError) -> [Float] {
        guard count <= remaining / 4 else { throw .truncated }
        var values: [Float] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try float()) }
        return values
    }

    mutating func words(_ count: Int) throws(WireError) -> [UInt32] {
        guard count <= remaining / 4 else { throw .truncated }
        defer { position += 4 * count }
        return [UInt32](unsafeUninitializedCapacity: count) { target, initialized in
            bytes.withUnsafeBytes { source in
                for index in 0..<count {
                    let word = source.loadUnaligned(
                        fromByteOffset: position + 4 * index, as: UInt32.self)
                    target.initializeElement(at: index, to: UInt32(littleEndian: word))
                }
            }
            initialized = count
        }
    }

    mutating func contentHash() throws(WireError) -> ContentHash {
        guard let hash = ContentHash(bytes: try take(ContentHash.byteCount)) else {
            throw .truncated
        }
        return hash
    }
}
