import ArgumentParser
import PeerKit
import Scenarios

/// `psic-node sim …`.
struct SimCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sim", abstract: "Whole networks in this process and in virtual time.",
        subcommands: [SimListCommand.self, SimRunCommand.self])
}

/// `psic-node sim list`.
struct SimListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Name the scenarios.")

    @OptionGroup var global: GlobalOptions

    struct Entry: Codable, Equatable {
        var name: String
        var summary: String
        var minimumPeers: Int
        var smallPeers: Int
        var fullPeers: Int
    }

    static var entries: [Entry] {
        Scenarios.all.map { scenario in
            Entry(
                name: scenario.name, summary: scenario.summary,
                minimumPeers: scenario.minimumPeers, smallPeers: scenario.peers(at: .small),
                fullPeers: scenario.peers(at: .full))
        }
    }

    func run() throws {
        let session = try Session(simulating: global)
        session.print(Self.entries) {
            var table = TextTable([
                .init("SCENARIO"), .init("PEERS", .right), .init("ASKS"),
            ])
            for entry in Self.entries {
                table.add([entry.name, "\(entry.fullPeers)", entry.summary])
            }
            return table.lines
        }
    }
}

/// `psic-node sim run SCENARIO`.
struct SimRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Play a scenario and report its figures.",
        discussion: """
            The same scenario, number of peers and seed give the same figures and the same digest \
            on every machine; time and memory are this machine's and are told apart. Ends with \
            code 10 when a figure misses its target.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "Which one; psic-node sim list names them.")
    var scenario: String

    @Option(help: "How many peers, attackers included. Default: by scenario and scale.")
    var peers: Int?

    @Option(help: "What everything is drawn from.")
    var seed: UInt64 = 1

    @Option(help: "small: seconds, as the tests play it; full: up to some minutes.")
    var scale = ScenarioScale.full

    struct Report: Codable {
        var outcome: ScenarioReport.Outcome
        var cost: ScenarioCost
        var isMet: Bool
        var missed: [String]
    }

    func run() throws {
        let session = try Session(simulating: global)
        guard let chosen = Scenarios.named(scenario) else {
            throw CommandError(
                .usage, "there is no scenario '\(scenario)'", hint: "psic-node sim list")
        }
        let report: ScenarioReport
        do {
            report = try ScenarioRunner.run(chosen, scale: scale, peers: peers, seed: seed)
        } catch let error as ScenarioError {
            throw CommandError(.usage, error.description)
        } catch {
            throw CommandError(.failure, "\(error)")
        }
        let missed = report.missed.map(\.name)
        session.print(
            Report(
                outcome: report.outcome, cost: report.cost, isMet: report.isMet, missed: missed)
        ) { report.lines }
        guard report.isMet else {
            // The report has said it already, and standard output holds nothing else.
            throw CommandError(
                .verification, "targets missed: \(missed.joined(separator: ", "))",
                isReported: true)
        }
    }
}

extension ScenarioScale: ExpressibleByArgument {}

extension Session {
    /// A simulation has no home: PSIC_HOME and the settings in it have no say.
    fileprivate init(simulating flags: GlobalOptions) throws(CommandError) {
        var flags = flags
        flags.home = "/nonexistent"
        try self.init(flags)
    }
}
