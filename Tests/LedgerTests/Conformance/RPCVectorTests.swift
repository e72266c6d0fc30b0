import Foundation
import Logging
import PeerKit
import Testing

@testable import Ledger

/// The blocks of a file, without any state: what JSON-RPC shows of blocks and transactions can be
/// compared although nothing can be executed.
private struct FileLedger: LedgerBackend {
    let rules: ChainRules
    /// `nil`: a block with ommers, from before this ledger's time.
    let blocks: [Block?]

    struct NoState: Error {}

    init(_ directory: String) throws {
        let json = try Data(contentsOf: URL(fileURLWithPath: directory + "/genesis.json"))
        let genesis = try Genesis(json: Array(json))
        rules = genesis.rules
        let file = try Data(contentsOf: URL(fileURLWithPath: directory + "/chain.json"))
        let object = try #require(try JSONSerialization.jsonObject(with: file) as? [String: Any])
        let text = try #require(object["chain_rlp_hex"] as? String)
        var blocks: [Block?] = [genesis.block()]
        var reader = RLPReader(try #require(Hexadecimal.bytes(text)))
        while !reader.isAtEnd {
            let encoded = Array(try reader.nextEncoded())
            do throws(BlockDecodingError) {
                blocks.append(try Block(decoding: encoded))
            } catch .ommers {
                blocks.append(nil)
            }
        }
        self.blocks = blocks
    }

    func headBlock() throws -> Block { try #require(blocks.last ?? nil) }

    func block(_ id: BlockID) throws -> Block? {
        switch id {
        case .latest, .pending: blocks.last ?? nil
        case .earliest: blocks.first ?? nil
        case .number(let number): number < UInt64(blocks.count) ? blocks[Int(number)] : nil
        case .hash(let hash): blocks.lazy.compactMap(\.self).first { $0.hash == hash }
        }
    }

    func receipts(of hash: Hash32) throws -> [Receipt]? { nil }

    func transaction(_ hash: Hash32) throws -> (block: Block, index: Int)? {
        for case let block? in blocks {
            if let index = block.transactions.firstIndex(where: { $0.hash == hash }) {
                return (block, index)
            }
        }
        return nil
    }

    func state(at id: BlockID) throws -> any StateSource & Sendable { throw NoState() }
    func proof(
        of address: Address, slots: [UInt256], at id: BlockID
    ) throws -> AccountProof { throw NoState() }
    func logs(_ filter: LogFilter) throws -> [FoundLog] { throw NoState() }
    func chainEvents() -> AsyncStream<ChainEvent> { AsyncStream { $0.finish() } }
}

@Suite("Official JSON-RPC exchanges") struct RPCVectorTests {
    /// What needs blocks alone.
    private static let exact: Set<String> = [
        "eth_chainId", "net_version", "eth_blockNumber", "eth_syncing", "eth_getBlockByNumber",
        "eth_getBlockByHash", "eth_getBlockTransactionCountByNumber",
        "eth_getBlockTransactionCountByHash", "eth_getTransactionByHash",
        "eth_getTransactionByBlockNumberAndIndex", "eth_getTransactionByBlockHashAndIndex",
        "eth_getUncleCountByBlockNumber", "eth_getUncleCountByBlockHash", "debug_getRawBlock",
        "debug_getRawHeader", "debug_getRawTransaction",
    ]
    /// Answers that differ by what this ledger is: here every block is final, and none has ommers.
    private static let different: Set<String> = [
        "get-safe", "get-finalized", "get-block-n", "get-legacy-tx",
    ]

    private static func directory() -> String? {
        EthereumVectors.directory.map { $0 + "/rpc_chain" }
    }

    /// Members in order, so that two objects can be compared.
    private static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let values): return .array(values.map(sorted))
        case .object(let object):
            let members = object.members.sorted { $0.name < $1.name }
            return .object(
                JSONObject(members.map { .init($0.name, sorted($0.value)) }))
        default: return value
        }
    }

    private func service() async throws -> RPCService {
        let directory = try #require(Self.directory())
        let ledger = try FileLedger(directory)
        let runtime = Runtime.live
        let pool = Mempool(
            head: ledger.poolHead(after: try ledger.headBlock()), accounts: ledger,
            runtime: runtime)
        let configuration = LedgerAPI.Configuration(
            access: RPCAccess(hosts: nil, origins: .any), clientVersion: "psic/test",
            log: Logger(label: "test"))
        return LedgerAPI(
            backend: ledger, pool: pool, runtime: runtime, configuration: configuration
        ).service
    }

    @Test(
        "blocks and transactions are shown as geth shows them, and errors have its codes",
        EthereumVectors.needs("rpc_io"))
    func exchanges() async throws {
        let service = try await service()
        var (compared, errors) = (0, 0)
        for line in try EthereumVectors.lines("rpc_io") {
            let test = try JSONReader.value(Array(line))
            let (name, method) = (test["name"]?.text ?? "", test["method"]?.text ?? "")
            guard test["schemaOnly"] != true, !Self.different.contains(name) else { continue }
            for exchange in test["exchanges"]?.elements ?? [] {
                let request = try #require(exchange["request"])
                let expected = try #require(exchange["responses"]?.elements?.first)
                let isError = expected["error"] != nil && service.names.contains(method)
                guard Self.exact.contains(method) || isError else { continue }
                if isError, ["eth_call", "eth_estimateGas"].contains(method) { continue }
                let bytes = await service.answer(JSONWriter.bytes(request), session: nil)
                let answer = try JSONReader.value(try #require(bytes))
                if isError {
                    #expect(
                        answer["error"]?["code"] == expected["error"]?["code"], "\(method) \(name)")
                    errors += 1
                } else {
                    #expect(Self.sorted(answer) == Self.sorted(expected), "\(method) \(name)")
                    compared += 1
                }
            }
        }
        #expect(compared >= 17 && errors >= 11, "\(compared) answers and \(errors) errors compared")
    }

    @Test(
        "receipts, fee histories and the pool have the members that geth's have",
        EthereumVectors.needs("rpc_io"))
    func shapes() async throws {
        var shapes: [String: JSONValue] = [:]
        for line in try EthereumVectors.lines("rpc_io") {
            let test = try JSONReader.value(Array(line))
            guard let name = test["name"]?.text, let method = test["method"]?.text,
                let exchange = test["exchanges"]?.elements?.last,
                let result = exchange["responses"]?.elements?.first?["result"], result != .null
            else { continue }
            shapes["\(method) \(name)"] = result
        }
        let chain = await DevChainExample()
        let signed = PoolExamples.transfer()
        let hash = try await chain.call(
            "eth_sendRawTransaction", "[\"\(Hexadecimal.data(signed.encoded))\"]")
        let receipt = try await chain.call("eth_getTransactionReceipt", "[\"\(hash.text ?? "")\"]")
        let receipts = shapes.filter { $0.key.hasPrefix("eth_getTransactionReceipt ") }
            .map(\.value).filter { $0["status"] != nil && $0["type"] != "0x3" }
        #expect(!receipts.isEmpty)
        for expected in receipts { #expect(receipt.names == expected.names) }
        let own = try await chain.call("eth_feeHistory", "[\"0x1\",\"latest\",[20,50]]")
        #expect(
            own.names == [
                "baseFeePerBlobGas", "baseFeePerGas", "blobGasUsedRatio", "gasUsedRatio",
                "oldestBlock", "reward",
            ])
        let proof = try #require(shapes.first { $0.key.hasPrefix("eth_getProof ") })
        let account = try await chain.call(
            "eth_getProof", "[\"\(Hexadecimal.data(signed.sender.bytes))\",[],\"latest\"]")
        #expect(account.names == proof.value.names)
        let status = try #require(shapes.first { $0.key.hasPrefix("txpool_status ") })
        #expect(try await chain.call("txpool_status").names == status.value.names)
    }
}
