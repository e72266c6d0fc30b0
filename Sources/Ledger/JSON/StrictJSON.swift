/// A JSON document as a tree (RFC 8259), read strictly: numbers keep their digits, as a ledger's do not
/// fit into 64 bits, members keep their order, and a name may come once.
public indirect enum StrictJSON: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number's digits as they stand in the document.
    case number(String)
    /// A string.
    case string(String)
    /// An array.
    case array([StrictJSON])
    /// An object, its members in the document's order.
    case object([Member])

    /// A name and its value.
    public struct Member: Hashable, Sendable {
        /// The name.
        public var name: String
        /// The value.
        public var value: StrictJSON
        /// Both.
        public init(_ name: String, _ value: StrictJSON) {
            self.name = name
            self.value = value
        }
    }

    /// Arrays and objects nested deeper are refused: each level costs a call.
    public static let maximumDepth = 64

    /// The value of a member; `nil` where there is none, or this is no object.
    public subscript(name: String) -> StrictJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The string, if it is one.
    public var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The elements, if it is an array.
    public var elements: [StrictJSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members, if it is an object.
    public var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The number, if it is a whole one from 0 to 2⁶³ − 1 without exponent.
    public var count: Int? {
        guard case .number(let digits) = self else { return nil }
        return Int(digits).flatMap { $0 < 0 ? nil : $0 }
    }
}

/// Why bytes are no JSON document.
public enum StrictJSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// More bytes than the caller takes.
    case tooLong(count: Int, limit: Int)
    /// Not UTF-8.
    case notText
    /// Something else than JSON's grammar has at this byte.
    case syntax(offset: Int)
    /// Nested deeper than ``StrictJSON/maximumDepth``.
    case tooDeep
    /// A name that an object has twice.
    case duplicate(String)

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .tooLong(let count, let limit): "\(count) bytes of JSON; at most \(limit) are taken"
        case .notText: "the JSON is not UTF-8 text"
        case .syntax(let offset): "not JSON: see byte \(offset)"
        case .tooDeep: "JSON nested deeper than \(StrictJSON.maximumDepth) levels"
        case .duplicate(let name): "the JSON has \"\(name)\" twice in one object"
        }
    }
}
