/// Why bytes are not a protobuf message that ``WireFields`` can walk.
enum WireError: Error, Hashable, Sendable {
    /// A tag, length or number is cut off or too long, a value is not of the kind that is wanted.
    case malformed
    /// More fields than the reader allows.
    case tooManyFields(limit: Int)
}

/// Walks the fields of a protobuf message, one after another and without a schema.
///
/// For messages that hostile peers send. Nothing is allocated: the bytes of a field are a range of
/// the message (slices would be counted as references, which halves the speed), and a message in a
/// field is walked in place. What is repeated can be counted before anything is kept of it, and what
/// is unknown can be kept as it came. Accepts what other decoders
/// accept: varints that are longer than needed, fields in any order, groups (deprecated since 2008,
/// skipped without recursion).
///
/// Source: https://protobuf.dev/programming-guides/encoding/
struct WireFields: Sendable {
    /// What a field holds.
    enum Value: Sendable, Hashable {
        /// A number.
        case number(UInt64)
        /// A text, bytes or an embedded message: where they stand. See ``WireFields/subscript(_:)``.
        case bytes(Range<Int>)
        /// A fixed number of bytes, or a group: none of our messages has one.
        case other
    }

    /// One field with its tag.
    struct Field: Sendable, Hashable {
        /// The field's number: 1 to 2²⁹ − 1.
        let tag: UInt64
        let value: Value
        /// Where it stands in the message, its header included.
        fileprivate let range: Range<Int>

        /// The number, if it is one.
        var number: UInt64? { if case .number(let value) = value { value } else { nil } }
    }

    private let bytes: [UInt8]
    private var position: Int
    private let end: Int
    private var remaining: Int
    private let limit: Int

    /// Walks `bytes`.
    ///
    /// - Parameter maximumFields: One field more is ``WireError/tooManyFields(limit:)``. By default
    ///   the message's length is the bound.
    init(_ bytes: [UInt8], maximumFields: Int = .max) {
        self.init(bytes, bytes.indices, maximumFields)
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>, _ maximumFields: Int) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
        limit = maximumFields
        remaining = maximumFields
    }

    // MARK: What is in a field

    /// The bytes of a field, in place.
    subscript(range: Range<Int>) -> ArraySlice<UInt8> { bytes[range] }

    /// A copy of the bytes of a field, if it has some.
    func bytes(of field: Field) -> [UInt8]? {
        if case .bytes(let range) = field.value { Array(bytes[range]) } else { nil }
    }

    /// The message in a field.
    func message(in range: Range<Int>, maximumFields: Int = .max) -> WireFields {
        WireFields(bytes, range, maximumFields)
    }

    /// A field as it came, header and all.
    func raw(_ field: Field) -> ArraySlice<UInt8> { bytes[field.range] }

    // MARK: Walking

    /// The next field; `nil` at the end of the message.
    mutating func next() throws(WireError) -> Field? {
        guard position < end else { return nil }
        guard remaining > 0 else { throw .tooManyFields(limit: limit) }
        remaining -= 1
        let start = position
        let header = try takeVarInt()
        let tag = header >> 3
        guard (1..<1 << 29).contains(tag) else { throw .malformed }
        let value: Value
        switch header & 7 {
        case 0: value = .number(try takeVarInt())
        case 2: value = .bytes(try take(try takeVarInt()))
        default:
            try skip(wireType: header & 7)
            value = .other
        }
        return Field(tag: tag, value: value, range: start..<position)
    }

    private mutating func take(_ count: UInt64) throws(WireError) -> Range<Int> {
        guard count <= UInt64(end - position) else { throw .malformed }
        let range = position..<position + Int(count)
        position = range.upperBound
        return range
    }

    /// Protobuf's varint: up to ten bytes, of which the last has room for one bit; what is above
    /// that is lost in every decoder.
    private mutating func takeVarInt() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 70 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        throw .malformed
    }

    private mutating func skip(wireType: UInt64) throws(WireError) {
        switch wireType {
        case 1: _ = try take(8)
        case 5: _ = try take(4)
        case 3:
            var depth = 1
            while depth > 0 {
                switch try takeVarInt() & 7 {
                case 0: _ = try takeVarInt()
                case 1: _ = try take(8)
                case 2: _ = try take(try takeVarInt())
                case 3: depth += 1
                case 4: depth -= 1
                case 5: _ = try take(4)
                default: throw .malformed
                }
            }
        default: throw .malformed
        }
    }
}
