import ArgumentParser
import Ledger

/// The flags of `run --dev`.
struct DevOptions: ParsableArguments {
    @Flag(help: "Run a development chain alone: funded accounts, blocks at once, JSON-RPC.")
    var dev = false

    @Option(help: ArgumentHelp("Funded accounts. Default: 10.", valueName: "n"))
    var accounts: Int?

    @Option(help: ArgumentHelp("PSIC of each. Default: 10000.", valueName: "psic"))
    var balance: String?

    @Option(
        help: ArgumentHelp(
            "A block in each such interval instead of for each transaction.", valueName: "seconds"))
    var blockTime: Int?

    @Option(help: ArgumentHelp("The chain's number. Default: 31337.", valueName: "id"))
    var chainID: UInt64?

    @Option(help: "The words that the accounts follow from.")
    var mnemonic: String?

    @Option(help: ArgumentHelp("TCP port of JSON-RPC. Default: 8545; 0: any.", valueName: "port"))
    var rpcPort: Int?

    @Option(help: ArgumentHelp("IP address of JSON-RPC. Default: 127.0.0.1.", valueName: "ip"))
    var rpcAddress: String?

    @Option(
        help: ArgumentHelp(
            "TCP port of /metrics on 127.0.0.1; 0: any. Default: none.", valueName: "port"))
    var metricsPort: Int?

    @Option(help: "Rules of the virtual machine: cancun or prague (default).")
    var fork: Fork?

    @Flag(help: "Keep the chain in memory; it can be put back and changed at will.")
    var ephemeral = false

    /// Names of the flags, none of which is a setting.
    static let names: Set<String> = [
        "dev", "accounts", "balance", "block-time", "chain-id", "mnemonic", "rpc-port",
        "rpc-address", "metrics-port", "fork", "ephemeral",
    ]

    /// The first flag that is given although it means nothing without `--dev`.
    var stray: String? {
        let given: [(String, Bool)] = [
            ("--accounts", accounts != nil), ("--balance", balance != nil),
            ("--block-time", blockTime != nil), ("--chain-id", chainID != nil),
            ("--mnemonic", mnemonic != nil), ("--rpc-port", rpcPort != nil),
            ("--rpc-address", rpcAddress != nil), ("--metrics-port", metricsPort != nil),
            ("--fork", fork != nil),
            ("--ephemeral", ephemeral),
        ]
        return dev ? nil : given.first { $0.1 }?.0
    }

    func validate() throws {
        if let stray { throw ValidationError("\(stray) goes with --dev") }
        do throws(CommandError) {
            if dev { _ = try DevSettings(self, instance: 0) }
        } catch {
            throw ValidationError(error.message)
        }
    }
}
