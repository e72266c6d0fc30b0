import Foundation
import Ledger
import Synchronization

/// JSON-RPC of the release `psic-node run --dev`, a chain on the disk, while it makes blocks.
struct RPCUnderLoad {
    let node: String
    let directory: String

    /// One method at one number of connections.
    struct Row: Codable {
        var method: String
        var result: HTTPLoad.Result
    }

    /// `balanceOf(address)` as compilers write it, the balance at keccak(address · 0); the creation
    /// gives all to who makes it.
    private static let token =
        "335f525f60205269d3c21bcecceda100000060405f20556026"
        + "60215f3960265ff3"
        + "5f3560e01c6370a0823114601157" + "5f5ffd5b" + "6004355f525f60205260405f20545f5260205ff3"

    func run(into report: inout Report) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: node)
        process.arguments = [
            "run", "--home", directory, "--format", "json", "--dev", "--rpc-port", "0",
            "--block-time", "1",
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        var output = Data()
        while !output.contains(10) {
            let data = pipe.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Wrong("psic-node ended: \(node)") }
            output += data
        }
        guard let line = output.split(separator: 10).first,
            let told = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any],
            let address = told["rpc"] as? String,
            let port = address.split(separator: ":").last.flatMap({
                UInt16($0.prefix { $0.isNumber })
            }),
            let accounts = told["accounts"] as? [[String: Any]]
        else { throw Wrong("\(String(decoding: output, as: UTF8.self))") }
        let keys = try accounts.compactMap { account -> Secp256k1PrivateKey? in
            guard let text = account["privateKey"] as? String,
                let bytes = Hexadecimal.bytes(text)
            else { return nil }
            return try Secp256k1PrivateKey(bytes: bytes)
        }
        let load = HTTPLoad(port: port)
        var feeder = try Feeder(load: load, keys: keys)
        let receipt = try feeder.deploy(Hexadecimal.bytes(Self.token) ?? [])
        let owner = Address(keys[0].publicKey)
        let bodies: [(String, String)] = [
            ("eth_blockNumber", "[]"),
            ("eth_getBalance", "[\"\(owner)\",\"latest\"]"),
            (
                "eth_call",
                """
                [{"to":"\(receipt.contract)","data":"0x70a08231000000000000000000000000\
                \(Hexadecimal.digits(of: owner.bytes))"},"latest"]
                """
            ),
            ("eth_getTransactionReceipt", "[\"\(receipt.hash)\"]"),
        ]
        let requests = bodies.map { method, params in
            (method, #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(params)}"#)
        }
        let feeding = Feeding()
        let thread = Thread { [feeder] in
            var feeder = feeder
            feeding.run(&feeder)
        }
        thread.start()
        defer { feeding.stop() }
        for connections in [1, 16, 64] {
            for (method, body) in requests {
                report.rpc.append(
                    Row(
                        method: method,
                        result: try load.run([body], connections: connections, seconds: 3)))
            }
            report.rpc.append(
                Row(
                    method: "all four in turn",
                    result: try load.run(
                        requests.map(\.1), connections: connections, seconds: 3)))
        }
        report.rpcTransfersPerSecond = feeding.stop()
    }
}

/// What is wrong.
struct Wrong: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Sends transactions to the node that is measured.
struct Feeder {
    private let load: HTTPLoad
    private let keys: [Secp256k1PrivateKey]
    private var nonces: [UInt64]
    private var next = 0

    init(load: HTTPLoad, keys: [Secp256k1PrivateKey]) throws {
        guard !keys.isEmpty else { throw Wrong("no keys") }
        self.load = load
        self.keys = keys
        nonces = keys.map { _ in 0 }
    }

    /// Creates a contract; answers when it is in a block.
    mutating func deploy(_ code: [UInt8]) throws -> (hash: Hash32, contract: Address) {
        let signed = sign(by: 0, to: nil, input: code, gas: 1_000_000)
        try send(signed)
        for _ in 0..<100 {
            let answer = try load.ask(
                #"{"jsonrpc":"2.0","id":1,"method":"eth_getTransactionReceipt","params":["\#(signed.hash)"]}"#
            )
            if let receipt = answer["result"] as? [String: Any] {
                guard receipt["status"] as? String == "0x1",
                    let contract = (receipt["contractAddress"] as? String).flatMap({ Address($0) })
                else { throw Wrong("\(receipt)") }
                return (signed.hash, contract)
            }
            usleep(100_000)
        }
        throw Wrong("the token was never in a block")
    }

    /// Sends one transfer.
    mutating func transfer() throws {
        next += 1
        try send(
            sign(
                by: next % keys.count,
                to: Address(truncating: UInt256(UInt64(0x10_0000 + next % 20_000))), gas: 21_000))
    }

    private mutating func sign(
        by key: Int, to: Address?, input: [UInt8] = [], gas: UInt64
    ) -> SignedTransaction {
        var transaction = Transaction(.dynamicFee)
        transaction.nonce = nonces[key]
        nonces[key] += 1
        transaction.gasLimit = gas
        transaction.to = to
        transaction.value = to == nil ? 0 : 1
        transaction.input = input
        return transaction.signed(by: keys[key], chainID: 31_337)
    }

    private func send(_ signed: SignedTransaction) throws {
        let answer = try load.ask(
            #"{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["\#(Hexadecimal.data(signed.encoded))"]}"#
        )
        guard answer["result"] != nil else { throw Wrong("\(answer)") }
    }
}

/// A thread that sends transfers, a hundred a second, until it is stopped.
final class Feeding: Sendable {
    private let state = Mutex((isStopped: false, sent: 0))
    private let start = wallTime()

    func run(_ feeder: inout Feeder) {
        while !state.withLock({ $0.isStopped }) {
            // A refusal ends the feeding, which the count then shows.
            guard (try? feeder.transfer()) != nil else { return }
            state.withLock { $0.sent += 1 }
            usleep(10_000)
        }
    }

    /// Ends it; answers how many it has sent in a second.
    @discardableResult
    func stop() -> Double {
        state.withLock { state in
            state.isStopped = true
            return Double(state.sent) / (wallTime() - start)
        }
    }
}
