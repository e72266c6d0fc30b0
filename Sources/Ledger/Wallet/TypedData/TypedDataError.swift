/// Why a document is no typed data that can be signed (EIP-712).
public enum TypedDataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not JSON, or too much of it.
    case json(JSONError)
    /// A part of the document that is missing, or of the wrong kind.
    case missing(String)
    /// A type that is not declared, or declared wrongly.
    case type(String)
    /// A value that does not fit its type; names the way to it.
    case value(path: String, expected: String)
    /// More of something than ``TypedDataLimits`` allows.
    case limit(String)

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .json(let error): "\(error)"
        case .missing(let what): "the typed data have no \(what)"
        case .type(let name): "the typed data have no sound type \"\(name)\""
        case .value(let path, let expected): "\(path): expected \(expected)"
        case .limit(let what): "the typed data have too many \(what)"
        }
    }
}

/// Limits of typed data, which come from whatever asks a person to sign.
public enum TypedDataLimits {
    /// Bytes of the document. The largest in use, orders of exchanges, have some ten KiB.
    public static let jsonBytes = 1 << 20
    /// Types that a document declares.
    public static let types = 128
    /// Members of a type.
    public static let members = 128
    /// Structures and arrays within each other, also where a type contains itself.
    public static let depth = 32
}
