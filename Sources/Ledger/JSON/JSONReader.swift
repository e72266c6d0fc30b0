extension JSONValue {
    /// Reads one value and nothing after it.
    ///
    /// - Parameter limit: Bytes that are taken at most.
    public init(parsing bytes: some Collection<UInt8>, limit: Int) throws(JSONError) {
        guard bytes.count <= limit else { throw .tooLong(count: bytes.count, limit: limit) }
        self = try JSONReader.value(Array(bytes))
    }

    /// Reads one value and nothing after it.
    ///
    /// - Parameter limit: Bytes of UTF-8 that are taken at most.
    public init(parsing text: String, limit: Int) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), limit: limit)
    }
}

/// Reads JSON strictly (RFC 8259), within ``JSONLimits``. A name that an object has twice is refused:
/// two readers may take different values of it, and only one of them is what was signed or checked.
package struct JSONReader {
    /// Members up to which names are compared one by one, before a table of them pays.
    private static let comparedMembers = 16

    private let bytes: [UInt8]
    private var place = 0
    private var values = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The one value that a text consists of, whose length the caller has checked.
    package static func value(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var reader = JSONReader(bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.place == bytes.count else { throw .trailing(at: reader.place) }
        return value
    }

    private mutating func skipSpace() {
        while place < bytes.count {
            switch bytes[place] {
            case 0x20, 0x0a, 0x0d, 0x09: place += 1
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= JSONLimits.depth else { throw .tooDeep }
        values += 1
        guard values <= JSONLimits.values else { throw .tooManyValues }
        skipSpace()
        guard place < bytes.count else { throw .truncated }
        switch bytes[place] {
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try word("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try word("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        default: return .number(try number())
        }
    }

    private mutating func word(_ word: StaticString) throws(JSONError) {
        for index in 0..<word.utf8CodeUnitCount {
            guard place < bytes.count else { throw .truncated }
            guard bytes[place] == word.utf8Start[index] else { throw .unexpected(at: place) }
            place += 1
        }
    }

    /// Whether a byte stands here, which is then passed.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard place < bytes.count, bytes[place] == byte else { return false }
        place += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard take(byte) else {
            throw place < bytes.count ? .unexpected(at: place) : .truncated
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
        place += 1
        var list: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return list }
        while true {
            list.append(try value(depth: depth))
            if take(UInt8(ascii: "]")) { return list }
            try expect(UInt8(ascii: ","))
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
        place += 1
        var object = JSONObject()
        var names: Set<String> = []
        if take(UInt8(ascii: "}")) { return object }
        while true {
            skipSpace()
            guard place < bytes.count else { throw .truncated }
            guard bytes[place] == UInt8(ascii: "\"") else { throw .unexpected(at: place) }
            let name = try string()
            if object.members.count < Self.comparedMembers {
                guard object[name] == nil else { throw .duplicate(name) }
            } else {
                if names.isEmpty { names = Set(object.members.map(\.name)) }
                guard names.insert(name).inserted else { throw .duplicate(name) }
            }
            try expect(UInt8(ascii: ":"))
            object.append(name, try value(depth: depth))
            if take(UInt8(ascii: "}")) { return object }
            try expect(UInt8(ascii: ","))
        }
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> String {
        let start = place
        if peek == UInt8(ascii: "-") { place += 1 }
        if peek == UInt8(ascii: "0") { place += 1 } else { try digits() }
        if peek == UInt8(ascii: ".") {
            place += 1
            try digits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            place += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { place += 1 }
            try digits()
        }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func digits() throws(JSONError) {
        let start = place
        while let byte = peek, byte >= 48, byte <= 57 { place += 1 }
        guard place > start else {
            throw place < bytes.count ? .unexpected(at: place) : .truncated
        }
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        place += 1
        let start = place
        while true {
            guard place < bytes.count else { throw .truncated }
            switch bytes[place] {
            case UInt8(ascii: "\""):
                guard let text = String(validating: bytes[start..<place], as: UTF8.self) else {
                    throw .malformedString(at: start)
                }
                place += 1
                return text
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            case ..<0x20: throw .malformedString(at: place)
            default: place += 1
            }
        }
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var out = Array(bytes[start..<place])
        while true {
            guard place < bytes.count else { throw .truncated }
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: out, as: UTF8.self) else {
                    throw .malformedString(at: start)
                }
                return text
            case UInt8(ascii: "\\"): try escape(into: &out)
            case ..<0x20: throw .malformedString(at: place - 1)
            default: out.append(byte)
            }
        }
    }

    private mutating func escape(into out: inout [UInt8]) throws(JSONError) {
        guard place < bytes.count else { throw .truncated }
        let byte = bytes[place]
        place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        case UInt8(ascii: "b"): out.append(8)
        case UInt8(ascii: "f"): out.append(12)
        case UInt8(ascii: "n"): out.append(10)
        case UInt8(ascii: "r"): out.append(13)
        case UInt8(ascii: "t"): out.append(9)
        case UInt8(ascii: "u"):
            out.append(contentsOf: Array(String(Character(try escapedScalar())).utf8))
        default: throw .malformedString(at: place - 1)
        }
    }

    private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // The first half of a pair; the second must follow.
        guard first >= 0xd800, first < 0xdc00, place + 1 < bytes.count,
            bytes[place] == UInt8(ascii: "\\"), bytes[place + 1] == UInt8(ascii: "u")
        else { throw .malformedString(at: place) }
        place += 2
        let second = try codeUnit()
        guard second >= 0xdc00, second < 0xe000,
            let scalar = Unicode.Scalar(
                0x10000 + (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00))
        else { throw .malformedString(at: place) }
        return scalar
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        guard place + 4 <= bytes.count else { throw .truncated }
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Hexadecimal.value(of: bytes[place]) else {
                throw .malformedString(at: place)
            }
            unit = unit << 4 | UInt16(digit)
            place += 1
        }
        return unit
    }
}
