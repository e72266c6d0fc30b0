import ArgumentParser
import Ledger

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
        var programs = EVMProgram.loops
        if let file { programs = try EVMProgram.read(file) }
        var figures: [Figure] = []
        for program in programs {
            let runs: [EVMProgram.Run]
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

extension EVMProgram {
    /// The programs of a file.
    static func read(_ file: String) throws(CommandError) -> [EVMProgram] {
        var programs: [EVMProgram] = []
        for document in try PackedFile.documents(of: file) {
            do {
                programs.append(try decode(document))
            } catch {
                throw CommandError(.failure, "\(file) is no file of programs: \(error)")
            }
        }
        return programs
    }
}
