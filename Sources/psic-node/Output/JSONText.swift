import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A value that writes its JSON itself.
///
/// For events that come by the hundred a second: `JSONEncoder` spends more on one than the node on
/// carrying the message that it tells of. What is written is what ``JSON/bytes(_:)`` gives, byte
/// for byte.
protocol JSONText: Encodable, Sendable {
    /// Appends the value.
    func append(to text: inout JSONTextWriter)
}

/// Writes JSON into a buffer: no spaces, slashes as they are.
struct JSONTextWriter {
    private(set) var buffer: ByteBuffer

    /// A writer whose text will have about `capacity` bytes.
    init(capacity: Int) {
        buffer = ByteBuffer()
        buffer.reserveCapacity(capacity)
    }

    /// Appends text as it is.
    mutating func raw(_ text: StaticString) { buffer.writeStaticString(text) }

    /// Appends a number.
    mutating func number(_ value: Int) { buffer.writeString(String(value)) }

    /// Appends a string, quoted.
    mutating func string(_ value: String) {
        buffer.writeInteger(UInt8(ascii: "\""))
        for byte in value.utf8 { escaped(byte) }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    /// Appends bytes as a string of base64.
    mutating func base64(_ bytes: [UInt8]) {
        buffer.writeInteger(UInt8(ascii: "\""))
        // None of its characters is ever escaped.
        buffer.writeString(Data(bytes).base64EncodedString())
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): raw("\\\"")
        case UInt8(ascii: "\\"): raw("\\\\")
        case 0x08: raw("\\b")
        case 0x0c: raw("\\f")
        case UInt8(ascii: "\n"): raw("\\n")
        case UInt8(ascii: "\r"): raw("\\r")
        case UInt8(ascii: "\t"): raw("\\t")
        case 0..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            raw("\\u00")
            buffer.writeInteger(digits[Int(byte >> 4)])
            buffer.writeInteger(digits[Int(byte & 15)])
        default: buffer.writeInteger(byte)
        }
    }
}
