import Foundation

/// Rates of true and false alarms per attack.
struct DetectionTable: Sendable {
    /// Of attackers, and of honest members, flagged in a round.
    struct Rates: Sendable {
        /// `nil` where nobody attacks.
        let found: Double?
        let wronged: Double

        var text: String {
            let first = found.map { String(format: "%.2f", $0) } ?? "–"
            return first + " / " + String(format: "%.2f", wronged)
        }
    }

    struct Row: Sendable {
        let attack: String
        let usual: Rates
        let ours: Rates
    }

    let title: String
    let rows: [Row]

    /// A Markdown table under the title.
    var markdown: String {
        let lines =
            ["| attack | usual test | AnomalyDetector |", "| --- | --- | --- |"]
            + rows.map { "| \($0.attack) | \($0.usual.text) | \($0.ours.text) |" }
        return "**\(title)**; attackers found / honest members wronged\n\n"
            + lines.joined(separator: "\n")
    }
}
