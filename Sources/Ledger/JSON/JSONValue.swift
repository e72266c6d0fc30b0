/// A value of JSON (RFC 8259). Numbers keep the text that they were written as, since a ledger's do not
/// fit into 64 bits and an id goes back as it came; members keep their order, and a name comes once.
public enum JSONValue: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number's text.
    case number(String)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object.
    case object(JSONObject)

    /// A whole number.
    public static func integer(_ value: some BinaryInteger) -> JSONValue {
        .number(String(value))
    }

    /// An object of these members, in this order.
    public static func members(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(JSONObject(members.map { JSONObject.Member($0.key, $0.value) }))
    }

    /// A member of an object; `nil` for what is none, or has none of that name.
    public subscript(name: String) -> JSONValue? { object?[name] }

    /// An array's values.
    public var elements: [JSONValue]? {
        guard case .array(let values) = self else { return nil }
        return values
    }

    /// A string's text.
    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// An object's members.
    public var object: JSONObject? {
        guard case .object(let object) = self else { return nil }
        return object
    }

    /// The number, if it is a whole one from 0 to 2⁶³ − 1 without exponent.
    public var count: Int? {
        guard case .number(let digits) = self else { return nil }
        return Int(digits).flatMap { $0 < 0 ? nil : $0 }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByNilLiteral,
    ExpressibleByBooleanLiteral
{
    /// A string.
    public init(stringLiteral text: String) { self = .string(text) }
    /// `null`.
    public init(nilLiteral: ()) { self = .null }
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}
