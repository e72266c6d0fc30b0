import ArgumentParser
import PeerKit

/// The program's version.
enum Version {
    static let number = PeerKitVersion.current
    static let line = "psic-node \(number)"

    struct Report: Codable, Equatable {
        var version: String
        var agent: String
    }
}

/// `psic-node version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version.")

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let session = try Session(global)
        session.print(Version.Report(version: Version.number, agent: "psic/\(Version.number)")) {
            [Version.line]
        }
    }
}

/// `psic-node exit-codes`.
struct ExitCodesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exit-codes", abstract: "Explain the exit codes.", discussion: ExitStatus.table
    )

    @OptionGroup var global: GlobalOptions

    struct Entry: Codable {
        var code: Int32
        var meaning: String
    }

    func run() throws {
        let session = try Session(global)
        session.print(ExitStatus.allCases.map { Entry(code: $0.rawValue, meaning: $0.meaning) }) {
            [ExitStatus.table]
        }
    }
}

/// `psic-node completions SHELL`.
struct CompletionsCommand: ParsableCommand {
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash
        case zsh
        case fish
    }

    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Print a completion script for a shell.",
        discussion:
            "For bash: psic-node completions bash > ~/.local/share/bash-completion/completions/psic-node"
    )

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        Output.data(PsicNode.completionScript(for: kind))
    }
}
