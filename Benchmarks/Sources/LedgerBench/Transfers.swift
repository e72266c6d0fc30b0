import Ledger

/// Transfers among fresh accounts: the path that every payment takes.
struct Transfers {
    private let genesis: Genesis
    /// Blocks of encoded transactions.
    private let batches: [[[UInt8]]]

    private static let senders = 1000

    init(block: Int, blocks: Int) throws {
        var genesis = Genesis(chainID: 1337)
        let keys = try (1...Self.senders).map {
            try Secp256k1PrivateKey(bytes: UInt256(UInt64($0)).bytes)
        }
        for key in keys {
            genesis.allocations[Address(key.publicKey)] = .init(
                balance: 1_000_000 &* SupplyRules.coin)
        }
        genesis.gasLimit = UInt64(block) * 21_000 + 5000
        self.genesis = genesis
        var count: UInt64 = 0
        var batches: [[[UInt8]]] = []
        for _ in 0..<blocks {
            var batch: [[UInt8]] = []
            for _ in 0..<block {
                var transaction = Transaction(.dynamicFee)
                transaction.nonce = count / UInt64(Self.senders)
                transaction.gasLimit = 21_000
                // Receivers that return after a while.
                transaction.to = Address(
                    truncating: Keccak256.hash(UInt256(count % 20_000).bytes).word)
                transaction.value = 1
                let key = keys[Int(count % UInt64(Self.senders))]
                batch.append(transaction.signed(by: key, chainID: 1337).encoded)
                count += 1
            }
            batches.append(batch)
        }
        self.batches = batches
    }

    /// From bytes to the disk; answers the blocks.
    func produce(in directory: String, into report: inout Report) async throws -> [[UInt8]] {
        let chain = try Chain(at: directory, genesis: genesis)
        var (recovery, build, commit) = (0.0, 0.0, 0.0)
        var blocks: [[UInt8]] = []
        let (wall, cpu) = (wallTime(), processTime())
        for batch in batches {
            let start = wallTime()
            let signed = try batch.map { try SignedTransaction(decoding: $0) }
            let recovered = wallTime()
            let built = try await chain.buildBlock(
                from: signed, timestamp: 0, beneficiary: .zero)
            let ready = wallTime()
            try await chain.importBlock(built.block)
            let done = wallTime()
            recovery += recovered - start
            build += ready - recovered
            commit += done - ready
            blocks.append(built.block.encoded)
        }
        let count = Double(batches.reduce(0) { $0 + $1.count })
        report.transfersPerSecond = count / (wallTime() - wall)
        report.transfersPerCPUSecond = count / (processTime() - cpu)
        report.recoveryMicroseconds = recovery / count * 1e6
        report.buildMicroseconds = build / count * 1e6
        report.commitMicroseconds = commit / count * 1e6
        await chain.close()
        return blocks
    }

    /// Imports the blocks as another node would.
    func follow(
        _ blocks: [[UInt8]], in directory: String, into report: inout Report
    ) async throws {
        let chain = try Chain(at: directory, genesis: genesis)
        let (start, cpu) = (wallTime(), processTime())
        for block in blocks { try await chain.importBlock(Block(decoding: block)) }
        let seconds = wallTime() - start
        let count = Double(batches.reduce(0) { $0 + $1.count })
        report.importedTransfersPerSecond = count / seconds
        report.importedTransfersPerCPUSecond = count / (processTime() - cpu)
        report.importedBlocksPerSecond = Double(blocks.count) / seconds
        await chain.close()
    }

    /// The same with signers recovered on all cores, a block ahead.
    func followInParallel(
        _ blocks: [[UInt8]], in directory: String, into report: inout Report
    ) async throws {
        let chain = try Chain(at: directory, genesis: genesis)
        let start = wallTime()
        var block = try await Block.recovering(blocks[0])
        for encoded in blocks.dropFirst() {
            async let next = Block.recovering(encoded)
            try await chain.importBlock(block)
            block = try await next
        }
        try await chain.importBlock(block)
        let count = Double(batches.reduce(0) { $0 + $1.count })
        report.parallelImportedTransfersPerSecond = count / (wallTime() - start)
        await chain.close()
    }
}
