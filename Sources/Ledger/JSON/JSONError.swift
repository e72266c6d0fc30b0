/// Why bytes are no JSON that is taken here.
public enum JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// More bytes than the caller takes.
    case tooLong(count: Int, limit: Int)
    /// The text ends too early.
    case truncated
    /// Something else than what the grammar has at this byte.
    case unexpected(at: Int)
    /// A string that is not UTF-8, or an escape that names no character, from this byte on.
    case malformedString(at: Int)
    /// Arrays and objects inside each other, more than ``JSONLimits/depth``.
    case tooDeep
    /// More values than ``JSONLimits/values``.
    case tooManyValues
    /// Something behind the value, from this byte on.
    case trailing(at: Int)
    /// A name that an object has twice.
    case duplicate(String)

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .tooLong(let count, let limit): "\(count) bytes of JSON; at most \(limit) are taken"
        case .truncated: "the JSON ends too early"
        case .unexpected(let place), .trailing(let place): "not JSON: see byte \(place)"
        case .malformedString(let place): "not a string of UTF-8 text: see byte \(place)"
        case .tooDeep: "JSON nested deeper than \(JSONLimits.depth) levels"
        case .tooManyValues: "more than \(JSONLimits.values) values of JSON"
        case .duplicate(let name): "the JSON has \"\(name)\" twice in one object"
        }
    }
}
