import PeerKit

@testable import Ledger

/// Keys, transactions and heads for tests of the mempool.
enum PoolExamples {
    static let chainID: UInt64 = 7

    /// Keys that tests may spend from.
    static let keys: [Secp256k1PrivateKey] = (1...32).map { key(UInt64($0)) }

    static func key(_ number: UInt64) -> Secp256k1PrivateKey {
        do {
            return try Secp256k1PrivateKey(bytes: UInt256(number).bytes)
        } catch {
            preconditionFailure("\(number) is a private key: \(error)")
        }
    }

    static func head(
        _ number: UInt64 = 0, baseFee: UInt256 = .zero, gasLimit: UInt64 = 30_000_000,
        fork: Fork = .prague
    ) -> MempoolHead {
        MempoolHead(
            number: number, baseFee: baseFee, gasLimit: gasLimit, rules: fork.rules,
            chainID: chainID)
    }

    static func transfer(
        from sender: Int = 0, nonce: UInt64 = 0, tip: UInt256 = .zero, cap: UInt256? = nil,
        gas: UInt64 = 21_000, value: UInt256 = .one, bytes: Int = 0
    ) -> SignedTransaction {
        var transaction = Transaction(.dynamicFee)
        transaction.nonce = nonce
        transaction.maxPriorityFeePerGas = tip
        transaction.maxFeePerGas = cap ?? tip
        transaction.gasLimit = gas + UInt64(bytes) * 40
        transaction.to = Address(truncating: 0xbeef)
        transaction.value = value
        transaction.input = [UInt8](repeating: 1, count: bytes)
        return transaction.signed(by: keys[sender], chainID: chainID)
    }

    static let rich = SenderAccount(balance: 1_000_000_000_000_000_000)

    static func machine(
        _ change: (inout MempoolLimits) -> Void = { _ in }
    ) -> MempoolMachine {
        var limits = MempoolLimits()
        limits.admission = nil
        change(&limits)
        return MempoolMachine(head: head(), limits: limits)
    }
}
