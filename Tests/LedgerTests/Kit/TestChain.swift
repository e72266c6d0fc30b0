import Foundation
import Testing

@testable import Ledger

/// A directory that is removed with the value that holds it.
final class TestDirectory: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "psic-ledger-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}

/// A chain of some rich accounts, in a directory of its own.
struct TestChain {
    static let chainID: UInt64 = 1337
    static let rich: UInt256 = 1_000_000 &* SupplyRules.coin

    let directory: TestDirectory
    let genesis: Genesis
    var chain: Chain
    /// The next nonce of each key.
    private var nonces: [Int: UInt64] = [:]

    static var limits: LedgerStoreLimits {
        var limits = LedgerStoreLimits()
        limits.isLazy = true
        limits.headroomBytes = 64 << 20
        limits.accountsPerCommit = 100
        return limits
    }

    static func key(_ number: Int) -> Secp256k1PrivateKey {
        do throws(Secp256k1Error) {
            return try Secp256k1PrivateKey(bytes: UInt256(UInt64(number + 1)).bytes)
        } catch {
            fatalError("a number from 1 on is a key: \(error)")
        }
    }

    static func address(_ number: Int) -> Address { Address(key(number).publicKey) }

    static func genesis(accounts: Int = 5) -> Genesis {
        var genesis = Genesis(chainID: chainID)
        genesis.timestamp = 1_700_000_000
        for number in 0..<accounts { genesis.allocations[address(number)] = .init(balance: rich) }
        return genesis
    }

    init(
        _ genesis: Genesis = TestChain.genesis(),
        history: StateHistory = .blocks(ChainLimits.historyBlocks)
    ) throws {
        directory = try TestDirectory()
        self.genesis = genesis
        chain = try Chain(
            at: directory.file("ledger"), genesis: genesis, history: history,
            limits: Self.limits)
    }

    /// Closes the chain and opens it anew.
    mutating func reopen(history: StateHistory = .blocks(ChainLimits.historyBlocks)) async throws {
        await chain.close()
        // The directory is free once the last reference is gone, so another chain takes this one's
        // place meanwhile.
        chain = try TestChain(genesis).chain
        chain = try Chain(
            at: directory.file("ledger"), genesis: genesis, history: history,
            limits: Self.limits)
    }

    /// A signed transaction, with the key's next nonce.
    mutating func sign(
        _ key: Int, to: Address?, value: UInt256 = 1, input: [UInt8] = [], gas: UInt64 = 100_000
    ) -> SignedTransaction {
        var transaction = Transaction(.dynamicFee)
        transaction.nonce = nonces[key, default: 0]
        nonces[key, default: 0] += 1
        transaction.to = to
        transaction.value = value
        transaction.input = input
        transaction.gasLimit = gas
        return transaction.signed(by: Self.key(key), chainID: Self.chainID)
    }

    /// Makes and imports a block.
    @discardableResult
    mutating func mine(_ transactions: [SignedTransaction]) async throws -> Block {
        let built = try await chain.buildBlock(
            from: transactions, timestamp: chain.head.header.timestamp + 1,
            beneficiary: Address(truncating: 0xbe))
        #expect(built.refused.isEmpty)
        try await chain.importBlock(built.block)
        return built.block
    }

    /// Code that stores its call data's first word at the slot named by the second, and logs it.
    ///
    /// SSTORE(calldata[32], calldata[0]); MSTORE(0, calldata[0]); LOG1(0, 32, calldata[32])
    static let storing =
        Hexadecimal.bytes("6000356020355560003560005260203560206000a100") ?? []

    /// The code that creates a contract of some code.
    static func creating(_ code: [UInt8]) -> [UInt8] {
        // PUSH1 n DUP1 PUSH1 11 PUSH1 0 CODECOPY PUSH1 0 RETURN, 11 bytes.
        [0x60, UInt8(code.count), 0x80, 0x60, 0x0b, 0x60, 0x00, 0x39, 0x60, 0x00, 0xf3] + code
    }
}
