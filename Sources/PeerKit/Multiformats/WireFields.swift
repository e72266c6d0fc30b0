/// Why bytes are not a protobuf message that ``WireFields`` can walk.
enum WireError: Error, Hashable, Sendable {
    /// A tag, length or number is cut off, too long or of a kind that nobody sends any more.
    case malformed
    /// More fields than the reader allows.
    case tooManyFields(limit: Int)
}

/// Walks the fields of a small protobuf message without making a tree of it.
///
/// For messages of a handful of fields that hostile peers send: nothing is allocated but the slices
/// that the caller keeps, the number of fields is bounded, and groups (deprecated since 2008) are
/// refused. Fields of fixed width are skipped, as none of our messages has one.
///
/// Source: https://protobuf.dev/programming-guides/encoding/
struct WireFields: Sendable {
    /// What a field holds.
    enum Value: Sendable, Hashable {
        /// A number.
        case number(UInt64)
        /// A text, bytes or an embedded message.
        case bytes(ArraySlice<UInt8>)
    }

    /// One field with its tag.
    struct Field: Sendable, Hashable {
        var tag: UInt64
        var value: Value

        /// The number, if it is one.
        var number: UInt64? { if case .number(let value) = value { value } else { nil } }
        /// The bytes, if it has some.
        var bytes: [UInt8]? { if case .bytes(let value) = value { Array(value) } else { nil } }
    }

    private var rest: ArraySlice<UInt8>
    private var remaining: Int
    private let limit: Int

    /// Walks `bytes`, at most `maximumFields` fields of them.
    init(_ bytes: [UInt8], maximumFields: Int) {
        rest = bytes[...]
        limit = maximumFields
        remaining = maximumFields
    }

    /// The next field; `nil` at the end of the message.
    mutating func next() throws(WireError) -> Field? {
        while !rest.isEmpty {
            guard remaining > 0 else { throw .tooManyFields(limit: limit) }
            remaining -= 1
            let key = try takeVarInt()
            switch key & 7 {
            case 0: return Field(tag: key >> 3, value: .number(try takeVarInt()))
            case 1: _ = try take(8)
            case 2:
                guard let count = Int(exactly: try takeVarInt()) else { throw .malformed }
                return Field(tag: key >> 3, value: .bytes(try take(count)))
            case 5: _ = try take(4)
            default: throw .malformed
            }
        }
        return nil
    }

    private mutating func take(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw .malformed }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// Protobuf's varint: up to ten bytes, and longer forms than needed are allowed.
    private mutating func takeVarInt() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<10 {
            guard let byte = rest.popFirst() else { throw .malformed }
            guard index < 9 || byte <= 1 else { throw .malformed }
            value |= UInt64(byte & 0x7f) << UInt64(7 * index)
            if byte & 0x80 == 0 { return value }
        }
        throw .malformed
    }
}

/// Writes the fields of a protobuf message.
struct WireWriter: Sendable {
    /// What has been written.
    private(set) var bytes: [UInt8] = []

    /// An empty message.
    init() {}

    /// Writes a number; zero too.
    mutating func write(_ value: UInt64, tag: UInt64) {
        append(tag << 3)
        append(value)
    }

    /// Writes bytes, a text or an embedded message.
    mutating func write(_ value: [UInt8], tag: UInt64) {
        append(tag << 3 | 2)
        append(UInt64(value.count))
        bytes += value
    }

    private mutating func append(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
