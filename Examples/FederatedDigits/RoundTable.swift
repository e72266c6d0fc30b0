import FedLearn
import Foundation

/// How one round went.
struct RoundReport: Encodable {
    struct Rejected: Encodable {
        var member: Int
        var reason: String
    }

    /// From 1.
    var round: Int
    /// Share of the test rows classified correctly.
    var accuracy: Double
    /// Bytes of the longest update, its message's header included.
    var bytesPerClient: Int
    /// Members whose updates had a part in the result.
    var counted: Int
    var rejected: [Rejected]
    /// Why there was no result.
    var failure: String?
    /// After this round, by Rényi divergences.
    var epsilonRenyi: Double?
    /// After this round, by privacy loss distributions.
    var epsilonLosses: Double?
    var modelHash: String

    init(
        round: Int, accuracy: Double, bytesPerClient: Int, counted: Int, rejected: [Rejected],
        failure: String?, epsilon: (renyi: Double, losses: Double)?, modelHash: String
    ) {
        self.round = round
        self.accuracy = accuracy
        self.bytesPerClient = bytesPerClient
        self.counted = counted
        self.rejected = rejected
        self.failure = failure
        epsilonRenyi = epsilon?.renyi
        epsilonLosses = epsilon?.losses
        self.modelHash = modelHash
    }
}

/// All rounds, as lines and as JSON.
struct RoundTable {
    let settings: DigitsSettings
    private(set) var reports: [RoundReport] = []

    init(settings: DigitsSettings) { self.settings = settings }

    mutating func add(_ report: RoundReport) { reports.append(report) }

    private var hasNoise: Bool {
        if case .noise = settings.privacy { true } else { false }
    }

    /// Accuracy of the last five rounds.
    var finalAccuracy: Double {
        let last = reports.suffix(5)
        return last.reduce(0) { $0 + $1.accuracy } / Double(max(1, last.count))
    }

    var header: String {
        let privacy = hasNoise ? "    ε (RDP)  ε (PLD)" : ""
        return "round  accuracy  bytes/client  counted\(privacy)  left out"
    }

    func line(of report: RoundReport) -> String {
        var line = String(
            format: "%5d  %7.2f%%  %12d  %7d", report.round, 100 * report.accuracy,
            report.bytesPerClient, report.counted)
        if let renyi = report.epsilonRenyi, let losses = report.epsilonLosses {
            line += String(format: "  %9.2f  %7.2f", renyi, losses)
        }
        let names = report.rejected.map { "\($0.member) \($0.reason)" }
        line += "  " + (names.isEmpty ? "-" : names.joined(separator: ", "))
        return line + (report.failure.map { "  no result: \($0)" } ?? "")
    }

    var summary: String {
        let most = reports.map(\.bytesPerClient).max() ?? 0
        return String(
            format: "accuracy of the last %d rounds: %.2f%%; at most %d bytes per client and round",
            min(5, reports.count), 100 * finalAccuracy, most)
    }

    private struct Document: Encodable {
        var peers: Int
        var byzantine: Int
        var attack: String
        var rule: String
        var faults: Int
        var partition: String
        var compression: String
        var seed: UInt64
        var finalAccuracy: Double
        var rounds: [RoundReport]
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        let document = Document(
            peers: settings.peers, byzantine: settings.byzantine, attack: settings.attack.name,
            rule: settings.part.rule.name, faults: settings.part.rule.maximumFaults,
            partition: "\(settings.partition)", compression: "\(settings.compression)",
            seed: settings.seed, finalAccuracy: finalAccuracy, rounds: reports)
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }
}

/// Accuracy over rounds as an SVG picture.
struct AccuracyPlot {
    private let table: RoundTable

    init(_ table: RoundTable) { self.table = table }

    var text: String {
        let (left, top, width, height) = (50.0, 40.0, 560.0, 260.0)
        let count = max(1, table.reports.count - 1)
        func x(_ index: Int) -> Double { left + width * Double(index) / Double(count) }
        func y(_ accuracy: Double) -> Double { top + height * (1 - accuracy) }
        let settings = table.settings
        let title =
            "\(settings.part.rule.name), \(settings.byzantine) of \(settings.peers) "
            + "\(settings.attack.name), \(settings.partition), \(settings.compression)"
        var parts = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"350\" "
                + "font-family=\"sans-serif\" font-size=\"11\">",
            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
            "<text x=\"\(left)\" y=\"22\" font-size=\"14\">\(title)</text>",
        ]
        for percent in stride(from: 0, through: 100, by: 20) {
            let line = y(Double(percent) / 100)
            parts.append(
                "<line x1=\"\(left)\" y1=\"\(line)\" x2=\"\(left + width)\" y2=\"\(line)\" "
                    + "stroke=\"#ddd\"/>")
            parts.append(
                "<text x=\"\(left - 6)\" y=\"\(line + 4)\" text-anchor=\"end\">\(percent)%</text>")
        }
        for (index, report) in table.reports.enumerated()
        where report.round == 1 || report.round % 5 == 0 {
            parts.append(
                "<text x=\"\(x(index))\" y=\"\(top + height + 18)\" "
                    + "text-anchor=\"middle\">\(report.round)</text>")
        }
        let points = table.reports.enumerated().map { index, report in
            String(format: "%.1f,%.1f", x(index), y(report.accuracy))
        }
        parts.append(
            "<polyline points=\"\(points.joined(separator: " "))\" fill=\"none\" "
                + "stroke=\"#1565c0\" stroke-width=\"2\"/>")
        parts.append("<text x=\"\(left)\" y=\"342\">round</text>")
        return (parts + ["</svg>", ""]).joined(separator: "\n")
    }
}
