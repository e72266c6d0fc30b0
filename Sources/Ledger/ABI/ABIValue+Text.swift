extension ABIValue {
    /// Reads a value as people type it: numbers in decimal or with `0x`, bytes in hexadecimal, text
    /// as it is, arrays and tuples as JSON arrays (tuples also as objects by their names).
    public init(_ text: String, as type: ABIType) throws(ABIError) {
        switch type {
        case .array, .fixedArray, .tuple:
            guard let json = try? JSONValue(parsing: text, limit: ABILimits.jsonBytes) else {
                throw .mismatch(expected: "\(type), written as JSON")
            }
            try self.init(json, as: type)
        case .string: self = .string(text)
        case .bool: try self.init(text == "true" ? .bool(true) : .string(text), as: type)
        default: try self.init(.string(text), as: type)
        }
    }

    /// Reads a value of JSON: numbers as numbers or strings.
    public init(_ json: JSONValue, as type: ABIType) throws(ABIError) {
        let mismatch = ABIError.mismatch(expected: "\(type)")
        switch (type, json) {
        case (.uint, .number(let text)), (.uint, .string(let text)),
            (.int, .number(let text)), (.int, .string(let text)):
            self = try Self.number(text, as: type)
        case (.address, .string(let text)):
            guard text.utf8.count == 42, let address = Address(text) else { throw mismatch }
            self = .address(address)
        case (.bool, .bool(let flag)): self = .bool(flag)
        case (.bool, .string("true")): self = .bool(true)
        case (.bool, .string("false")): self = .bool(false)
        case (.bytes, .string(let text)), (.fixedBytes, .string(let text)),
            (.function, .string(let text)):
            guard text.hasPrefix("0x"), let bytes = Hexadecimal.bytes(text) else { throw mismatch }
            self = .bytes(bytes)
            if type != .bytes { _ = try ABIEncoder.encode(self, as: type) }
        case (.string, .string(let text)): self = .string(text)
        case (.array(let element), .array(let items)):
            self = .array(try Self.list(items) { _ in element })
        case (.fixedArray(let element, let count), .array(let items)):
            guard items.count == count else { throw .count(expected: count, found: items.count) }
            self = .array(try Self.list(items) { _ in element })
        case (.tuple(let components), .array(let items)):
            guard items.count == components.count else {
                throw .count(expected: components.count, found: items.count)
            }
            self = .tuple(try Self.list(items) { components[$0].type })
        case (.tuple(let components), .object(let object)):
            guard object.members.count == components.count else {
                throw .count(expected: components.count, found: object.members.count)
            }
            var items: [JSONValue] = []
            for component in components {
                guard let item = json[component.name] else { throw mismatch }
                items.append(item)
            }
            self = .tuple(try Self.list(items) { components[$0].type })
        default: throw mismatch
        }
    }

    private static func list(
        _ items: [JSONValue], type: (Int) -> ABIType
    ) throws(ABIError) -> [ABIValue] {
        var values: [ABIValue] = []
        for (index, item) in items.enumerated() {
            values.append(try ABIValue(item, as: type(index)))
        }
        return values
    }

    private static func number(_ text: String, as type: ABIType) throws(ABIError) -> ABIValue {
        let isNegative = text.hasPrefix("-")
        let digits = isNegative ? text.dropFirst() : text[...]
        let magnitude =
            digits.hasPrefix("0x")
            ? UInt256(hexadecimal: digits) : UInt256(decimal: digits)
        guard let magnitude else { throw .mismatch(expected: "\(type)") }
        guard case .int = type else {
            guard !isNegative || magnitude.isZero, type.holds(magnitude) else {
                throw .outOfRange(type: "\(type)")
            }
            return .uint(magnitude)
        }
        let word = isNegative ? .zero &- magnitude : magnitude
        // A magnitude with the highest bit would change its sign, but for the least number itself.
        guard type.holds(word), word.isZero || word.isNegative == isNegative else {
            throw .outOfRange(type: "\(type)")
        }
        return .int(word)
    }

    /// The value as people read it; what ``init(_:as:)-(String,_)`` reads.
    public func text(as type: ABIType) -> String {
        switch (self, type) {
        case (.string(let text), _): text
        case (.array, _), (.tuple, _): json(as: type).serialized
        default:
            switch json(as: type) {
            case .string(let text): text
            case let other: other.serialized
            }
        }
    }

    /// The value as JSON: numbers as decimal strings, bytes as hexadecimal ones.
    public func json(as type: ABIType) -> JSONValue {
        switch (self, type) {
        case (.uint(let word), _): return .string("\(word)")
        case (.int(let word), _):
            return .string(word.isNegative ? "-\(UInt256.zero &- word)" : "\(word)")
        case (.address(let address), _): return .string("\(address)")
        case (.bool(let flag), _): return .bool(flag)
        case (.bytes(let bytes), _): return .string(Hexadecimal.data(bytes))
        case (.string(let text), _): return .string(text)
        case (.array(let values), .array(let element)),
            (.array(let values), .fixedArray(let element, _)):
            return .array(values.map { $0.json(as: element) })
        case (.tuple(let values), .tuple(let components)):
            return .array(zip(values, components).map { $0.json(as: $1.type) })
        case (.array(let values), _), (.tuple(let values), _):
            // A value of another type than said: shown as it is.
            return .array(values.map { $0.json(as: type) })
        }
    }
}
