import ArgumentParser
import Ledger

/// `psic-node ledger …`.
struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Ask a ledger over JSON-RPC.",
        subcommands: [
            LedgerHeadCommand.self, LedgerBlockCommand.self, LedgerTransactionCommand.self,
            LedgerReceiptCommand.self, LedgerAccountCommand.self, LedgerCallCommand.self,
            LedgerSendCommand.self, LedgerLogsCommand.self, LedgerProofCommand.self,
        ])
}

/// Prints what a server has answered.
enum LedgerOutput {
    /// JSON as it came, or a line for each member: its name and its value, numbers in decimal.
    static func print(_ value: JSONValue, _ format: Output.Format) {
        switch format {
        case .json: Output.data(String(decoding: JSONWriter.bytes(value), as: UTF8.self))
        case .text: for line in lines(value) { Output.data(line) }
        }
    }

    static func lines(_ value: JSONValue) -> [String] {
        switch value {
        case .array(let values):
            return values.enumerated().flatMap { index, value in
                (index > 0 && value.object != nil ? [""] : []) + lines(value)
            }
        case .object(let object):
            let width = object.members.map(\.name.count).max() ?? 0
            return object.members.map { member in
                member.name + String(repeating: " ", count: width - member.name.count + 2)
                    + word(member.name, member.value)
            }
        default: return [word("", value)]
        }
    }

    /// Members whose value is data although it could be a number.
    private static let data: Set<String> = [
        "input", "data", "extraData", "output", "r", "s", "v", "code", "nonceData", "logsBloom",
    ]

    private static func word(_ name: String, _ value: JSONValue) -> String {
        switch value {
        case .null: return "-"
        case .string(let text):
            // Up to 32 hexadecimal digits without zeros in front is a number; longer is a hash.
            if !data.contains(name), text.utf8.count <= 34, let number = Quantity.parse(text) {
                return number.description
            }
            return Figures.cut(text, to: 180)
        case .array(let list) where list.isEmpty: return "none"
        case .array(let list) where list.allSatisfy({ $0.text != nil }) && list.count <= 4:
            return list.compactMap(\.text).joined(separator: " ")
        case .array(let list): return "\(list.count) (with --format json)"
        default: return String(decoding: JSONWriter.bytes(value), as: UTF8.self)
        }
    }
}

/// `psic-node ledger head`.
struct LedgerHeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "head", abstract: "Show the last block.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: RPCOptions

    func run() async throws {
        let session = try Session(global)
        let block = try await options.client(session).call(
            "eth_getBlockByNumber", ["latest", false])
        LedgerOutput.print(block, session.format)
    }
}

/// `psic-node ledger block`.
struct LedgerBlockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block", abstract: "Show a block.")

    @Argument(help: "A number, a hash, latest, pending or earliest.")
    var block: String

    @Flag(help: "With whole transactions.")
    var full = false

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: RPCOptions

    func run() async throws {
        let session = try Session(global)
        let id = try RPCArgument.block(block)
        let isHash = id.text?.utf8.count == 66
        let found = try await options.client(session).call(
            isHash ? "eth_getBlockByHash" : "eth_getBlockByNumber", [id, .bool(full)])
        guard found != .null else {
            throw CommandError(.failure, "there is no block \(block)")
        }
        LedgerOutput.print(found, session.format)
    }
}

/// `psic-node ledger tx`.
struct LedgerTransactionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tx", abstract: "Show a transaction, in a block or waiting.")

    @Argument(help: "Its hash.")
    var hash: String

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: RPCOptions

    func run() async throws {
        let session = try Session(global)
        let found = try await options.client(session).call(
            "eth_getTransactionByHash", [try RPCArgument.hash(hash)])
        guard found != .null else {
            throw CommandError(.failure, "there is no transaction \(hash)")
        }
        LedgerOutput.print(found, session.format)
    }
}

