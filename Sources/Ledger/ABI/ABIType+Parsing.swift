extension ABIType {
    /// Reads a type: `uint256`, `bytes32[2][]`, `(address to, uint256 amount)[]`.
    public init(_ text: String) throws(ABIError) {
        var scanner = try ABIScanner(text)
        self = try scanner.type(depth: 0)
        try scanner.finish()
    }

    /// A type without brackets; `uint` and `int` have 256 bits.
    init?(elementary name: some StringProtocol) {
        func number(after prefix: String) -> Int? {
            let digits = name.dropFirst(prefix.count)
            guard !digits.hasPrefix("0"), digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
                return nil
            }
            return Int(digits)
        }
        switch name {
        case "uint": self = .uint(256)
        case "int": self = .int(256)
        case "address", "address payable": self = .address
        case "bool": self = .bool
        case "bytes": self = .bytes
        case "string": self = .string
        case "function": self = .function
        default:
            if name.hasPrefix("uint"), let bits = number(after: "uint"), Self.isWidth(bits) {
                self = .uint(bits)
            } else if name.hasPrefix("int"), let bits = number(after: "int"), Self.isWidth(bits) {
                self = .int(bits)
            } else if name.hasPrefix("bytes"), let count = number(after: "bytes"),
                (1...32).contains(count)
            {
                self = .fixedBytes(count)
            } else {
                return nil
            }
        }
    }

    private static func isWidth(_ bits: Int) -> Bool {
        (8...256).contains(bits) && bits.isMultiple(of: 8)
    }

    /// This type in the arrays that brackets behind it name: `[]`, `[3][]`.
    func inArrays(_ suffix: some StringProtocol, depth: Int = 0) throws(ABIError) -> ABIType {
        var type = self
        var rest = suffix[...]
        var depth = depth
        while !rest.isEmpty {
            guard rest.hasPrefix("["), let end = rest.firstIndex(of: "]") else {
                throw .type(String(suffix))
            }
            let digits = rest[rest.index(after: rest.startIndex)..<end]
            if digits.isEmpty {
                type = .array(type)
            } else {
                // An array of no elements would take no bytes, and a hostile length would be free.
                guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let count = Int(digits),
                    count > 0
                else { throw .type(String(suffix)) }
                guard count <= ABILimits.fixedArrayLength else {
                    throw .typeTooLarge(String(suffix))
                }
                type = .fixedArray(type, count: count)
            }
            depth += 1
            guard depth <= ABILimits.typeDepth, type.words <= ABILimits.headWords else {
                throw .typeTooLarge(String(suffix))
            }
            rest = rest[rest.index(after: end)...]
        }
        return type
    }

    /// Words of the static parts; no more than ``ABILimits/headWords`` and a step.
    var words: Int {
        switch self {
        case .fixedArray(let element, let count):
            min(element.words.multipliedReportingOverflow(by: count).partialValue, 1 << 32)
        case .tuple(let components): components.reduce(0) { $0 + $1.type.words }
        default: 1
        }
    }
}

/// Reads types and signatures as people write them.
struct ABIScanner {
    private let text: String
    private var rest: Substring

    init(_ text: String) throws(ABIError) {
        guard text.utf8.count <= ABILimits.signatureLength else { throw .typeTooLarge(text) }
        self.text = text
        rest = text[...]
        skipSpace()
    }

    var failure: ABIError { .type(text) }

    var isAtEnd: Bool { rest.isEmpty }

    func finish() throws(ABIError) { guard rest.isEmpty else { throw failure } }

    mutating func skipSpace() { rest = rest.drop { $0 == " " } }

    mutating func skip(_ character: Character) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        skipSpace()
        return true
    }

    /// Skips a word that stands alone.
    mutating func skip(word: String) -> Bool {
        guard rest.hasPrefix(word) else { return false }
        let after = rest.dropFirst(word.count)
        if let next = after.first, Self.isName(next) { return false }
        rest = after
        skipSpace()
        return true
    }

    private static func isName(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber)
            || character == "_" || character == "$"
    }

    /// A name, which may be empty.
    mutating func name() -> String {
        let name = rest.prefix(while: Self.isName)
        rest = rest.dropFirst(name.count)
        skipSpace()
        return String(name)
    }

    mutating func type(depth: Int) throws(ABIError) -> ABIType {
        guard depth <= ABILimits.typeDepth else { throw .typeTooLarge(text) }
        var base: ABIType
        _ = skip(word: "tuple")
        if rest.first == "(" {
            base = .tuple(try parameters(depth: depth + 1))
        } else {
            let name = rest.prefix(while: Self.isName)
            guard let type = ABIType(elementary: name) else { throw failure }
            rest = rest.dropFirst(name.count)
            base = type
        }
        let brackets = rest.prefix { "[]0123456789".contains($0) }
        rest = rest.dropFirst(brackets.count)
        skipSpace()
        base = try base.inArrays(brackets, depth: depth)
        guard base.words <= ABILimits.headWords else { throw .typeTooLarge(text) }
        return base
    }

    /// `(TYPE indexed NAME, …)`.
    mutating func parameters(depth: Int) throws(ABIError) -> [ABIParameter] {
        guard skip("(") else { throw failure }
        if skip(")") {
            // A tuple of nothing takes no bytes; see ``ABIType/inArrays(_:depth:)``.
            guard depth == 0 else { throw failure }
            return []
        }
        var parameters: [ABIParameter] = []
        repeat {
            let type = try type(depth: depth)
            if type == .address { _ = skip(word: "payable") }
            let isIndexed = skip(word: "indexed")
            for place in ["memory", "calldata", "storage"] where skip(word: place) { break }
            parameters.append(ABIParameter(name: name(), type: type, isIndexed: isIndexed))
            guard parameters.count <= ABILimits.components else { throw .typeTooLarge(text) }
        } while skip(",")
        guard skip(")") else { throw failure }
        return parameters
    }
}
