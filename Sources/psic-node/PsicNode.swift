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
            DHTCommand.self, TopicCommand.self, StatusCommand.self, TopCommand.self,
            DoctorCommand.self, DiscoverCommand.self, KeyCommand.self, FederationCommand.self,
            TestnetCommand.self, SimCommand.self, EVMCommand.self, DatabaseCommand.self,
            WalletCommand.self, LedgerCommand.self,
            SettingsCommand.self,
            VersionCommand.self, CompletionsCommand.self, ExitCodesCommand.self,
        ])
}