/// `psic-node ledger receipt`.
struct LedgerReceiptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt", abstract: "Show what became of a transaction.")

    @Argument(help: "Its hash.")
    var hash: String

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: RPCOptions

    func run() async throws {
        let session = try Session(global)
        let found = try await options.client(session).call(
            "eth_getTransactionReceipt", [try RPCArgument.hash(hash)])
        guard found != .null else {
            throw CommandError(.failure, "the transaction \(hash) is in no block")
        }
        LedgerOutput.print(found, session.format)
    }
}

/// `psic-node ledger account`.
struct LedgerAccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Show an account's balance, nonce and code.")

    @Argument(help: "Its address.")
    var address: String

    @Option(help: "As of this block. Default: latest.")
    var block = "latest"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: RPCOptions

    func run() async throws {
        let session = try Session(global)
        let client = try options.client(session)
        let params = [try RPCArgument.address(address), try RPCArgument.block(block)]
        let balance = try await client.call("eth_getBalance", params)
        let nonce = try await client.call("eth_getTransactionCount", params)
        let code = try await client.call("eth_getCode", params)
        LedgerOutput.print(
            .members([
                "address": .string(Address(address)?.description ?? address),
                "balance": balance, "nonce": nonce, "code": code,
            ]), session.format)
    }
}

/// `psic-node ledger call`.
struct LedgerCallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "Call a contract without a transaction; nothing changes.")

    @Option(help: "The contract.")
    var to: String

    @Option(help: "Call data.")
    var data = "0x"

    @Option(help: "Who calls. Default: nobody.")
    var from: String?

    @Option(help: "Wei that move.")
    var value: String?

    @Option(help: "As of this block. Default: latest.")
    var block = "latest"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: RPCOptions

    func run() async throws {
        let session = try Session(global)
        var call = JSONObject()
        call.append("to", try RPCArgument.address(to))
        call.append("input", try RPCArgument.data(data))
        if let from { call.append("from", try RPCArgument.address(from)) }
        if let value { call.append("value", .quantity(try RPCArgument.number(value))) }
        let answer = try await options.client(session).call(
            "eth_call", [.object(call), try RPCArgument.block(block)])
        switch session.format {
        case .json: LedgerOutput.print(answer, .json)
        case .text: Output.data(answer.text ?? "")
        }
    }
}

/// `psic-node ledger send`.
struct LedgerSendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Send a transaction that is signed already.",
        discussion: "Prints its hash. Signing is the wallet's: psic-node wallet.")

    @Argument(help: "The signed transaction, in hexadecimal.")
    var transaction: String

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: RPCOptions

    func run() async throws {
        let session = try Session(global)
        let hash = try await options.client(session).call(
            "eth_sendRawTransaction", [try RPCArgument.data(transaction)])
        switch session.format {
        case .json: LedgerOutput.print(hash, .json)
        case .text: Output.data(hash.text ?? "")
        }
    }
}

/// `psic-node ledger logs`.
struct LedgerLogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Search for what contracts have logged.")

    @Option(help: "Of this contract; may be repeated.")
    var address: [String] = []

    @Option(
        help: ArgumentHelp(
            "The topic at the next place, or - for any; may be repeated.", valueName: "hash"))
    var topic: [String] = []

    @Option(name: .customLong("from"), help: "From this block on. Default: earliest.")
    var first = "earliest"

    @Option(name: .customLong("to"), help: "Up to this block. Default: latest.")
    var last = "latest"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: RPCOptions

    func run() async throws {
        let session = try Session(global)
        var filter = JSONObject()
        filter.append("fromBlock", try RPCArgument.block(first))
        filter.append("toBlock", try RPCArgument.block(last))
        if !address.isEmpty {
            filter.append("address", .array(try address.map(RPCArgument.address)))
        }
        if !topic.isEmpty {
            filter.append(
                "topics",
                .array(try topic.map { try $0 == "-" ? JSONValue.null : RPCArgument.hash($0) }))
        }
        let found = try await options.client(session).call("eth_getLogs", [.object(filter)])
        LedgerOutput.print(found, session.format)
    }
}
