import ArgumentParser
import Ledger

/// `psic-node wallet list`.
struct WalletListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the accounts and their files.")

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let session = try Session(global)
        let accounts = try session.keystore.entries().map { entry in
            WalletAccount(address: entry.address.description, file: entry.path)
        }
        session.print(accounts) {
            var table = TextTable([.init("ADDRESS"), .init("FILE")])
            for account in accounts { table.add([account.address, account.file]) }
            return accounts.isEmpty ? [] : table.lines
        }
    }
}

/// `psic-node wallet export`.
struct WalletExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print an account's key file, or its key in the clear.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The account. Default: the only one.")
    var account: String?

    @Flag(help: "Print the private key itself; whoever reads it has the account.")
    var privateKey = false

    /// The answer where the key is shown.
    struct Report: Codable, Equatable {
        var address: String
        var privateKey: String
    }

    func run() throws {
        let session = try Session(global)
        let address = try session.account(account)
        guard privateKey else {
            // The same in both formats: it is JSON, and other wallets want nothing around it.
            return Output.data(try session.keystore.document(of: address).json.serialized)
        }
        let key = try session.key(of: address)
        let report = Report(
            address: address.description, privateKey: key.withBytes { Hexadecimal.data($0) })
        session.print(report) { [report.privateKey] }
        Output.notice("This is the key of \(address) in the clear.")
    }
}
