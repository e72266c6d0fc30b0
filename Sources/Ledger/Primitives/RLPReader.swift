/// Reads the items of one RLP list, or of a whole input, in order and without copying.
///
/// Strict: each value has exactly one encoding here, others are refused (Yellow Paper, appendix B).
public struct RLPReader: Sendable {
    private var rest: ArraySlice<UInt8>

    /// Reads from the start of these bytes.
    public init(_ bytes: ArraySlice<UInt8>) { rest = bytes }
    /// Reads from the start of these bytes.
    public init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// Whether everything has been read.
    public var isAtEnd: Bool { rest.isEmpty }

    /// Whether the next item is a list.
    public var isAtList: Bool { (rest.first ?? 0) >= 0xc0 }

    /// An item: a string of bytes or a list.
    public enum Item: Sendable {
        /// The bytes of a string, a view of the input.
        case string(ArraySlice<UInt8>)
        /// A reader of the list's items.
        case list(RLPReader)
    }

    /// The next item.
    public mutating func next() throws(RLPError) -> Item {
        guard let first = rest.first else { throw .truncated }
        switch first {
        case ..<0x80:
            return .string(take(header: 0, 1))
        case ..<0xb8:
            let bytes = try payload(header: 1, length: Int(first) - 0x80)
            if bytes.count == 1, let byte = bytes.first, byte < 0x80 { throw .notMinimal }
            return .string(bytes)
        case ..<0xc0:
            return .string(try longPayload(lengthWidth: Int(first) - 0xb7))
        case ..<0xf8:
            return .list(RLPReader(try payload(header: 1, length: Int(first) - 0xc0)))
        default:
            return .list(RLPReader(try longPayload(lengthWidth: Int(first) - 0xf7)))
        }
    }

    /// The next item with its header, unread: for hashing, or for handing on.
    public mutating func nextEncoded() throws(RLPError) -> ArraySlice<UInt8> {
        let before = rest
        _ = try next()
        return before[before.startIndex..<rest.startIndex]
    }

    /// The next item, which must be a string.
    public mutating func string() throws(RLPError) -> ArraySlice<UInt8> {
        guard case .string(let bytes) = try next() else { throw .unexpectedKind }
        return bytes
    }

    /// The next item, which must be a string of a fixed width.
    public mutating func string(width: Int) throws(RLPError) -> ArraySlice<UInt8> {
        let bytes = try string()
        guard bytes.count == width else { throw .width(expected: width, found: bytes.count) }
        return bytes
    }

    /// The next item, which must be a list.
    public mutating func list() throws(RLPError) -> RLPReader {
        guard case .list(let reader) = try next() else { throw .unexpectedKind }
        return reader
    }

    /// The next item, which must be an integer without leading zeros.
    public mutating func integer() throws(RLPError) -> UInt256 {
        let bytes = try string()
        if bytes.first == 0 { throw .leadingZeros }
        guard let value = UInt256(bigEndian: bytes) else {
            throw .width(expected: 32, found: bytes.count)
        }
        return value
    }

    /// The next item, which must be an integer of at most 64 bits without leading zeros.
    public mutating func integer64() throws(RLPError) -> UInt64 {
        let value = try integer()
        guard let small = value.asUInt64 else { throw .width(expected: 8, found: value.byteWidth) }
        return small
    }

    /// Checks that nothing is left.
    public func finish() throws(RLPError) {
        guard rest.isEmpty else { throw .trailingBytes(rest.count) }
    }

    private mutating func take(header: Int, _ length: Int) -> ArraySlice<UInt8> {
        let bytes = rest.dropFirst(header).prefix(length)
        rest = rest.dropFirst(header + length)
        return bytes
    }

    private mutating func payload(header: Int, length: Int) throws(RLPError) -> ArraySlice<UInt8> {
        guard length <= rest.count - header else { throw .truncated }
        return take(header: header, length)
    }

    private mutating func longPayload(lengthWidth: Int) throws(RLPError) -> ArraySlice<UInt8> {
        guard lengthWidth < rest.count else { throw .truncated }
        let digits = rest.dropFirst().prefix(lengthWidth)
        if digits.first == 0 { throw .notMinimal }
        guard lengthWidth < 8 else { throw .lengthOverflow }
        let length = digits.reduce(0) { $0 << 8 | Int($1) }
        guard length > 55 else { throw .notMinimal }
        return try payload(header: 1 + lengthWidth, length: length)
    }
}
