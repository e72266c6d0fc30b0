extension StrictJSON {
    /// The document in one line.
    public var text: String {
        var out = ""
        write(to: &out, indentation: nil)
        return out
    }

    /// The document on many lines, two spaces a level.
    public var indentedText: String {
        var out = ""
        write(to: &out, indentation: 0)
        return out + "\n"
    }

    private func write(to out: inout String, indentation: Int?) {
        switch self {
        case .null: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .number(let digits): out += digits
        case .string(let text): out += Self.quoted(text)
        case .array(let elements):
            let items = elements.map { item in
                { (out: inout String, inner: Int?) in item.write(to: &out, indentation: inner) }
            }
            Self.write("[", items, "]", to: &out, indentation)
        case .object(let members):
            let items = members.map { member in
                { (out: inout String, inner: Int?) in
                    out += Self.quoted(member.name) + (inner == nil ? ":" : ": ")
                    member.value.write(to: &out, indentation: inner)
                }
            }
            Self.write("{", items, "}", to: &out, indentation)
        }
    }

    private static func write(
        _ open: String, _ items: [(inout String, Int?) -> Void], _ close: String,
        to out: inout String, _ indentation: Int?
    ) {
        out += open
        let inner = indentation.map { $0 + 2 }
        for (index, item) in items.enumerated() {
            if index > 0 { out += "," }
            if let inner { out += "\n" + String(repeating: " ", count: inner) }
            item(&out, inner)
        }
        if let indentation, !items.isEmpty {
            out += "\n" + String(repeating: " ", count: indentation)
        }
        out += close
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case "\u{0}"..<"\u{20}":
                out += "\\u00" + Hexadecimal.digits(of: [UInt8(truncatingIfNeeded: scalar.value)])
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
