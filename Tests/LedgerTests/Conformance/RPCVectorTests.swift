import LedgerVectors
import Testing

@testable import Ledger

@Suite("Shapes of official JSON-RPC exchanges") struct RPCVectorTests {
    @Test(
        "receipts, fee histories and the pool have the members that geth's have",
        EthereumVectors.needs("rpc_io"))
    func shapes() async throws {
        var shapes: [String: JSONValue] = [:]
        for test in try #require(EthereumVectors.source("rpc_io")).values() {
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
