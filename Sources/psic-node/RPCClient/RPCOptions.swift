import ArgumentParser
import Ledger

/// The flags of commands that ask a JSON-RPC server.
struct RPCOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The JSON-RPC server. Also PSIC_RPC; default: \(RPCURL.standard), shifted by --instance.",
            valueName: "url"))
    var rpc: String?

    /// A client of the server that is meant.
    func client(_ session: Session) throws(CommandError) -> RPCClient {
        let variable = session.sources.environment["PSIC_RPC"].flatMap { $0.isEmpty ? nil : $0 }
        let port = DefaultPort.shifted(DefaultPort.rpc, by: session.settings.instance)
        return RPCClient(
            url: try RPCURL(rpc ?? variable ?? "http://127.0.0.1:\(port)"),
            timeout: session.timeout(default: .seconds(30)))
    }
}

/// Arguments in the forms that people write, as JSON-RPC wants them.
enum RPCArgument {
    /// A block: a number in decimal or hexadecimal, a hash, or a tag.
    static func block(_ text: String) throws(CommandError) -> JSONValue {
        if ["latest", "pending", "earliest", "safe", "finalized"].contains(text) {
            return .string(text)
        }
        if text.hasPrefix("0x") {
            if Hash32(text) != nil, text.utf8.count == 66 { return .string(text) }
            if Quantity.parse(text)?.fitsUInt64 == true { return .string(text) }
        } else if let number = UInt64(text) {
            return .quantity(number)
        }
        throw CommandError(
            .usage, "\"\(text)\" is no block",
            hint: "a number, a hash, latest, pending or earliest")
    }

    static func address(_ text: String) throws(CommandError) -> JSONValue {
        guard let address = Address(text) else {
            throw CommandError(
                .usage, "\"\(text)\" is no address",
                hint: "40 hexadecimal digits; in mixed case they are checked (EIP-55)")
        }
        return .data(address)
    }

    static func hash(_ text: String) throws(CommandError) -> JSONValue {
        guard let hash = Hash32(text) else {
            throw CommandError(.usage, "\"\(text)\" is no hash: expected 64 hexadecimal digits")
        }
        return .data(hash)
    }

    static func data(_ text: String) throws(CommandError) -> JSONValue {
        guard let bytes = Hexadecimal.bytes(text) else {
            throw CommandError(.usage, "\"\(text)\" is not hexadecimal data")
        }
        return .data(bytes)
    }

    /// Wei, in decimal or hexadecimal.
    static func number(_ text: String) throws(CommandError) -> UInt256 {
        let value = text.hasPrefix("0x") ? UInt256(hexadecimal: text) : UInt256(decimal: text)
        guard let value else {
            throw CommandError(.usage, "\"\(text)\" is no number of 256 bits")
        }
        return value
    }
}
