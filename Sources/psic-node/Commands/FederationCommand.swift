import ArgumentParser
import FedLearn
import PeerKit
import Synchronization

/// `psic-node fl …`.
struct FederationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fl", abstract: "Look at the training of the running node; make tasks.",
        subcommands: [
            FederationStatusCommand.self, FederationWatchCommand.self, FederationCreateCommand.self,
        ])
}

/// `psic-node fl status`.
struct FederationStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how far the training is.")

    @OptionGroup var global: GlobalOptions

    @Option(help: "How many of the last rounds to show, at most 1000.")
    var history = 10

    func run() async throws {
        let session = try Session(global)
        let status = try await ControlClient(home: session.home).call(
            AskFederation(history: history),
            timeout: session.timeout(default: .seconds(10)))
        session.print(status) { status.lines }
    }
}

/// `psic-node fl watch`.
struct FederationWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Follow the training until it ends.",
        discussion: "Prints a line at every change; with --format json the whole state each time.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = try Session(global)
        let shown = LastLine()
        let last = try await ControlClient(home: session.home).call(
            WatchFederation(history: 1), timeout: session.settings.timeout
        ) { status in
            session.print(status) { shown.changes(to: status.line) ? [status.line] : [] }
        }
        guard last.phase == FederationPhase.finished else {
            throw CommandError(.failure, "the training ended in the phase \"\(last.phase)\"")
        }
    }
}

/// The line printed last, so that changes that do not show are not printed.
private final class LastLine: Sendable {
    private let line = Mutex("")

    func changes(to new: String) -> Bool {
        line.withLock { line in
            defer { line = new }
            return line != new
        }
    }
}

/// `psic-node fl create`.
struct FederationCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Write a task file for a group of peers.",
        discussion: """
            Each member runs its node with --task FILE. The file is the same for all; a file that \
            exists is never overwritten.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: TaskOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Peer IDs of the members, separated by commas or blanks.", valueName: "ids"))
    var peers: [String]

    @Option(help: "What the task is called.")
    var name = "digits"

    @Option(name: [.customShort("o"), .long], help: "Where to write the task.")
    var output: String

    /// The answer.
    struct Report: Codable, Equatable {
        var taskID: String
        var file: String
        var members: [String]
    }

    func run() throws {
        let session = try Session(global)
        var members: [PeerID] = []
        for text in peers.flatMap({ $0.split(separator: ",") }) {
            guard case .peer(let peer) = try Target(String(text)) else {
                throw CommandError(.usage, "\"\(text)\" is an address; --peers wants peer IDs")
            }
            members.append(peer)
        }
        let task = try TaskFile.make(name: name, members: members, options: options)
        try TaskFile.write(task, to: output)
        let report = Report(
            taskID: task.id.description, file: output,
            members: members.map(\.description))
        session.print(report) { ["task \(report.taskID) written to \(output)"] }
    }
}

extension FederationStatus {
    /// One line for people.
    var line: String {
        var parts = ["round \(round)/\(rounds)", phase]
        if let testAccuracy { parts.append("accuracy \(Figures.fixed(testAccuracy, digits: 4))") }
        if let trainLoss { parts.append("loss \(Figures.fixed(trainLoss, digits: 4))") }
        parts.append("model \(modelHash.prefix(12))")
        let reachable = members.filter(\.isReachable).count
        parts.append("\(reachable)/\(members.count) members reachable")
        if !missing.isEmpty { parts.append("missing " + missing.joined(separator: " ")) }
        return parts.joined(separator: "  ")
    }

    /// Everything for people.
    var lines: [String] {
        var membersTable = TextTable([
            .init("MEMBER"), .init("STATE"), .init("LAST COUNTED", .right),
        ])
        for member in members {
            membersTable.add([
                member.peerID, member.isReachable ? "reachable" : "unreachable",
                member.lastRoundCounted.map { "round \($0)" } ?? "-",
            ])
        }
        var rounds = TextTable([
            .init("ROUND", .right), .init("UPDATES", .right), .init("ACCURACY", .right),
            .init("SECONDS", .right), .init("MODEL SHA-256"),
        ])
        for summary in history {
            rounds.add([
                "\(summary.round)", "\(summary.counted.count)",
                summary.testAccuracy.map { Figures.fixed($0, digits: 4) } ?? "-",
                summary.seconds.map { Figures.fixed($0, digits: 2) } ?? "-", summary.modelHash,
            ])
        }
        return ["task \(taskName) (\(taskID))", line, ""] + membersTable.lines
            + (history.isEmpty ? [] : [""] + rounds.lines)
    }
}
