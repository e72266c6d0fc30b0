import Foundation

/// One rule against one attack.
struct Cell {
    /// The accuracy of each seed's last rounds, in 0...1.
    let accuracies: [Double]

    init(_ accuracies: [Double]) { self.accuracies = accuracies }

    var mean: Double { accuracies.reduce(0, +) / Double(max(1, accuracies.count)) }

    var deviation: Double {
        let squares = accuracies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(max(1, accuracies.count))).squareRoot()
    }
}

/// Accuracies of rules (rows) under attacks (columns).
struct StudyTable {
    let rules: [String]
    let attacks: [String]
    private var cells: [Cell]

    init(rules: [String], attacks: [String]) {
        self.rules = rules
        self.attacks = attacks
        cells = Array(repeating: Cell([]), count: rules.count * attacks.count)
    }

    subscript(row: Int, column: Int) -> Cell {
        get { cells[row * attacks.count + column] }
        set { cells[row * attacks.count + column] = newValue }
    }

    /// The lowest mean of a rule.
    func worst(_ row: Int) -> Double {
        attacks.indices.reduce(1) { min($0, self[row, $1].mean) }
    }

    /// A Markdown table: mean±deviation in percent, and the worst of each row.
    var text: String {
        let header = ["rule"] + attacks + ["worst"]
        var lines = [header, header.map { _ in "---" }]
        for row in rules.indices {
            let values = attacks.indices.map { column in
                let cell = self[row, column]
                return "\(percent(cell.mean))±\(percent(cell.deviation))"
            }
            lines.append([rules[row]] + values + [percent(worst(row))])
        }
        return lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }

    func json(of study: PoisoningStudy) throws -> String {
        let results = rules.indices.flatMap { row in
            attacks.indices.map { column -> [String: Any] in
                [
                    "rule": rules[row], "attack": attacks[column],
                    "accuracies": self[row, column].accuracies,
                ]
            }
        }
        let object: [String: Any] = [
            "partition": study.partition, "members": study.members,
            "byzantine": study.byzantine, "rounds": study.rounds, "results": results,
        ]
        let data = try JSONSerialization.data(
            withJSONObject: object, options: [.sortedKeys, .prettyPrinted])
        return String(decoding: data, as: UTF8.self)
    }

    /// A heat map: a row per rule, a column per attack and one for the worst; dark red fails, pale lives.
    func svg(title: String) -> String {
        let left = 190
        let top = 130
        let (width, height) = (52, 24)
        let total = left + width * (attacks.count + 1) + 10
        var parts = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(total)\" "
                + "height=\"\(top + height * rules.count + 10)\" "
                + "font-family=\"sans-serif\" font-size=\"11\">",
            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
            "<text x=\"10\" y=\"20\" font-size=\"14\">\(title)</text>",
        ]
        for (column, name) in (attacks + ["worst"]).enumerated() {
            let x = left + column * width + width / 2
            parts.append(
                "<text transform=\"translate(\(x),\(top - 8)) rotate(-45)\">\(name)</text>")
        }
        for row in rules.indices {
            let y = top + row * height
            parts.append(
                "<text x=\"\(left - 8)\" y=\"\(y + 16)\" text-anchor=\"end\">\(rules[row])</text>")
            let means = attacks.indices.map { self[row, $0].mean } + [worst(row)]
            for (column, mean) in means.enumerated() {
                let x = left + column * width
                parts.append(
                    "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(width - 1)\" height=\"\(height - 1)\" "
                        + "fill=\"\(Self.color(mean))\"/>")
                parts.append(
                    "<text x=\"\(x + width / 2)\" y=\"\(y + 16)\" text-anchor=\"middle\" "
                        + "fill=\"\(mean < 0.5 ? "white" : "black")\">\(percent(mean))</text>")
            }
        }
        return (parts + ["</svg>", ""]).joined(separator: "\n")
    }

    /// From dark red at 10 % (chance) over orange to pale green at 96 %.
    private static func color(_ accuracy: Double) -> String {
        let share = max(0, min(1, (accuracy - 0.1) / 0.86))
        // Squared, as the differences that matter are near the top.
        let hue = Int((share * share * 120).rounded())
        let light = Int((30 + 48 * share).rounded())
        return "hsl(\(hue),70%,\(light)%)"
    }

    private func percent(_ value: Double) -> String {
        String(format: "%.1f", 100 * value)
    }
}
