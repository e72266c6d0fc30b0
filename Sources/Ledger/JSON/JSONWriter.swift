extension JSONValue {
    /// The value as JSON, in one line.
    public var serialized: String { String(decoding: JSONWriter.bytes(self), as: UTF8.self) }

    /// The value as JSON on many lines, two spaces a level, with an end of line behind it.
    public var serializedOnLines: String {
        var writer = JSONWriter(indentation: 2)
        writer.write(self)
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }
}

/// Writes JSON, up to a number of bytes.
package struct JSONWriter {
    /// What has been written.
    package private(set) var bytes: [UInt8] = []
    /// Whether something was left out because it was too much; then ``bytes`` is no JSON.
    package private(set) var isOverfull = false
    private let limit: Int
    /// Spaces a level; 0 for all in one line.
    private let indentation: Int
    private var level = 0

    /// - Parameters:
    ///   - limit: Bytes after which the rest is left out.
    ///   - indentation: Spaces a level; 0 for all in one line.
    package init(limit: Int = .max, indentation: Int = 0) {
        self.limit = limit
        self.indentation = indentation
    }

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
            open("[")
            for (index, value) in values.enumerated() where !isOverfull {
                separate(index)
                write(value)
            }
            close("]", isEmpty: values.isEmpty)
        case .object(let object):
            open("{")
            for (index, member) in object.members.enumerated() where !isOverfull {
                separate(index)
                string(member.name)
                raw(indentation > 0 ? ": " : ":")
                write(member.value)
            }
            close("}", isEmpty: object.members.isEmpty)
        }
        if bytes.count > limit { isOverfull = true }
    }

    /// Writes what is JSON already.
    package mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Writes what is JSON already.
    package mutating func raw(_ text: [UInt8]) { bytes.append(contentsOf: text) }

    private mutating func open(_ bracket: StaticString) {
        bytes.append(bracket.utf8Start.pointee)
        level += 1
    }

    /// What stands before an element.
    private mutating func separate(_ index: Int) {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        newLine()
    }

    private mutating func close(_ bracket: StaticString, isEmpty: Bool) {
        level -= 1
        if !isEmpty { newLine() }
        bytes.append(bracket.utf8Start.pointee)
    }

    private mutating func newLine() {
        guard indentation > 0 else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: level * indentation))
    }

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
