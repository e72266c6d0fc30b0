import Foundation
import Ledger

/// A state of many accounts, and blocks that touch some of them all over.
struct LargeState {
    let accounts: Int
    let touched: Int

    func run(in directory: String, into report: inout Report) async throws {
        var genesis = Genesis(chainID: 1337)
        genesis.gasLimit = UInt64(touched) * 21_000
        let senders = touched / 2
        let keys = try (1...senders).map {
            try Secp256k1PrivateKey(bytes: UInt256(UInt64($0)).bytes)
        }
        for key in keys {
            genesis.allocations[Address(key.publicKey)] = .init(balance: SupplyRules.coin)
        }
        func other(_ number: Int) -> Address {
            Address(truncating: Keccak256.hash(UInt256(UInt64(number)).bytes).word)
        }
        let others = accounts - senders
        for number in 0..<others { genesis.allocations[other(number)] = .init(balance: 1) }
        let (start, cpu) = (wallTime(), processTime())
        do {
            let chain = try Chain(at: directory, genesis: genesis)
            report.genesisSeconds = wallTime() - start
            report.genesisCPUSeconds = processTime() - cpu
            report.genesisMemory = .now
            await chain.close()
        }
        // From here on only what a node holds.
        genesis.allocations = [:]
        report.accounts = accounts
        report.touchedPerBlock = touched
        try await makeBlocks(keys, others, other, in: directory, into: &report)
    }

    private func makeBlocks(
        _ keys: [Secp256k1PrivateKey], _ others: Int, _ other: (Int) -> Address,
        in directory: String, into report: inout Report
    ) async throws {
        let chain = try Chain(at: directory)
        let rounds = 5
        for round in 0..<rounds {
            var transfers: [SignedTransaction] = []
            for (index, key) in keys.enumerated() {
                var transaction = Transaction(.dynamicFee)
                transaction.nonce = UInt64(round)
                transaction.gasLimit = 21_000
                transaction.to = other((index * 197 + round * 7919) % others)
                transaction.value = 1
                transfers.append(transaction.signed(by: key, chainID: 1337))
            }
            let begin = wallTime()
            let built = try await chain.buildBlock(
                from: transfers, timestamp: 0, beneficiary: .zero)
            let ended = wallTime()
            // Once more without the root, to tell the two apart.
            _ = try chain.executor.execute(
                built.block, after: chain.head.header, on: chain.state(at: .latest))
            let ready = wallTime()
            let (build, execution) = (ended - begin, ready - ended)
            try await chain.importBlock(built.block)
            report.largeBuildMilliseconds += build * 1000 / Double(rounds)
            report.largeRootMilliseconds += (build - execution) * 1000 / Double(rounds)
            report.largeCommitMilliseconds += (wallTime() - ready) * 1000 / Double(rounds)
        }
        report.diskBytes = try chain.store.store.statistics().usedBytes
        report.memory = .now
        await chain.close()
    }
}
