import ArgumentParser
import Ledger

/// `psic-node evm blocktest`.
struct EVMBlockTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blocktest", abstract: "Run the official blockchain tests.",
        discussion: """
            Takes the JSON files of the suites, and files of one test a line, also when packed with \
            gzip. Tests of networks before Cancun are left out and counted. Every failure is named; \
            the exit code is 1 if there is any.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: "Only tests whose name or file contains this.")
    var filter: String?

    @Argument(help: "Files of tests.")
    var files: [String]

    /// The answer.
    struct Report: Codable, Equatable {
        var tests = 0
        var passed = 0
        var skipped = 0
        var blocks = 0
        var megagas = 0.0
        var seconds = 0.0
        var failures: [String] = []

        var line: String {
            "\(passed) of \(tests) tests passed, \(blocks) blocks, \(skipped) tests left out; "
                + "\(Figures.fixed(megagas, digits: 0)) Mgas, \(Figures.fixed(seconds, digits: 1)) s"
        }
    }

    func run() throws {
        let session = try Session(global)
        var report = Report()
        let start = ProcessTime.now
        try PackedFile.forEach(of: files, as: "blockchain test", BlockTest.decode) { test, path in
            run(test, from: path, into: &report)
        }
        report.seconds = ProcessTime.now - start
        session.print(report) { report.failures.map { "FAIL " + $0 } + [report.line] }
        if !report.failures.isEmpty {
            throw CommandError(.failure, "tests failed", isReported: true)
        }
    }

    private func run(_ test: BlockTest, from path: String, into report: inout Report) {
        let label = "\(test.file ?? path) \(test.name ?? "")"
        if let filter, !label.contains(filter) { return }
        guard test.forks != nil else {
            report.skipped += 1
            return
        }
        report.tests += 1
        let outcome = test.run()
        report.blocks += outcome.blocks
        report.megagas += Double(outcome.gasUsed) / 1e6
        if let failure = outcome.failure {
            report.failures.append("\(label): \(failure)")
        } else {
            report.passed += 1
        }
    }
}
