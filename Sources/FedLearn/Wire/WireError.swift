/// Why bytes from outside are not what they should be.
public enum WireError: Error, Equatable, Sendable {
    /// They end before the message does.
    case truncated
    /// They go on after it.
    case trailingBytes
    /// A version that this build does not know.
    case unknownVersion(UInt8)
    /// A kind of message or field that the version does not have.
    case unknownKind(UInt8)
    /// A number beyond its limit, a list out of order, or a float that is not finite.
    case outOfRange
    /// Not the one encoding that the value has.
    case notCanonical
}
