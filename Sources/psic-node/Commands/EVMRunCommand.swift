import ArgumentParser
import Ledger

/// `psic-node evm run`.
struct EVMRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run code once, on an empty state, or programs with a state.",
        discussion: """
            With --code, one call of that code. With FILE, each of its programs (accounts and a \
            transaction, one a line if it ends in .jsonl), and all that it did: how it ended, gas, \
            output, logs, and the accounts and slots it looked at.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: "The code, in hexadecimal.")
    var code: String?

    @Option(help: "The call data, in hexadecimal.")
    var input = ""

    @Option(help: "The gas.")
    var gas: Int64 = 30_000_000

    @Option(help: "The rules: cancun or prague; programs name their own.")
    var fork = Fork.cancun

    @Flag(help: "Print each step to standard error as JSON (EIP-3155).")
    var trace = false

    @Argument(help: "A file of programs.")
    var file: String?

    /// The answer for --code.
    struct Report: Codable, Equatable {
        var halt: String
        var gasUsed: Int64
        var output: String
    }

    func run() throws {
        let session = try Session(global)
        switch (code, file) {
        case (let code?, nil): try run(code, session)
        case (nil, let file?): try run(programs: EVMProgram.read(file), session)
        default: throw CommandError(.usage, "give either --code or a file of programs")
        }
    }

    private func run(programs: [EVMProgram], _ session: Session) throws(CommandError) {
        var outcomes: [EVMProgram.Outcome] = []
        for program in programs {
            do {
                outcomes.append(try program.outcome())
            } catch {
                throw CommandError(.failure, "\(error)")
            }
        }
        session.print(outcomes) {
            outcomes.map { "\($0.name): \($0.halt), \($0.gasUsed) gas, output \($0.output)" }
        }
    }

    private func run(_ code: String, _ session: Session) throws {
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
