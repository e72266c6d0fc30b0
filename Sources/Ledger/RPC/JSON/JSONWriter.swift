/// Writes JSON without spaces, up to a number of bytes.
package struct JSONWriter {
    /// What has been written.
    package private(set) var bytes: [UInt8] = []
    /// Whether something was left out because it was too much; then ``bytes`` is no JSON.
    package private(set) var isOverfull = false
    private let limit: Int

    package init(limit: Int = .max) { self.limit = limit }

    /// The text of a value.
    package static func bytes(_ value: JSONValue) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(value)
        return writer.bytes
    }

    /// Writes a value.
    package mutating func write(_ value: JSONValue) {
        guard bytes.count <= limit else {
            isOverfull = true
            return
        }
        switch value {
        case .null: raw("null")
        case .bool(let value): raw(value ? "true" : "false")
        case .number(let text): raw(text)
        case .string(let text): string(text)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() where !isOverfull {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(value)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() where !isOverfull {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                string(member.name)
                bytes.append(UInt8(ascii: ":"))
                write(member.value)
            }
            bytes.append(UInt8(ascii: "}"))
        }
        if bytes.count > limit { isOverfull = true }
    }

    /// Writes what is JSON already.
    package mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Writes what is JSON already.
    package mutating func raw(_ text: [UInt8]) { bytes.append(contentsOf: text) }

    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): raw("\\\"")
            case UInt8(ascii: "\\"): raw("\\\\")
            case 10: raw("\\n")
            case 13: raw("\\r")
            case 9: raw("\\t")
            case ..<0x20: raw("\\u00" + Hexadecimal.digits(of: [byte]))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
