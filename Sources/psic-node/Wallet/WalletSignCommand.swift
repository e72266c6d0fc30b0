import ArgumentParser
import Ledger

/// `psic-node wallet sign …`.
struct WalletSignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign a message, typed data or a transaction.",
        subcommands: [
            WalletSignMessageCommand.self, WalletSignTypedDataCommand.self,
            WalletSignTransactionCommand.self,
        ])
}

/// Whose key signs.
struct WalletSigner: ParsableArguments {
    @Option(
        help: ArgumentHelp("The account that signs. Default: the only one.", valueName: "address"))
    var from: String?
}

/// What was signed.
struct WalletSignature: Codable, Equatable {
    var address: String
    /// What the signature is of.
    var hash: String
    /// 65 bytes: r, s, v.
    var signature: String
}

/// `psic-node wallet sign message`.
struct WalletSignMessageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "message", abstract: "Sign a text (EIP-191, personal_sign).")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: WalletSigner

    @Flag(help: "The message is bytes in hexadecimal.")
    var hex = false

    @Argument(help: "The message.")
    var message: String

    func run() throws {
        let session = try Session(global)
        var bytes = Array(message.utf8)
        if hex {
            guard let data = Hexadecimal.bytes(message) else {
                throw CommandError(.usage, "the message is not hexadecimal")
            }
            bytes = data
        }
        let signed = PersonalMessage(bytes)
        let address = try session.account(signer.from)
        let signature = try session.key(of: address).sign(signed)
        let report = WalletSignature(
            address: address.description, hash: signed.hash.description,
            signature: signature.description)
        session.print(report) { [report.signature] }
    }
}

/// `psic-node wallet sign typed-data`.
struct WalletSignTypedDataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "typed-data", abstract: "Sign a structured message (EIP-712).")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: WalletSigner

    @Argument(help: "Its JSON: types, primaryType, domain, message; - for standard input.")
    var file: String

    func run() throws {
        let session = try Session(global)
        let data = try TypedData(json: try WalletArgument.text(from: file))
        let hash = try data.hash()
        let address = try session.account(signer.from)
        let report = WalletSignature(
            address: address.description, hash: hash.description,
            signature: try session.key(of: address).sign(data).description)
        session.print(report) { [report.signature] }
    }
}

/// `psic-node wallet sign transaction`.
struct WalletSignTransactionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transaction", abstract: "Sign a transaction; send it when you like.",
        discussion: """
            Takes JSON as eth_sendTransaction does, with nonce, gas, chainId and fees written out. \
            Prints what eth_sendRawTransaction takes.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: WalletSigner

    @Argument(help: "Its JSON; - for standard input.")
    var file: String

    @Flag(help: "Sign a legacy transaction without chainId, which is good on every chain.")
    var anyChain = false

    /// The answer.
    struct Report: Codable, Equatable {
        var from: String
        var hash: String
        var raw: String
    }

    func run() throws {
        let session = try Session(global)
        let text = try WalletArgument.text(from: file, limit: 12 << 20)
        let transaction: Transaction
        do throws(TransactionJSONError) {
            transaction = try Transaction(json: text)
        } catch {
            throw CommandError(.usage, "\(error)", hint: "nothing was signed")
        }
        guard transaction.chainID != nil || anyChain else {
            throw CommandError(
                .usage, "the field \"chainId\" is missing",
                hint: "without it the transaction is good on every chain: --any-chain allows that")
        }
        let given = (try? JSONValue(parsing: text, limit: 12 << 20))?["from"]?.text
        let address = try session.account(signer.from ?? given)
        if let given, try WalletArgument.address(given) != address {
            throw CommandError(.usage, "the transaction is from \(given), not from \(address)")
        }
        let signed = transaction.signed(by: try session.key(of: address))
        let report = Report(
            from: address.description, hash: signed.hash.description,
            raw: Hexadecimal.data(signed.encoded))
        session.print(report) { [report.raw] }
    }
}
