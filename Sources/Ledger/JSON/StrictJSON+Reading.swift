extension StrictJSON {
    /// Reads one document and nothing after it.
    ///
    /// - Parameter limit: Bytes that are taken at most.
    public init(parsing bytes: some Collection<UInt8>, limit: Int) throws(StrictJSONError) {
        guard bytes.count <= limit else { throw .tooLong(count: bytes.count, limit: limit) }
        var reader = StrictJSONReader(bytes: Array(bytes))
        self = try reader.document()
    }

    /// Reads one document and nothing after it.
    public init(parsing text: String, limit: Int) throws(StrictJSONError) {
        try self.init(parsing: Array(text.utf8), limit: limit)
    }
}

/// Reads JSON from bytes (RFC 8259).
struct StrictJSONReader {
    let bytes: [UInt8]
    private var place = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(StrictJSONError) -> StrictJSON {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .notText }
        let value = try value(depth: 0)
        skipSpace()
        guard place == bytes.count else { throw .syntax(offset: place) }
        return value
    }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { place += 1 }
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        place += 1
        return true
    }

    private mutating func value(depth: Int) throws(StrictJSONError) -> StrictJSON {
        guard depth <= StrictJSON.maximumDepth else { throw .tooDeep }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(
        _ word: String, _ value: StrictJSON
    ) throws(StrictJSONError) -> StrictJSON {
        guard bytes[place...].starts(with: word.utf8) else { throw .syntax(offset: place) }
        place += word.utf8.count
        return value
    }

    private mutating func array(depth: Int) throws(StrictJSONError) -> StrictJSON {
        place += 1
        var elements: [StrictJSON] = []
        skipSpace()
        if skip(UInt8(ascii: "]")) { return .array([]) }
        repeat {
            elements.append(try value(depth: depth + 1))
            skipSpace()
        } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "]")) else { throw .syntax(offset: place) }
        return .array(elements)
    }

    private mutating func object(depth: Int) throws(StrictJSONError) -> StrictJSON {
        place += 1
        var members: [StrictJSON.Member] = []
        var names: Set<String> = []
        skipSpace()
        if skip(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw .syntax(offset: place) }
            let name = try string()
            guard names.insert(name).inserted else { throw .duplicate(name) }
            skipSpace()
            guard skip(UInt8(ascii: ":")) else { throw .syntax(offset: place) }
            members.append(StrictJSON.Member(name, try value(depth: depth + 1)))
            skipSpace()
        } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "}")) else { throw .syntax(offset: place) }
        return .object(members)
    }

    /// `-`, digits without a leading zero, a fraction, an exponent.
    private mutating func number() throws(StrictJSONError) -> String {
        let start = place
        _ = skip(UInt8(ascii: "-"))
        if !skip(UInt8(ascii: "0")) { try digits() }
        if skip(UInt8(ascii: ".")) { try digits() }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
            try digits()
        }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private mutating func digits() throws(StrictJSONError) {
        let start = place
        while let byte = next, (48...57).contains(byte) { place += 1 }
        guard place > start else { throw .syntax(offset: place) }
    }

    private mutating func string() throws(StrictJSONError) -> String {
        place += 1
        var out: [UInt8] = []
        while let byte = next {
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: out, as: UTF8.self)
            case UInt8(ascii: "\\"): out += Array(String(try escape()).utf8)
            case ..<0x20: throw .syntax(offset: place - 1)
            default: out.append(byte)
            }
        }
        throw .syntax(offset: place)
    }

    private mutating func escape() throws(StrictJSONError) -> Unicode.Scalar {
        guard let byte = next else { throw .syntax(offset: place) }
        place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw .syntax(offset: place - 1)
        }
    }

    /// Four digits; beyond 16 bits two such escapes, a surrogate pair. Half a pair is refused.
    private mutating func unicodeEscape() throws(StrictJSONError) -> Unicode.Scalar {
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xdc00, skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) else {
            throw .syntax(offset: place)
        }
        let second = try unit()
        guard (0xdc00..<0xe000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw .syntax(offset: place) }
        return scalar
    }

    private mutating func unit() throws(StrictJSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Hexadecimal.value(of: byte) else {
                throw .syntax(offset: place)
            }
            value = value << 4 | UInt32(digit)
            place += 1
        }
        return value
    }
}
