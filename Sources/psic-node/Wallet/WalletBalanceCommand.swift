import ArgumentParser
import Ledger

/// `psic-node wallet balance`.
struct WalletBalanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "balance", abstract: "Ask a ledger what accounts have.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var server: RPCOptions

    @Argument(help: "The accounts, anybody's. Default: the home's own.")
    var accounts: [String] = []

    /// One account's answer.
    struct Balance: Codable, Equatable {
        var address: String
        /// In PSIC, exactly.
        var balance: String
        var wei: String
    }

    func run() async throws {
        let session = try Session(global)
        var addresses = try accounts.map { try WalletArgument.address($0) }
        if addresses.isEmpty { addresses = try session.keystore.entries().map(\.address) }
        guard !addresses.isEmpty else {
            throw CommandError(
                .configuration, "there is no account in \(session.keystore.path)",
                hint: "name one, or make one: psic-node wallet new")
        }
        let client = try server.client(session)
        var balances: [Balance] = []
        for address in addresses {
            let wei = try await client.quantity(
                "eth_getBalance", [.string("\(address)"), "latest"])
            balances.append(
                Balance(
                    address: address.description, balance: WalletUnit.psic.text(wei),
                    wei: wei.description))
        }
        let report = balances
        session.print(report) {
            var table = TextTable([.init("ADDRESS"), .init("PSIC", .right)])
            for balance in report { table.add([balance.address, balance.balance]) }
            return table.lines
        }
    }
}

extension RPCClient {
    /// Calls a method that answers a number.
    func quantity(_ method: String, _ params: [JSONValue] = []) async throws -> UInt256 {
        let answer = try await call(method, params)
        guard let text = answer.text, let number = Quantity.parse(text) else {
            throw CommandError(.failure, "\(url) answers \(method) with no number")
        }
        return number
    }

    /// Calls a method that answers a number of 64 bits.
    func number(_ method: String, _ params: [JSONValue] = []) async throws -> UInt64 {
        guard let number = try await quantity(method, params).asUInt64 else {
            throw CommandError(.failure, "\(url) answers \(method) with a number beyond 64 bits")
        }
        return number
    }
}
