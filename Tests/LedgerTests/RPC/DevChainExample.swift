import Logging
import PeerKit
import Testing

@testable import Ledger

/// A development chain without a port: requests go straight to the service.
struct DevChainExample {
    let api: LedgerAPI
    let ledger: MemoryLedger
    let pool: Mempool
    let miner: DevMiner
    static let runtime = Runtime.live

    init(
        _ change: (inout Genesis) -> Void = { _ in }, limits: RPCLimits = RPCLimits()
    ) async {
        var genesis = Genesis(chainID: PoolExamples.chainID)
        genesis.forks = ForkSchedule(pragueTime: 0)
        genesis.timestamp = 1000
        for key in PoolExamples.keys.prefix(4) {
            genesis.allocations[key.address] = .init(balance: 100 &* SupplyRules.coin)
        }
        change(&genesis)
        let runtime = Self.runtime
        ledger = MemoryLedger(genesis, runtime: runtime)
        var poolLimits = MempoolLimits()
        poolLimits.admission = nil
        pool = Mempool(
            head: ledger.poolHead(after: await ledger.headBlock()), accounts: ledger,
            limits: poolLimits, runtime: runtime)
        let log = Logger(label: "test")
        miner = DevMiner(ledger: ledger, pool: pool, interval: nil, runtime: runtime, log: log)
        var configuration = LedgerAPI.Configuration(
            access: RPCAccess(hosts: nil, origins: .any), clientVersion: "psic/test", log: log)
        configuration.limits = limits
        api = LedgerAPI(
            backend: ledger, pool: pool, runtime: runtime, configuration: configuration,
            development: .init(
                miner: miner, ledger: ledger, keys: Array(PoolExamples.keys.prefix(4))))
    }

    /// Calls a method with parameters in JSON.
    func call(
        _ method: String, _ params: String = "[]", session: RPCSession? = nil
    ) async throws(RPCError) -> JSONValue {
        guard let values = try? JSONReader.value(Array(params.utf8)).elements else {
            throw .parse
        }
        return try await api.service.call(
            RPCRequest(id: .number("1"), method: method, params: values), session
        ).get()
    }

    /// The error of a call that is to fail.
    func error(_ method: String, _ params: String = "[]") async -> RPCError? {
        do throws(RPCError) {
            let value = try await call(method, params)
            Issue.record("\(method) answered \(value)")
            return nil
        } catch {
            return error
        }
    }

    /// Deploys code, whose init code this makes; answers where it stands.
    func deploy(_ code: [UInt8], nonce: UInt64) async throws -> String {
        // PUSH2 size DUP1 PUSH1 12 PUSH0 CODECOPY PUSH0 RETURN, padded to 12 bytes.
        var initCode: [UInt8] = [0x61, UInt8(code.count >> 8), UInt8(code.count & 255)]
        initCode += [0x80, 0x60, 12, 0x5f, 0x39, 0x5f, 0xf3, 0x00, 0x00]
        initCode += code
        var transaction = Transaction(.dynamicFee)
        transaction.nonce = nonce
        transaction.gasLimit = 1_000_000
        transaction.input = initCode
        let signed = transaction.signed(by: PoolExamples.keys[0], chainID: PoolExamples.chainID)
        let hash = try await call(
            "eth_sendRawTransaction", "[\"\(Hexadecimal.data(signed.encoded))\"]")
        let receipt = try await call("eth_getTransactionReceipt", "[\"\(hash.text ?? "")\"]")
        #expect(receipt["status"] == "0x1")
        return receipt["contractAddress"]?.text ?? ""
    }
}

extension JSONValue {
    /// The members' names, in order of the alphabet.
    var names: [String] { (object?.members ?? []).map(\.name).sorted() }
}
