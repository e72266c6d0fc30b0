/// A value in a ``TOMLDocument``.
enum TOMLValue: Equatable, Sendable {
    case string(String)
    case integer(Int)
    case float(Double)
    case boolean(Bool)
    case strings([String])

    /// What a person would call it.
    var kind: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .float: "a number"
        case .boolean: "true or false"
        case .strings: "an array of strings"
        }
    }
}

extension TOMLValue: CustomStringConvertible {
    /// The value, strings without quotes.
    var description: String {
        switch self {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .float(let number): "\(number)"
        case .boolean(let flag): "\(flag)"
        case .strings(let list): list.joined(separator: ", ")
        }
    }
}

/// Why a text is not in the subset of TOML that is read here.
struct TOMLError: Error, Equatable, CustomStringConvertible {
    /// The line, from 1.
    var line: Int
    /// What was expected there.
    var reason: String

    var description: String { "line \(line): \(reason)" }
}

/// A flat configuration file: the part of TOML 1.0 that settings need.
///
/// Sections (`[name]`), `key = value`, comments; values are strings (basic and literal, of one
/// line), decimal integers, decimal fractions, booleans and arrays of strings (which may span
/// lines). Everything else TOML knows is refused with its line, as is a key that comes twice.
struct TOMLDocument: Equatable, Sendable {
    /// A value and where it stands.
    struct Entry: Equatable, Sendable {
        var value: TOMLValue
        var line: Int
    }

    /// Bytes of a file; a configuration has a few hundred.
    static let maximumBytes = 65_536

    /// By key; keys in a section are `section.key`.
    private(set) var entries: [String: Entry] = [:]

    /// An empty document.
    init() {}

    /// Reads a document.
    init(_ text: String) throws(TOMLError) {
        var parser = TOMLParser(text)
        entries = try parser.parse()
    }
}

