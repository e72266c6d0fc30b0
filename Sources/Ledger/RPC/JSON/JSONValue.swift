/// A value of JSON (RFC 8259), as JSON-RPC needs it: numbers keep the text that they were sent as, so
/// that an id goes back as it came, and members keep their order.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// The number's text.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// A whole number.
    package static func integer(_ value: some BinaryInteger) -> JSONValue {
        .number(String(value))
    }

    /// An object of these members, in this order.
    package static func members(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(JSONObject(members.map { JSONObject.Member(name: $0.key, value: $0.value) }))
    }

    /// A member of an object; `nil` for what is none, or has none of that name.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let object) = self else { return nil }
        return object[name]
    }

    /// An array's values.
    package var elements: [JSONValue]? {
        guard case .array(let values) = self else { return nil }
        return values
    }

    /// A string's text.
    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// An object's members.
    package var object: JSONObject? {
        guard case .object(let object) = self else { return nil }
        return object
    }
}

/// An object's members, in the order in which they were written.
package struct JSONObject: Sendable, Equatable {
    /// A name and its value.
    package struct Member: Sendable, Equatable {
        package var name: String
        package var value: JSONValue
    }

    package private(set) var members: [Member]

    package init(_ members: [Member] = []) { self.members = members }

    /// The value of a name; of several the last, as most readers of JSON have it.
    package subscript(name: String) -> JSONValue? { members.last { $0.name == name }?.value }

    /// Adds a member behind the others. The caller sees to it that the name is new.
    package mutating func append(_ name: String, _ value: JSONValue) {
        members.append(Member(name: name, value: value))
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByNilLiteral,
    ExpressibleByBooleanLiteral
{
    package init(stringLiteral text: String) { self = .string(text) }
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}
