/// Names and label sets in the form that Prometheus has them (text exposition format 0.0.4).
enum MetricSyntax {
    /// A metric's name: every character outside `[a-zA-Z0-9_:]` becomes `_`.
    static func name(_ label: String) -> String { cleaned(label, allowsColon: true) }

    /// A label set, in order: `{kind="replay",protocol="x"}`; nothing for none. The text tells
    /// equal sets from different ones.
    static func labels(_ dimensions: [(String, String)], limits: MetricLimits) -> String {
        if dimensions.isEmpty { return "" }
        var seen: Set<String> = []
        let pairs = dimensions.prefix(limits.maximumLabels)
            .map { (cleaned($0.0, allowsColon: false), $0.1) }
            .filter { seen.insert($0.0).inserted }
            .sorted { $0.0 < $1.0 }
            .map { "\($0.0)=\"\(value($0.1, limits.maximumValueBytes))\"" }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    /// A label set with one label more, last.
    static func adding(_ name: String, _ value: String, to labels: String) -> String {
        labels.isEmpty
            ? "{\(name)=\"\(value)\"}" : "\(labels.dropLast()),\(name)=\"\(value)\"}"
    }

    /// A number.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 9e15 { return String(Int64(value)) }
        return value.description
    }

    /// Help text, in one line.
    static func help(_ text: String) -> String { escaped(text, quotes: false) }

    private static func value(_ text: String, _ limit: Int) -> String {
        var text = text
        // Whole characters, so that it stays text.
        while text.utf8.count > limit { text.removeLast() }
        return escaped(text, quotes: true)
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func cleaned(_ text: String, allowsColon: Bool) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "_"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if result.isEmpty { result = "_" }
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: ":") where allowsColon: result += ":"
            default: result += "_"
            }
        }
        return result.isEmpty ? "_" : result
    }
}
