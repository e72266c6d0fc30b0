/// Executes blocks on a state that it does not change: what comes of it is returned.
///
/// Pure: no clock, no disk, no randomness; the same block on the same state has the same outcome.
///
/// Deviations: deposits of EIP-6110 are no requests here, since there is no deposit contract; the
/// contracts of EIP-7002 and EIP-7251 may be absent.
public struct BlockExecutor: Sendable {
    /// What holds of all blocks of the chain.
    public let rules: ChainRules

    /// - Parameter rules: What holds of all blocks of the chain.
    public init(rules: ChainRules) { self.rules = rules }

    /// Executes a block and checks everything about it but the root of the state.
    ///
    /// - Parameters:
    ///   - parent: The block before it.
    ///   - source: The state after the parent.
    public func execute<Source: StateSource>(
        _ block: Block, after parent: BlockHeader, on source: Source
    ) throws(BlockError) -> BlockOutcome {
        try rules.check(block.header, after: parent)
        let header = block.header
        let transactionsRoot = block.transactionsRoot
        guard header.transactionsRoot == transactionsRoot else {
            throw .transactionsRoot(expected: header.transactionsRoot, found: transactionsRoot)
        }
        guard let withdrawals = block.withdrawals, let root = block.withdrawalsRoot else {
            throw .fields(rules.forks.fork(at: header.timestamp))
        }
        guard header.withdrawalsRoot == root else {
            throw .withdrawalsRoot(expected: header.withdrawalsRoot ?? .zero, found: root)
        }
        var run = BlockRun(header, rules: rules, on: source)
        for (index, transaction) in block.transactions.enumerated() {
            let limit = transaction.transaction.gasLimit
            guard limit <= run.gasLeft else {
                throw .gasLeft(index: index, limit: limit, left: run.gasLeft)
            }
            guard run.hasRoom(forBlobs: transaction.transaction.blobHashes.count) else {
                throw .transaction(index: index, .malformedBlobs)
            }
            do throws(TransactionError) {
                try run.execute(transaction)
            } catch {
                throw .transaction(index: index, error)
            }
        }
        let outcome = run.finish(withdrawals)
        try check(outcome, header)
        return outcome
    }

    private func check(_ outcome: BlockOutcome, _ header: BlockHeader) throws(BlockError) {
        guard outcome.gasUsed == header.gasUsed else {
            throw .gasUsed(expected: header.gasUsed, found: outcome.gasUsed)
        }
        guard outcome.blobGasUsed == header.blobGasUsed else {
            throw .blobGas(expected: header.blobGasUsed ?? 0, found: outcome.blobGasUsed)
        }
        guard outcome.logsBloom == header.logsBloom else { throw .logsBloom }
        let root = Receipt.root(of: outcome.receipts)
        guard root == header.receiptsRoot else {
            throw .receiptsRoot(expected: header.receiptsRoot, found: root)
        }
        guard outcome.requestsHash == header.requestsHash else {
            throw .requestsHash(
                expected: header.requestsHash ?? .zero, found: outcome.requestsHash)
        }
    }
}
