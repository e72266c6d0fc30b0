/// Why something is no ABI type, no value of its type, or no encoding of one.
public enum ABIError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not a type or signature of Solidity's ABI.
    case type(String)
    /// A type beyond ``ABILimits``.
    case typeTooLarge(String)
    /// A JSON ABI that is none.
    case json(String)
    /// A value of another type than expected.
    case mismatch(expected: String)
    /// Another number of values than the type has.
    case count(expected: Int, found: Int)
    /// A number that does not fit its type, or padding that is not zero.
    case outOfRange(type: String)
    /// The data end before the value does, or an offset points beyond them.
    case truncated
    /// Parts of the data would be read more than once: an encoding that nobody needs to make.
    case overlapping
    /// A string that is not UTF-8.
    case notText
    /// Call data that begin with no selector of this contract.
    case unknownSelector

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .type(let text): "\"\(text)\" is no type or signature of the Solidity ABI"
        case .typeTooLarge(let text): "the type \"\(text.prefix(80))\" is too large"
        case .json(let reason): "not a JSON ABI: \(reason)"
        case .mismatch(let expected): "expected a value of type \(expected)"
        case .count(let expected, let found): "expected \(expected) values, found \(found)"
        case .outOfRange(let type): "the value is out of range for \(type)"
        case .truncated: "the data end too early"
        case .overlapping: "the data point at the same bytes more than once"
        case .notText: "a string is not UTF-8 text"
        case .unknownSelector: "no function of this contract has that selector"
        }
    }
}
