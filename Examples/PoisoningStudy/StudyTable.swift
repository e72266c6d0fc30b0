import Foundation

/// One rule against one attack.
struct Cell: Sendable {
    /// The accuracy of each seed's last rounds, in 0...1.
    let accuracies: [Double]

    init(_ accuracies: [Double]) { self.accuracies = accuracies }

    var mean: Double { accuracies.reduce(0, +) / Double(max(1, accuracies.count)) }

    /// The population's, as NumPy's `std`.
    var deviation: Double {
        let squares = accuracies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(max(1, accuracies.count))).squareRoot()
    }
}

/// Accuracies of rules (rows) under attacks (columns).
struct StudyTable: Sendable {
    let title: String
    let rules: [String]
    let attacks: [String]
    private var cells: [Cell]

    init(title: String, rules: [String], attacks: [String]) {
        self.title = title
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

    /// Columns of equal width under the title.
    var text: String {
        let table = rows
        let widths = table[0].indices.map { column in
            table.map { $0[column].count }.reduce(0, max)
        }
        let lines = table.map { row in
            zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }.joined(separator: "  ")
        }
        return ([title] + lines).joined(separator: "\n")
    }

    /// A Markdown table under the title.
    var markdown: String {
        var lines = rows
        lines.insert(lines[0].map { _ in "---" }, at: 1)
        return "**\(title)**\n\n"
            + lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }

    /// Mean±deviation in percent, and the worst of each rule; the header first.
    private var rows: [[String]] {
        [["rule"] + attacks + ["worst"]]
            + rules.indices.map { row in
                let values = attacks.indices.map { column in
                    let cell = self[row, column]
                    return "\(Self.percent(cell.mean))±\(Self.percent(cell.deviation))"
                }
                return [rules[row]] + values + [Self.percent(worst(row))]
            }
    }

    static func percent(_ value: Double) -> String { String(format: "%.1f", 100 * value) }
}

/// All tables with what made them, for programs.
struct StudyReport: Encodable {
    private struct Result: Encodable {
        let rule: String
        let attack: String
        /// Of seeds 1, 2, …
        let accuracies: [Double]
    }

    private struct Part: Encodable {
        let partition: String
        let model: String
        let members: Int
        let byzantine: Int
        let tolerated: Int
        let rounds: Int
        let results: [Result]
    }

    private let studies: [Part]

    init(of study: PoisoningStudy, tables: [StudyTable]) throws {
        studies = zip(try study.partitions(), tables).map { partition, table in
            Part(
                partition: partition.description, model: study.model.rawValue,
                members: study.members, byzantine: study.byzantine, tolerated: study.tolerated,
                rounds: study.rounds,
                results: table.rules.indices.flatMap { row in
                    table.attacks.indices.map { column in
                        Result(
                            rule: table.rules[row], attack: table.attacks[column],
                            accuracies: table[row, column].accuracies)
                    }
                })
        }
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}
