import Foundation
import Ledger

/// Imports blocks for ever, and says of each on standard output when it is durable.
struct Workload {
    private var generator: SplitMix64
    private let keys: [Secp256k1PrivateKey]

    /// Eight rich accounts, and rewards.
    static let genesis: Genesis = {
        var genesis = Genesis(chainID: 7)
        genesis.timestamp = 1_700_000_000
        for number in 1...8 as ClosedRange<UInt64> {
            guard let key = try? key(number) else { continue }
            genesis.allocations[Address(key.publicKey)] = .init(
                balance: 1_000 &* SupplyRules.coin)
        }
        genesis.supply = SupplyRules(
            cap: 21_000_000 &* SupplyRules.coin, reserve: 1_000 &* SupplyRules.coin,
            initialReward: SupplyRules.coin, halvingInterval: 100)
        return genesis
    }()

    /// Short, so that pruning is at work as well.
    static let history = StateHistory.blocks(8)

    private static func key(_ number: UInt64) throws -> Secp256k1PrivateKey {
        try Secp256k1PrivateKey(bytes: UInt256(number).bytes)
    }

    init(seed: UInt64) throws {
        generator = SplitMix64(state: seed)
        keys = try (1...8).map { try Self.key($0) }
    }

    func run(in directory: String) async throws {
        var workload = self
        let chain = try Chain(at: directory, genesis: Self.genesis, history: Self.history)
        // Stores the second word of the call data at the slot that is the first.
        let code: [UInt8] = [0x60, 0x20, 0x35, 0x60, 0x00, 0x35, 0x55, 0x00]
        let creation: [UInt8] =
            [0x60, UInt8(code.count), 0x80, 0x60, 0x0b, 0x60, 0x00, 0x39, 0x60, 0x00, 0xf3] + code
        let contract = Address.created(by: Address(keys[0].publicKey), nonce: 0)
        while true {
            let state = try chain.state(at: .latest)
            var nonces = keys.map { state.account(Address($0.publicKey))?.nonce ?? 0 }
            var transactions: [SignedTransaction] = []
            for _ in 0..<1 + workload.generator.next() % 12 {
                let sender = Int(workload.generator.next() % 8)
                var transaction = Transaction(.dynamicFee)
                transaction.nonce = nonces[sender]
                nonces[sender] += 1
                transaction.gasLimit = 200_000
                if sender == 0, transaction.nonce == 0 {
                    transaction.input = creation
                } else if workload.generator.next() % 2 == 0 {
                    transaction.to = contract
                    let slot = UInt256(workload.generator.next() % 500)
                    transaction.input = slot.bytes + UInt256(workload.generator.next() % 3).bytes
                } else {
                    transaction.to = Address(
                        truncating: UInt256(0x10000 + workload.generator.next() % 2000))
                    transaction.value = 1
                }
                transactions.append(transaction.signed(by: keys[sender], chainID: 7))
            }
            let built = try await chain.buildBlock(
                from: transactions, timestamp: 0, beneficiary: Address(truncating: 0xbe))
            guard built.refused.isEmpty else { throw Wrong("refused: \(built.refused)") }
            try await chain.importBlock(built.block)
            let line = "\(built.block.number) \(built.block.hash)\n"
            FileHandle.standardOutput.write(Data(line.utf8))
        }
    }
}
