import Ledger
import Logging
import PeerKit
import Testing

@testable import psic_node

/// What a development chain shows at `/metrics`.
@Suite("Metrics of the ledger") struct LedgerMetricsTests {
    private struct Dev {
        let registry = MetricRegistry()
        let api: LedgerAPI
        let key: Secp256k1PrivateKey

        init() async throws {
            key = try Secp256k1PrivateKey(bytes: UInt256(7).bytes)
            var genesis = Genesis(chainID: 31_337)
            genesis.allocations[key.address] = .init(balance: SupplyRules.coin)
            let runtime = Runtime.live
            let ledger = MemoryLedger(genesis, runtime: runtime)
            let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let pool = Mempool(
                head: ledger.poolHead(after: await ledger.headBlock()), accounts: ledger,
                runtime: runtime, metrics: registry)
            let miner = DevMiner(
                ledger: ledger, pool: pool, interval: nil, runtime: runtime, log: log,
                metrics: registry)
            var configuration = LedgerAPI.Configuration(
                access: RPCAccess(hosts: nil, origins: .any), clientVersion: "test", log: log)
            configuration.metrics = registry
            api = LedgerAPI(
                backend: ledger, pool: pool, runtime: runtime, configuration: configuration,
                development: .init(miner: miner, ledger: ledger, keys: [key]))
        }

        func ask(_ method: String, _ params: String = "") async -> String {
            let body = #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":[\#(params)]}"#
            return String(
                decoding: await api.service.answer(Array(body.utf8), session: nil) ?? [],
                as: UTF8.self)
        }

        func transfer(nonce: UInt64, value: UInt64 = 0) -> String {
            var transaction = Transaction(.dynamicFee)
            transaction.nonce = nonce
            transaction.gasLimit = 21_000
            transaction.to = .zero
            transaction.value = UInt256(value)
            return "\"\(Hexadecimal.data(transaction.signed(by: key, chainID: 31_337).encoded))\""
        }

        /// The lines of `/metrics` that are samples, as name with labels and value.
        var samples: [String: String] {
            let lines = MetricFamily.text(registry.families()).split(separator: "\n")
                .filter { !$0.hasPrefix("#") }
            return Dictionary(
                lines.compactMap { line in
                    line.lastIndex(of: " ").map {
                        (String(line[..<$0]), String(line[line.index(after: $0)...]))
                    }
                }, uniquingKeysWith: { first, _ in first })
        }
    }

    @Test func blocksThePoolAndRequestsAreCounted() async throws {
        let dev = try await Dev()
        #expect(await dev.ask("eth_sendRawTransaction", dev.transfer(nonce: 0)).contains("result"))
        // Behind a gap; known; and used.
        #expect(await dev.ask("eth_sendRawTransaction", dev.transfer(nonce: 5)).contains("result"))
        #expect(await dev.ask("eth_sendRawTransaction", dev.transfer(nonce: 5)).contains("known"))
        let again = dev.transfer(nonce: 0, value: 1)
        #expect(await dev.ask("eth_sendRawTransaction", again).contains("nonce"))
        _ = await dev.ask("eth_blockNumber")
        _ = await dev.ask("eth_notThere")
        _ = await dev.ask("a_name_that_a_client_made_up")
        let samples = dev.samples
        let expected = [
            "psic_ledger_head": "1", "psic_ledger_blocks_total": "1",
            "psic_ledger_transactions_total": "1", "psic_ledger_gas_total": "21000",
            "psic_ledger_block_seconds_count": "1",
            "psic_mempool_transactions": "1", "psic_mempool_senders": "1",
            "psic_mempool_admitted_total": "2", "psic_mempool_pending_total": "1",
            #"psic_mempool_refused_total{reason="known"}"#: "1",
            #"psic_mempool_refused_total{reason="invalid"}"#: "1",
            #"psic_mempool_dropped_total{reason="used"}"#: "1",
            #"psic_rpc_requests_total{method="eth_sendRawTransaction"}"#: "4",
            #"psic_rpc_requests_total{method="eth_blockNumber"}"#: "1",
            // What clients make up is one series, however they call it.
            #"psic_rpc_requests_total{method="unknown"}"#: "2",
            #"psic_rpc_seconds_count{area="eth"}"#: "5",
            #"psic_rpc_errors_total{kind="execution"}"#: "2",
            #"psic_rpc_errors_total{kind="client"}"#: "2",
        ]
        for (name, value) in expected { #expect(samples[name] == value, "\(name)") }
        #expect(samples["psic_mempool_bytes"].flatMap { Int($0) } ?? 0 > 100)
        #expect(!samples.keys.contains { $0.contains("made_up") })
    }

    @Test func everyMetricIsDescribedAndFitsItsBounds() async throws {
        let dev = try await Dev()
        for family in dev.registry.families() {
            #expect(MetricCatalogue.texts[family.name] != nil, "\(family.name)")
        }
        let dropped = dev.samples[MetricRegistry.droppedName]
        #expect(dropped == nil || dropped == "0")
    }
}
