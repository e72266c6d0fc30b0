/// Why a text or bytes are not a multiaddr. Positions count components from one, offsets bytes
/// from zero.
public enum MultiaddrError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No component at all.
    case empty
    /// Longer than ``MultiformatsLimits`` allows.
    case tooLong(byteCount: Int, limit: Int)
    /// More components than ``MultiformatsLimits`` allows.
    case tooManyComponents(limit: Int)
    /// The text does not begin with "/".
    case missingLeadingSlash(String)
    /// A name that is no supported protocol.
    case unknownProtocol(String, position: Int)
    /// A code that is no supported protocol. What follows cannot be read, because the length of
    /// an unknown value is unknown.
    case unknownProtocolCode(UInt64, offset: Int)
    /// The text ends behind a protocol that needs a value.
    case missingValue(of: MultiaddrProtocol, position: Int)
    /// A value that its protocol does not allow.
    case invalidValue(String, of: MultiaddrProtocol, reason: String, position: Int)
    /// The bytes end inside a component.
    case truncated(offset: Int)
    /// A code or length that is not a varint.
    case malformedVarInt(VarIntError, offset: Int)

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .empty: "the multiaddr is empty; one looks like /ip4/192.0.2.1/tcp/4001"
        case .tooLong(let byteCount, let limit):
            "the multiaddr has \(byteCount) bytes, allowed are \(limit)"
        case .tooManyComponents(let limit):
            "the multiaddr has more than \(limit) components"
        case .missingLeadingSlash(let text):
            "\"\(text.shortenedForMessages)\" does not begin with \"/\";"
                + " a multiaddr looks like /ip4/192.0.2.1/tcp/4001"
        case .unknownProtocol(let name, let position):
            "component \(position): \"\(name.shortenedForMessages)\" is not a known protocol;"
                + " known are \(MultiaddrProtocol.allNames)"
        case .unknownProtocolCode(let code, let offset):
            "protocol code \(code) at byte \(offset) is not known"
        case .missingValue(let proto, let position):
            "component \(position): /\(proto) needs a value, for example \(proto.example)"
        case .invalidValue(let value, let proto, let reason, let position):
            "component \(position): \"\(value.shortenedForMessages)\" is not a value of"
                + " /\(proto): \(reason)"
        case .truncated(let offset): "the multiaddr ends inside the component at byte \(offset)"
        case .malformedVarInt(let error, let offset): "at byte \(offset): \(error)"
        }
    }
}
