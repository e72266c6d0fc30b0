extension ScenarioReport {
    /// The report for people, one line each.
    public var lines: [String] {
        var lines = [
            "\(outcome.scenario): \(outcome.peers) peers, \(outcome.scale.rawValue) scale, "
                + "seed \(outcome.seed), \(Self.number(outcome.virtualSeconds)) virtual seconds"
        ]
        lines += Self.table(outcome.figures).map { "  " + $0 }
        lines.append("  digest \(outcome.digest)")
        lines += cost.lines.map { "  " + $0 }
        lines.append(
            isMet ? "  all targets met" : "  MISSED: \(missed.map(\.name).joined(separator: ", "))")
        return lines
    }

    /// Figures with their units, targets and marks in columns.
    static func table(_ figures: [Figure]) -> [String] {
        let rows = figures.map { figure in
            let unit = figure.unit.rawValue
            let value = number(figure.value) + (unit.isEmpty ? "" : " \(unit)")
            guard let target = figure.target else { return [figure.name, value, "", ""] }
            let side = target.side == .atLeast ? "≥" : "≤"
            return [
                figure.name, value, "\(side) \(number(target.bound))",
                figure.isMet ? "met" : "MISSED",
            ]
        }
        let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (cell, width) in zip(row, widths) {
                line += cell + String(repeating: " ", count: width - cell.count + 2)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// A number with three significant decimals at most, without locale.
    static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        let digits = abs(value) >= 1000 ? 0 : abs(value) >= 100 ? 1 : abs(value) >= 10 ? 2 : 3
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((abs(value) * scale).rounded())
        let sign = value < 0 && scaled != 0 ? "-" : ""
        let whole = scaled / Int64(scale)
        var fraction = digits == 0 ? "" : String(scaled % Int64(scale))
        fraction = String(repeating: "0", count: digits - fraction.count) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        return sign + String(whole) + (fraction.isEmpty ? "" : "." + fraction)
    }
}

extension ScenarioCost {
    /// The cost for people.
    public var lines: [String] {
        let mebibyte = Double(1 << 20)
        var lines = [
            "cost: \(ScenarioReport.number(wallSeconds)) s, "
                + "\(ScenarioReport.number(cpuSeconds)) s of CPU, peak "
                + "\(ScenarioReport.number(Double(peakBytes) / mebibyte)) MiB "
                + "(\(ScenarioReport.number(Double(peakBytesPerPeer) / mebibyte)) MiB a peer), "
                + "\(jobs) jobs"
        ]
        for phase in phases {
            lines.append(
                "  \(phase.name): \(ScenarioReport.number(phase.virtualSeconds)) virtual s, "
                    + "\(ScenarioReport.number(phase.cpuSeconds)) s of CPU, "
                    + "\(ScenarioReport.number(phase.millisecondsPerPeerSecond)) ms a peer-second, "
                    + "\(phase.jobs) jobs, "
                    + "\(ScenarioReport.number(Double(phase.residentBytes) / mebibyte)) MiB")
        }
        return lines
    }
}
