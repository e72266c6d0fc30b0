import ArgumentParser
import PeerKit

/// The root of all commands.
struct PsicNode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "psic-node",
        abstract: "A peer that trains with others: no server, no shared data.",
        discussion: """
            Data goes to standard output, logs and errors to standard error. A setting is taken from \
            its flag, else from the environment (PSIC_…), else from config.toml in the home, else \
            from its default. Exit codes: psic-node exit-codes.
            """,
        version: Version.line,
        subcommands: [
            InitCommand.self, RunCommand.self, IDCommand.self, PingCommand.self, PeerCommand.self,
            FederationCommand.self, TestnetCommand.self, EVMCommand.self, VersionCommand.self,
            CompletionsCommand.self, ExitCodesCommand.self,
        ])
}
