import Foundation
import Ledger
import LedgerVectors

/// Runs all packs of official vectors that a directory has, and prints a table.
///
/// Exit code 0 if every case of every pack passes, 1 if any fails or a pack is missing, 2 for wrong
/// arguments.
@main
struct Conformance {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 1, let directory = arguments.first, !directory.hasPrefix("-")
        else {
            say("usage: Conformance DIRECTORY")
            exit(2)
        }
        var isGood = true
        var total = (cases: 0, passed: 0, leftOut: 0, seconds: 0.0)
        var notes: [String] = []
        print(row("pack", "cases", "passed", "left out", "CPU s"))
        for pack in VectorPack.all {
            guard let source = VectorSource(pack.name, in: directory) else {
                isGood = false
                print(row(pack.name, "missing", "", "", ""))
                continue
            }
            let start = clock()
            let report = await pack.run(source)
            // The process' CPU time.
            let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
            let leftOut = report.leftOut.values.reduce(0, +)
            print(
                row(
                    pack.name, "\(report.cases)", "\(report.passed)", "\(leftOut)",
                    fixed(seconds)))
            for failure in report.failures { say("FAIL \(pack.name) \(failure)") }
            notes += report.leftOut.sorted { $0.key < $1.key }.map {
                "\(pack.name), \($0.value) left out: \($0.key)"
            }
            isGood = isGood && report.failures.isEmpty
            total.cases += report.cases
            total.passed += report.passed
            total.leftOut += leftOut
            total.seconds += seconds
        }
        print(
            row(
                "all", "\(total.cases)", "\(total.passed)", "\(total.leftOut)",
                fixed(total.seconds)))
        for note in notes { print("  " + note) }
        exit(isGood ? 0 : 1)
    }

    private static func row(
        _ name: String, _ cases: String, _ passed: String, _ leftOut: String, _ seconds: String
    ) -> String {
        let columns = [cases, passed, leftOut, seconds].map {
            String(repeating: " ", count: max(0, 9 - $0.count)) + $0
        }
        return name + String(repeating: " ", count: max(0, 18 - name.count))
            + columns.joined(separator: " ")
    }

    private static func fixed(_ seconds: Double) -> String {
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func say(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
