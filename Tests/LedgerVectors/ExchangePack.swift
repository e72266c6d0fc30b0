import Ledger
import Logging
import PeerKit

extension VectorPack {
    /// Requests with geth's answers, on a chain through all forks. Compared is all that needs no
    /// execution of blocks older than Cancun: blocks, transactions, errors, simulations on accounts
    /// that the request itself describes.
    static let exchanges = VectorPack("rpc_io") { source, report in
        let ledger = try FileLedger(source.directory + "/rpc_chain")
        let service = service(of: ledger)
        for test in try source.values() {
            let (name, method) = (try test.text("name"), try test.text("method"))
            for exchange in try needed(test["exchanges"]?.elements, "exchanges") {
                let expected = try needed(exchange["responses"]?.elements?.first, "response")
                if let reason = Exchange.reason(
                    toLeaveOut: name, method, expected,
                    isShape: test["schemaOnly"] == true, known: service.names)
                {
                    report.leaveOut(reason)
                    continue
                }
                let request = try needed(exchange["request"], "request")
                let bytes = await service.answer(JSONWriter.bytes(request), session: nil)
                report.check("\(method) \(name)") {
                    let answer = try JSONValue(parsing: try needed(bytes, "answer"), limit: .max)
                    try Exchange.compare(answer, expected, method)
                }
            }
        }
    }

    private static func service(of ledger: FileLedger) -> RPCService {
        let runtime = Runtime.live
        let head = (try? ledger.headBlock()) ?? Block(header: BlockHeader())
        let pool = Mempool(
            head: ledger.poolHead(after: head), accounts: ledger, runtime: runtime)
        var configuration = LedgerAPI.Configuration(
            access: RPCAccess(hosts: nil, origins: .any), clientVersion: "psic/test",
            log: Logger(label: "vectors"))
        // What is compared does not depend on how busy the machine is.
        configuration.limits.executionTime = .seconds(86_400)
        return LedgerAPI(
            backend: ledger, pool: pool, runtime: runtime, configuration: configuration
        ).service
    }
}

/// How an exchange is compared.
private enum Exchange {
    /// Methods whose answers follow from blocks alone.
    private static let exact: Set<String> = [
        "eth_chainId", "net_version", "eth_blockNumber", "eth_syncing", "eth_getBlockByNumber",
        "eth_getBlockByHash", "eth_getBlockTransactionCountByNumber",
        "eth_getBlockTransactionCountByHash", "eth_getTransactionByHash",
        "eth_getTransactionByBlockNumberAndIndex", "eth_getTransactionByBlockHashAndIndex",
        "eth_getUncleCountByBlockNumber", "eth_getUncleCountByBlockHash", "debug_getRawBlock",
        "debug_getRawHeader", "debug_getRawTransaction", "eth_blobBaseFee",
    ]
    /// Single exchanges of methods that need state or receipts elsewhere, but not in these.
    private static let exactByName: Set<String> = [
        "get-code-unknown-account", "get-nonce-unknown-account", "get-storage-unknown-account",
        "get-storage-values-unknown-account", "get-empty-tx", "get-notfound-tx",
        "get-block-receipts-future", "create-al-value-transfer",
    ]
    /// Answers that differ by what this ledger is: here every block is final, and none has ommers.
    private static let different: Set<String> = [
        "get-safe", "get-finalized", "get-block-n", "get-legacy-tx",
    ]
    /// Simulations of what this ledger does not have, or of accounts of the chain's own state.
    private static let otherSimulations: [(part: String, reason: String)] = [
        ("move-", "precompiles do not move here"),
        ("try-to-move", "precompiles do not move here"),
        ("num-set-firstblock", "rules older than Cancun's"),
        ("blockhash-start-before-head", "hashes of imagined blocks, which have another state"),
        ("overwrite-existing-contract", "hashes of imagined blocks, which have another state"),
        ("override-ecrecover", "precompiles are not replaced here"),
        ("extcodehash-precompile", "precompiles are not replaced here"),
    ]

    /// Why an exchange cannot be compared; `nil` if it can.
    static func reason(
        toLeaveOut name: String, _ method: String, _ expected: JSONValue, isShape: Bool,
        known: [String]
    ) -> String? {
        if isShape { return "for the shape alone, which the tests compare on a chain of their own" }
        guard known.contains(method) else { return "no method \(method)" }
        if method == "eth_simulateV1" {
            return otherSimulations.first { name.contains($0.part) }?.reason
        }
        if expected["error"] != nil {
            return ["eth_call", "eth_estimateGas"].contains(method)
                ? "state that only older rules lead to" : nil
        }
        if different.contains(name), exact.contains(method) {
            return "no ommers here, and all blocks are final"
        }
        return exact.contains(method) || exactByName.contains(name)
            ? nil : "state that only older rules lead to"
    }

    static func compare(_ found: JSONValue, _ expected: JSONValue, _ method: String) throws {
        if let error = expected["error"] {
            let own = try needed(found["error"], "error, but \(found.serialized.prefix(200))")
            try same(own["code"], error["code"], "code")
            // Words are compared where clients have nothing else to go by.
            if method == "eth_simulateV1" { try same(own["message"], error["message"], "text") }
            return
        }
        if let error = found["error"] { throw VectorMismatch(error.serialized) }
        guard method == "eth_simulateV1" else {
            return try sameText(sorted(found), sorted(expected))
        }
        try sameText(
            sorted(found["result"] ?? .null, without: stateful),
            sorted(expected["result"] ?? .null, without: stateful))
    }

    /// Throws where two values differ, and says where.
    private static func sameText(_ found: JSONValue, _ expected: JSONValue) throws {
        let (own, theirs) = (found.serialized, expected.serialized)
        guard own != theirs else { return }
        let place = max(0, zip(own.utf8, theirs.utf8).prefix { $0 == $1 }.count - 60)
        throw VectorMismatch(
            "…\(own.dropFirst(place).prefix(160))…, expected …\(theirs.dropFirst(place).prefix(160))…"
        )
    }

    /// What follows from the state of the chain's head, which is not known.
    private static let stateful: Set<String> = ["hash", "blockHash", "parentHash", "stateRoot"]

    /// Members in order, so that two objects can be compared.
    ///
    /// - Parameter dropped: Members that are left out, but for the hashes of transactions.
    private static func sorted(
        _ value: JSONValue, without dropped: Set<String> = []
    ) -> JSONValue {
        switch value {
        case .array(let values): return .array(values.map { sorted($0, without: dropped) })
        case .object(let object):
            let isTransaction = object["gasPrice"] != nil
            let members = object.members.filter {
                !dropped.contains($0.name) || ($0.name == "hash" && isTransaction)
            }.sorted { $0.name < $1.name }
            return .object(
                JSONObject(members.map { .init($0.name, sorted($0.value, without: dropped)) }))
        default: return value
        }
    }
}
