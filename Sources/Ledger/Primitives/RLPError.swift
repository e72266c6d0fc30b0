/// Why bytes are not canonical RLP, or not what they should encode.
public enum RLPError: Error, Hashable, Sendable {
    /// The input ends before the item that it announces.
    case truncated
    /// Bytes follow where there should be none.
    case trailingBytes(Int)
    /// A length or a single byte is written longer than it need be.
    case notMinimal
    /// A length beyond what can be addressed.
    case lengthOverflow
    /// A string stands where a list should, or the reverse.
    case unexpectedKind
    /// An integer with leading zeros.
    case leadingZeros
    /// An integer or a string of fixed width that is too wide or too narrow.
    case width(expected: Int, found: Int)
    /// Lists nested deeper than the limit.
    case tooDeep(limit: Int)
}