/// Reads one document, scalar by scalar.
private struct TOMLParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var line = 1

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func failure(_ reason: String) -> TOMLError { TOMLError(line: line, reason: reason) }

    private mutating func advance() {
        if scalars[position] == "\n" { line += 1 }
        position += 1
    }

    mutating func parse() throws(TOMLError) -> [String: TOMLDocument.Entry] {
        var entries: [String: TOMLDocument.Entry] = [:]
        var section = ""
        while true {
            skipBlanks(acrossLines: true)
            guard let first = next else { return entries }
            if first == "[" {
                section = try parseSection() + "."
            } else {
                let start = line
                let key = section + (try parseKey())
                skipBlanks(acrossLines: false)
                guard next == "=" else { throw failure("expected \"=\" after \"\(key)\"") }
                advance()
                skipBlanks(acrossLines: false)
                let value = try parseValue(of: key)
                if let earlier = entries[key] {
                    throw TOMLError(
                        line: start, reason: "\"\(key)\" is set already in line \(earlier.line)")
                }
                entries[key] = .init(value: value, line: start)
            }
            try endLine()
        }
    }

    /// Skips spaces and tabs; across lines, also line ends and comments.
    private mutating func skipBlanks(acrossLines: Bool) {
        while let scalar = next {
            switch scalar {
            case " ", "\t": advance()
            case "\r", "\n":
                guard acrossLines else { return }
                advance()
            case "#":
                guard acrossLines else { return }
                skipComment()
            default: return
            }
        }
    }

    private mutating func skipComment() {
        while let scalar = next, scalar != "\n" {
            _ = scalar
            advance()
        }
    }

    private mutating func endLine() throws(TOMLError) {
        skipBlanks(acrossLines: false)
        if next == "#" { skipComment() }
        if next == "\r" { advance() }
        guard next == nil || next == "\n" else {
            throw failure("expected the end of the line")
        }
    }

    private mutating func parseSection() throws(TOMLError) -> String {
        advance()
        let name = try parseKey()
        guard next == "]" else { throw failure("expected \"]\" after \"[\(name)\"") }
        advance()
        return name
    }

    private mutating func parseKey() throws(TOMLError) -> String {
        var key = ""
        while let scalar = next, scalar.isBareKey {
            key.unicodeScalars.append(scalar)
            advance()
        }
        guard !key.isEmpty else {
            throw failure("expected a key of letters, digits, \"-\" and \"_\"")
        }
        return key
    }

    private mutating func parseValue(of key: String) throws(TOMLError) -> TOMLValue {
        switch next {
        case "\"", "'": return .string(try parseString())
        case "[": return .strings(try parseArray(of: key))
        default: break
        }
        var word = ""
        while let scalar = next, scalar.isBareKey || scalar == "+" || scalar == "." {
            word.unicodeScalars.append(scalar)
            advance()
        }
        switch word {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "": throw failure("expected a value for \"\(key)\"")
        default: break
        }
        let digits = word.filter { $0 != "_" }
        let isNumber = word.unicodeScalars.allSatisfy {
            "0123456789_+-.".unicodeScalars.contains($0)
        }
        if isNumber, let integer = Int(digits) { return .integer(integer) }
        if isNumber, let number = Double(digits), number.isFinite { return .float(number) }
        throw failure("\"\(word)\" is no value: write strings in quotation marks")
    }

    private mutating func parseArray(of key: String) throws(TOMLError) -> [String] {
        advance()
        var items: [String] = []
        while true {
            skipBlanks(acrossLines: true)
            if next == "]" { break }
            guard next == "\"" || next == "'" else {
                throw failure("expected a string or \"]\" in the array \"\(key)\"")
            }
            items.append(try parseString())
            skipBlanks(acrossLines: true)
            if next == "," { advance() } else { break }
        }
        guard next == "]" else { throw failure("expected \",\" or \"]\" in the array \"\(key)\"") }
        advance()
        return items
    }

    private mutating func parseString() throws(TOMLError) -> String {
        guard let quote = next else { throw failure("expected a string") }
        advance()
        var text = ""
        while let scalar = next {
            advance()
            switch scalar {
            case quote: return text
            case "\n", "\r":
                throw TOMLError(line: max(1, line - 1), reason: "the string has no end")
            case "\\" where quote == "\"":
                text.unicodeScalars.append(try parseEscape())
            default:
                guard scalar == "\t" || scalar.value >= 0x20, scalar.value != 0x7F else {
                    throw failure("a control character in a string: write it as an escape")
                }
                text.unicodeScalars.append(scalar)
            }
        }
        throw failure("the string has no end")
    }

    private mutating func parseEscape() throws(TOMLError) -> Unicode.Scalar {
        guard let scalar = next else { throw failure("the string has no end") }
        advance()
        switch scalar {
        case "\"", "\\": return scalar
        case "b": return "\u{08}"
        case "t": return "\t"
        case "n": return "\n"
        case "f": return "\u{0C}"
        case "r": return "\r"
        case "u": return try parseCodePoint(digits: 4)
        case "U": return try parseCodePoint(digits: 8)
        default: throw failure("\"\\\(scalar)\" is no escape")
        }
    }

    private mutating func parseCodePoint(digits count: Int) throws(TOMLError) -> Unicode.Scalar {
        var digits = ""
        while digits.count < count, let scalar = next, scalar.properties.isASCIIHexDigit {
            digits.unicodeScalars.append(scalar)
            advance()
        }
        guard digits.count == count, let value = UInt32(digits, radix: 16),
            let scalar = Unicode.Scalar(value)
        else { throw failure("\"\\u\(digits)\" is no character") }
        return scalar
    }
}

extension Unicode.Scalar {
    fileprivate var isBareKey: Bool {
        ("a"..."z").contains(self) || ("A"..."Z").contains(self) || ("0"..."9").contains(self)
            || self == "-" || self == "_"
    }
}
