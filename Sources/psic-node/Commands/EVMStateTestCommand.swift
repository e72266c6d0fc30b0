import ArgumentParser
import Ledger

/// `psic-node evm statetest`.
struct EVMStateTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statetest", abstract: "Run the official state tests.",
        discussion: """
            Takes the JSON files of the suites, and files of one test a line, also when packed with \
            gzip. Every failure is named; the exit code is 1 if there is any.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: "Only this fork's cases: cancun or prague.")
    var fork: Fork?

    @Flag(help: "Print each step to standard error as JSON (EIP-3155).")
    var trace = false

    @Option(help: "Only tests whose name or file contains this.")
    var filter: String?

    @Option(help: "Leave out tests whose name or file contains one of these.")
    var skip: [String] = []

    @Option(help: "Only the case of this number.")
    var only: Int?

    @Argument(help: "Files of tests.")
    var files: [String]

    /// The answer.
    struct Report: Codable, Equatable {
        var tests = 0
        var cases = 0
        var passed = 0
        var skipped = 0
        var megagas = 0.0
        var seconds = 0.0
        var failures: [String] = []

        var line: String {
            "\(passed) of \(cases) cases passed, in \(tests) tests, \(skipped) tests left out; "
                + "\(Figures.fixed(megagas, digits: 0)) Mgas, \(Figures.fixed(seconds, digits: 1)) s"
        }
    }

    func run() throws {
        let session = try Session(global)
        var report = Report()
        let start = ProcessTime.now
        try PackedFile.forEach(of: files, as: "state test", StateTest.decode) { test, path in
            run(test, from: path, into: &report)
        }
        report.seconds = ProcessTime.now - start
        session.print(report) { report.failures.map { "FAIL " + $0 } + [report.line] }
        if !report.failures.isEmpty {
            throw CommandError(.failure, "cases failed", isReported: true)
        }
    }

    private func run(_ test: StateTest, from path: String, into report: inout Report) {
        let label = "\(test.file ?? path) \(test.name ?? "")"
        if let filter, !label.contains(filter) { return }
        guard !skip.contains(where: { label.contains($0) }) else {
            report.skipped += 1
            return
        }
        report.tests += 1
        for fork in fork.map({ [$0] }) ?? Fork.allCases {
            let results: [StateTest.CaseResult]
            if trace {
                var tracer = EIP3155Tracer { Output.notice($0) }
                results = test.run(fork: fork, only: only, tracer: &tracer)
            } else {
                results = test.run(fork: fork, only: only)
            }
            for result in results {
                report.cases += 1
                report.megagas += Double(result.gasUsed) / 1e6
                if let failure = result.failure {
                    report.failures.append("\(label) [\(fork) \(result.index)]: \(failure)")
                } else {
                    report.passed += 1
                }
            }
        }
    }
}
