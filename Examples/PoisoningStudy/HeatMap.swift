/// Tables as one picture, below each other: a row per rule, a column per attack and one for the worst; dark
/// red fails, pale green lives.
struct HeatMap {
    let tables: [StudyTable]

    private static let left = 190
    private static let header = 130
    private static let cell = (width: 52, height: 24)

    /// A document for a browser.
    var svg: String {
        let columns = tables.map(\.attacks.count).reduce(0, max) + 1
        let width = Self.left + Self.cell.width * columns + 60
        var parts: [String] = []
        var top = 0
        for table in tables {
            parts += drawing(of: table, from: top)
            top += Self.header + Self.cell.height * table.rules.count + 20
        }
        let head = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(top)\" "
                + "viewBox=\"0 0 \(width) \(top)\" font-family=\"sans-serif\" font-size=\"11\">",
            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
        ]
        return (head + parts + ["</svg>", ""]).joined(separator: "\n")
    }

    private func drawing(of table: StudyTable, from start: Int) -> [String] {
        let top = start + Self.header
        var parts = [
            "<text x=\"10\" y=\"\(start + 20)\" font-size=\"14\">Accuracy in %: "
                + "\(Self.escaped(table.title))</text>"
        ]
        for (column, name) in (table.attacks + ["worst"]).enumerated() {
            let x = Self.left + column * Self.cell.width + Self.cell.width / 2
            parts.append(
                "<text transform=\"translate(\(x),\(top - 8)) rotate(-45)\">"
                    + "\(Self.escaped(name))</text>")
        }
        for row in table.rules.indices {
            let y = top + row * Self.cell.height
            parts.append(
                "<text x=\"\(Self.left - 8)\" y=\"\(y + 16)\" text-anchor=\"end\">"
                    + "\(Self.escaped(table.rules[row]))</text>")
            let means = table.attacks.indices.map { table[row, $0].mean } + [table.worst(row)]
            for (column, mean) in means.enumerated() {
                parts += Self.square(mean, x: Self.left + column * Self.cell.width, y: y)
            }
        }
        return parts
    }

    private static func square(_ mean: Double, x: Int, y: Int) -> [String] {
        [
            "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(cell.width - 1)\" "
                + "height=\"\(cell.height - 1)\" fill=\"\(color(mean))\"/>",
            "<text x=\"\(x + cell.width / 2)\" y=\"\(y + 16)\" text-anchor=\"middle\" "
                + "fill=\"\(mean < 0.5 ? "white" : "black")\">\(StudyTable.percent(mean))</text>",
        ]
    }

    /// From dark red at 10 % (chance) over orange to pale green at 96 %.
    private static func color(_ accuracy: Double) -> String {
        let share = max(0, min(1, (accuracy - 0.1) / 0.86))
        // Squared, as the differences that matter are near the top.
        let hue = Int((share * share * 120).rounded())
        let light = Int((30 + 48 * share).rounded())
        return "hsl(\(hue),70%,\(light)%)"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    }
}
