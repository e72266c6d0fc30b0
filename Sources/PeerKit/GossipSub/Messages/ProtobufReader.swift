/// Reads the fields of a protocol buffer one after another, without a schema.
///
/// Written for messages whose unknown fields must be kept as they came, and whose repeated fields
/// are counted before anything is allocated for them. Accepts what other decoders accept: varints
/// that are not minimal, fields in any order, groups.
/// Source: https://protobuf.dev/programming-guides/encoding/
struct ProtobufReader {
    /// The bytes are no protocol buffer.
    struct Fault: Error, Equatable {}

    /// One field: its number, its value, and where both stand.
    struct Field {
        enum Value {
            case varint(UInt64)
            case delimited(Range<Int>)
            /// A fixed number of bytes, or a group.
            case other
        }

        let number: Int
        let value: Value
        /// With the header.
        let range: Range<Int>
    }

    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(_ bytes: [UInt8]) {
        self.init(bytes, 0..<bytes.count)
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next field; `nil` at the end.
    mutating func next() throws(Fault) -> Field? {
        guard position < end else { return nil }
        let start = position
        let header = try varint()
        guard let number = Int(exactly: header >> 3), (1..<1 << 29).contains(number) else {
            throw Fault()
        }
        let value: Field.Value
        switch header & 7 {
        case 0: value = .varint(try varint())
        case 2: value = .delimited(try take(try varint()))
        default:
            try skip(wireType: header & 7)
            value = .other
        }
        return Field(number: number, value: value, range: start..<position)
    }

    /// The message inside a field.
    func message(in field: Field) throws(Fault) -> ProtobufReader {
        guard case .delimited(let range) = field.value else { throw Fault() }
        return ProtobufReader(bytes, range)
    }

    /// The bytes inside a field.
    func content(of field: Field) throws(Fault) -> ArraySlice<UInt8> {
        guard case .delimited(let range) = field.value else { throw Fault() }
        return bytes[range]
    }

    /// The number inside a field.
    func integer(of field: Field) throws(Fault) -> UInt64 {
        guard case .varint(let value) = field.value else { throw Fault() }
        return value
    }

    /// A field as it came, header and all.
    func raw(_ field: Field) -> ArraySlice<UInt8> { bytes[field.range] }

    private mutating func varint() throws(Fault) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 70 {
            let byte = bytes[position]
            position += 1
            // The tenth byte has room for one bit; what is above it is lost in every decoder.
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        throw Fault()
    }

    private mutating func take(_ count: UInt64) throws(Fault) -> Range<Int> {
        guard count <= UInt64(end - position) else { throw Fault() }
        let range = position..<position + Int(count)
        position = range.upperBound
        return range
    }

    private mutating func skip(wireType: UInt64) throws(Fault) {
        switch wireType {
        case 1: _ = try take(8)
        case 5: _ = try take(4)
        case 3:
            var depth = 1
            while depth > 0 {
                switch try varint() & 7 {
                case 0: _ = try varint()
                case 1: _ = try take(8)
                case 2: _ = try take(try varint())
                case 3: depth += 1
                case 4: depth -= 1
                case 5: _ = try take(4)
                default: throw Fault()
                }
            }
        default: throw Fault()
        }
    }
}
