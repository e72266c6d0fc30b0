import ArgumentParser
import Ledger

/// `psic-node evm …`.
struct EVMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evm", abstract: "Run the Ethereum Virtual Machine by itself.",
        subcommands: [
            EVMStateTestCommand.self, EVMBlockTestCommand.self, EVMRunCommand.self,
            EVMBenchCommand.self,
        ])
}

extension Fork: ExpressibleByArgument {}

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

/// `psic-node evm run`.
struct EVMRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run code once, on an empty state.")

    @OptionGroup var global: GlobalOptions

    @Option(help: "The code, in hexadecimal.")
    var code: String

    @Option(help: "The call data, in hexadecimal.")
    var input = ""

    @Option(help: "The gas.")
    var gas: Int64 = 30_000_000

    @Option(help: "The rules: cancun or prague.")
    var fork = Fork.cancun

    @Flag(help: "Print each step to standard error as JSON (EIP-3155).")
    var trace = false

    /// The answer.
    struct Report: Codable, Equatable {
        var halt: String
        var gasUsed: Int64
        var output: String
    }

    func run() throws {
        let session = try Session(global)
        guard let code = Hexadecimal.bytes(code) else {
            throw CommandError(.usage, "--code is no even number of hexadecimal digits")
        }
        guard let input = Hexadecimal.bytes(input) else {
            throw CommandError(.usage, "--input is no even number of hexadecimal digits")
        }
        guard gas >= 0 else { throw CommandError(.usage, "--gas is negative") }
        let outcome = SingleCall(code: code, input: input, gas: gas, fork: fork).run(
            trace: trace ? { Output.notice($0) } : nil)
        let report = Report(
            halt: "\(outcome.halt)", gasUsed: gas - outcome.gasLeft,
            output: Hexadecimal.data(outcome.output))
        session.print(report) {
            ["\(report.halt), \(report.gasUsed) gas, output \(report.output)"]
        }
    }
}

/// `psic-node evm bench`.
struct EVMBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure how fast programs run.",
        discussion: """
            FILE has a program a line, with accounts, a transaction and what it must use; without a \
            file the built-in loops run. Times are CPU time of execution alone, the median.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: "How often each program runs.")
    var `repeat` = 5

    @Argument(help: "A file of programs.")
    var file: String?

    /// One program's figures.
    struct Figure: Codable, Equatable {
        var name: String
        var gas: Int64
        var medianSeconds: Double
        var megagasPerSecond: Double
    }

    func run() throws {
        let session = try Session(global)
        guard `repeat` > 0 else { throw CommandError(.usage, "--repeat must be at least 1") }
        var programs = ExecutionBenchmark.loops
        if let file {
            programs = try PackedFile.documents(of: file).map { document in
                do {
                    return try ExecutionBenchmark.decode(document)
                } catch {
                    throw CommandError(.failure, "\(file) is no file of programs: \(error)")
                }
            }
        }
        var figures: [Figure] = []
        for program in programs {
            let runs: [ExecutionBenchmark.Run]
            do {
                runs = try program.run(repeating: `repeat`) { ProcessTime.now }
            } catch {
                throw CommandError(.verification, "\(error)")
            }
            let times = runs.map(\.seconds).sorted()
            let median = times[times.count / 2]
            figures.append(
                Figure(
                    name: program.name, gas: runs[0].gasUsed, medianSeconds: median,
                    megagasPerSecond: Double(runs[0].gasUsed) / median / 1e6))
        }
        session.print(figures) {
            var table = TextTable([
                .init("PROGRAM"), .init("GAS", .right), .init("MS", .right),
                .init("MGAS/S", .right),
            ])
            for figure in figures {
                table.add([
                    figure.name, "\(figure.gas)",
                    Figures.fixed(figure.medianSeconds * 1000, digits: 2),
                    Figures.fixed(figure.megagasPerSecond, digits: 0),
                ])
            }
            return table.lines
        }
    }
}
