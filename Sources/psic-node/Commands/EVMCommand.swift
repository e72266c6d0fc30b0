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
