/// A table for people: columns aligned by spaces, no frames.
struct TextTable: Equatable, Sendable {
    /// On which side a column's cells are filled up.
    enum Alignment: Sendable {
        case left
        case right
    }

    /// A column's heading and alignment.
    struct Column: Equatable, Sendable {
        var title: String
        var alignment: Alignment

        init(_ title: String, _ alignment: Alignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row; missing cells stay empty, cells beyond the last column are dropped.
    mutating func add(_ cells: [String]) {
        let filled = cells.prefix(columns.count).map(Self.printable)
        rows.append(filled + Array(repeating: "", count: columns.count - filled.count))
    }

    /// The lines, headings first, without spaces at their ends.
    var lines: [String] {
        let titles = columns.map(\.title)
        let widths = columns.indices.map { column in
            ([titles] + rows).map { $0[column].count }.max() ?? 0
        }
        return ([titles] + rows).map { row in
            var line = zip(zip(row, columns), widths).map { cell, width in
                let fill = String(repeating: " ", count: width - cell.0.count)
                return cell.1.alignment == .left ? cell.0 + fill : fill + cell.0
            }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// What a remote peer calls itself must not steer the terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.isPrintable ? $0 : "\u{FFFD}" }))
    }
}

extension Unicode.Scalar {
    fileprivate var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
        default: true
        }
    }
}

/// Numbers for people.
enum Figures {
    /// Bytes with a binary unit: `812 B`, `1.4 MiB`.
    static func bytes(_ count: UInt64) -> String {
        guard count >= 1024 else { return "\(count) B" }
        var value = Double(count)
        var unit = ""
        for name in ["KiB", "MiB", "GiB", "TiB"] where value >= 1023.95 || unit.isEmpty {
            value /= 1024
            unit = name
        }
        return "\(fixed(value, digits: 1)) \(unit)"
    }

    /// A number with a fixed count of decimals, without locale.
    static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((abs(value) * scale).rounded())
        let divisor = Int64(scale)
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(scaled)" }
        let fraction = String(scaled % divisor)
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return "\(sign)\(scaled / divisor).\(zeros)\(fraction)"
    }

    /// A peer ID as people can tell it from others: its last eight characters, as all Ed25519 peer
    /// IDs begin alike.
    static func shortID(_ peerID: String) -> String {
        peerID.count <= 12 ? peerID : "…" + peerID.suffix(8)
    }

    /// Text that is cut where it is longer than a column may be.
    static func cut(_ text: String, to count: Int) -> String {
        text.count <= count ? text : text.prefix(max(0, count - 1)) + "…"
    }

    /// A span of time in its two largest units: `3 d 4 h`, `12 min 5 s`, `7 s`.
    static func span(seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e12 else { return "-" }
        let total = Int(max(0, seconds))
        let parts = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
        guard let first = parts.firstIndex(where: { total >= $0.0 }) else { return "0 s" }
        var rest = total
        var words: [String] = []
        for (length, unit) in parts[first...].prefix(2) {
            let count = rest / length
            rest %= length
            if count > 0 { words.append("\(count) \(unit)") }
        }
        return words.joined(separator: " ")
    }

    /// A round trip: `0.143 ms`.
    static func milliseconds(_ duration: Duration) -> String {
        "\(fixed(duration.milliseconds, digits: 3)) ms"
    }
}

extension Duration {
    /// The duration in milliseconds.
    var milliseconds: Double {
        Double(components.seconds) * 1e3 + Double(components.attoseconds) * 1e-15
    }
}
