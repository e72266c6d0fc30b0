/// Why a text is not a DNS name.
public enum DNSNameError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Empty, or longer than 253 bytes.
    case wrongLength(Int)
    /// A label (between dots) that is empty or longer than 63 bytes.
    case wrongLabelLength(Int)
    /// Something other than ASCII letters, digits, "-" and "_".
    case invalidCharacter(Character)

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .wrongLength(let length): "a DNS name has 1 to 253 characters, not \(length)"
        case .wrongLabelLength(let length):
            "a part of a DNS name between dots has 1 to 63 characters, not \(length)"
        case .invalidCharacter(let character):
            "'\(String(character).shortenedForMessages)' cannot stand in a DNS name"
                + " (write international names in their xn-- form)"
        }
    }
}

/// A syntactically valid DNS name: ASCII, letters kept as written. A dot may end it.
public struct DNSName: Hashable, Sendable, CustomStringConvertible {
    /// The name.
    public let text: String

    /// Checks `text` against the limits of RFC 1035 §2.3.4. The underscore of service labels
    /// (RFC 8552) is allowed.
    public init(_ text: String) throws(DNSNameError) {
        let utf8 = text.utf8
        guard (1...253).contains(utf8.count) else { throw .wrongLength(utf8.count) }
        let name = utf8.last == UInt8(ascii: ".") ? utf8.dropLast() : utf8[...]
        for label in name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard (1...63).contains(label.count) else { throw .wrongLabelLength(label.count) }
        }
        for (offset, character) in utf8.enumerated() {
            switch character {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                continue
            default: throw .invalidCharacter(text[...].character(atUTF8Offset: offset))
            }
        }
        self.text = text
    }

    /// The text form.
    public var description: String { text }
}
