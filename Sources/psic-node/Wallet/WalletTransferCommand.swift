import ArgumentParser
import Ledger
import PeerKit

/// `psic-node wallet transfer`.
struct WalletTransferCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer",
        abstract: "Send value to an account and wait until it has arrived.",
        discussion: """
            Chain, nonce, gas and fees are asked of the ledger unless they are given. The key stays \
            here: the transaction is signed before it is sent.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var server: RPCOptions
    @OptionGroup var signer: WalletSigner

    @Option(help: ArgumentHelp("Who gets it.", valueName: "address"))
    var to: String

    @Option(help: "How much, as a decimal number.")
    var amount: String

    @Option(help: "What it is counted in: wei, gwei or psic.")
    var unit = WalletUnit.psic

    @Option(help: ArgumentHelp("Bytes to send along, in hexadecimal.", valueName: "hex"))
    var data = "0x"

    @Option(help: ArgumentHelp("The chain. Default: the ledger's.", valueName: "n"))
    var chainID: String?

    @Option(help: ArgumentHelp("The sender's nonce. Default: the next.", valueName: "n"))
    var nonce: String?

    @Option(help: ArgumentHelp("The most gas. Default: an estimate.", valueName: "n"))
    var gas: String?

    @Option(
        help: ArgumentHelp(
            "The most wei per gas. Default: twice the base fee, and the tip.", valueName: "wei"))
    var maxFee: String?

    @Option(
        help: ArgumentHelp(
            "Wei per gas for the block's maker. Default: as the ledger suggests.",
            valueName: "wei"))
    var tip: String?

    @Flag(help: "Do not wait until a block has it.")
    var noWait = false

    /// The answer.
    struct Report: Codable, Equatable {
        var hash: String
        var from: String
        var to: String
        var wei: String
        var nonce: UInt64
        /// Absent where nobody waited.
        var block: UInt64?
        var gasUsed: UInt64?

        var lines: [String] {
            ["hash \(hash)"] + (block.map { ["block \($0)"] } ?? [])
                + (gasUsed.map { ["gas \($0)"] } ?? [])
        }
    }

    func run() async throws {
        let session = try Session(global)
        let sender = try session.account(signer.from)
        let value = try unit.wei(amount)
        guard let input = Hexadecimal.bytes(data) else {
            throw CommandError(.usage, "--data is not hexadecimal")
        }
        var transaction = Transaction(.dynamicFee)
        transaction.to = try WalletArgument.address(to)
        transaction.value = value
        transaction.input = input
        // Before a passphrase is asked for, so that what can't be sent is known first.
        let client = try server.client(session)
        try await complete(&transaction, from: sender, client)
        let signed = transaction.signed(by: try session.key(of: sender))
        let answer = try await client.call(
            "eth_sendRawTransaction", [.string(Hexadecimal.data(signed.encoded))])
        guard answer.text == "\(signed.hash)" else {
            throw CommandError(
                .verification, "\(client.url) names another transaction than was sent",
                hint: "ours is \(signed.hash)")
        }
        var report = Report(
            hash: "\(signed.hash)", from: "\(sender)", to: to, wei: "\(value)",
            nonce: transaction.nonce)
        if !noWait { try await wait(for: &report, client) }
        let done = report
        session.print(done) { done.lines }
    }

    /// Asks for what was not given.
    private func complete(
        _ transaction: inout Transaction, from sender: Address, _ client: RPCClient
    ) async throws {
        let from = JSONValue.string("\(sender)")
        let actual = try await client.number("eth_chainId")
        let chain = try chainID.map { try WalletArgument.number($0, "--chain-id") } ?? actual
        guard chain == actual else {
            throw CommandError(
                .usage, "\(client.url) is of chain \(actual), not \(chain)",
                hint: "nothing was signed")
        }
        transaction.chainID = chain
        if let nonce {
            transaction.nonce = try WalletArgument.number(nonce, "--nonce")
        } else {
            transaction.nonce = try await client.number(
                "eth_getTransactionCount", [from, "pending"])
        }
        let suggested =
            tip == nil ? try await client.quantity("eth_maxPriorityFeePerGas") : .zero
        transaction.maxPriorityFeePerGas =
            try tip.map { try WalletUnit.wei.wei($0) } ?? suggested
        if let maxFee {
            transaction.maxFeePerGas = try WalletUnit.wei.wei(maxFee)
        } else {
            let block = try await client.call("eth_getBlockByNumber", ["latest", false])
            let base = block["baseFeePerGas"]?.text.flatMap { Quantity.parse($0) } ?? .zero
            transaction.maxFeePerGas = base &+ base &+ transaction.maxPriorityFeePerGas
        }
        guard transaction.maxPriorityFeePerGas <= transaction.maxFeePerGas else {
            throw CommandError(.usage, "the tip is above --max-fee")
        }
        if let gas {
            transaction.gasLimit = try WalletArgument.number(gas, "--gas")
            return
        }
        let call = JSONValue.members([
            "from": from, "to": .string("\(transaction.to ?? .zero)"),
            "value": .string(Quantity.text(transaction.value)),
            "data": .string(Hexadecimal.data(transaction.input)),
        ])
        transaction.gasLimit = try await client.number("eth_estimateGas", [call])
    }

    /// Waits for the receipt; a transaction that failed is a failure.
    private func wait(for report: inout Report, _ client: RPCClient) async throws {
        let hash = report.hash
        let runtime = Runtime.live
        let receipt: JSONValue
        do {
            receipt = try await runtime.withTimeout(client.timeout) {
                while true {
                    let answer = try await client.call(
                        "eth_getTransactionReceipt", [.string(hash)])
                    if answer != .null { return answer }
                    try await runtime.sleep(for: .milliseconds(250))
                }
            }
        } catch is TimedOut {
            throw CommandError(
                .timeout, "\(hash) was sent, and is in no block yet",
                hint: "psic-node ledger receipt \(hash) tells when it is")
        }
        report.block = receipt["blockNumber"]?.text.flatMap { Quantity.parse($0) }?.asUInt64
        report.gasUsed = receipt["gasUsed"]?.text.flatMap { Quantity.parse($0) }?.asUInt64
        guard receipt["status"]?.text == "0x1" else {
            throw CommandError(.failure, "\(hash) is in a block, and has failed")
        }
    }
}
