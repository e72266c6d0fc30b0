/// What the maker of a block decides about it.
public struct BlockDraft: Sendable, Equatable {
    /// Seconds since 1970; later than the parent's.
    public var timestamp: UInt64
    /// Who gets tips and the reward.
    public var beneficiary: Address
    /// Gas of all transactions; `nil` for the parent's limit.
    public var gasLimit: UInt64?
    /// Randomness that contracts see; `nil` for one that follows from the parent's hash, which
    /// everyone can foresee.
    public var prevRandao: Hash32?
    /// Up to 32 bytes.
    public var extraData: [UInt8] = []
    /// What comes from outside.
    public var withdrawals: [Withdrawal] = []

    /// The two that have no default.
    public init(timestamp: UInt64, beneficiary: Address) {
        self.timestamp = timestamp
        self.beneficiary = beneficiary
    }
}

extension BlockExecutor {
    /// A header as far as it is known before execution.
    func header(_ draft: BlockDraft, after parent: Block) -> BlockHeader {
        var header = BlockHeader()
        header.parentHash = parent.hash
        header.beneficiary = draft.beneficiary
        header.number = parent.number + 1
        header.timestamp = max(draft.timestamp, parent.header.timestamp + 1)
        header.gasLimit = draft.gasLimit ?? parent.header.gasLimit
        header.extraData = draft.extraData
        header.prevRandao = draft.prevRandao ?? Keccak256.hash(parent.hash.bytes)
        header.baseFeePerGas = rules.feePolicy.baseFee(after: parent.header)
        header.withdrawalsRoot = ListTrie.root(of: draft.withdrawals.map(\.encoded))
        let fork = rules.forks.fork(at: header.timestamp)
        header.excessBlobGas = rules.excessBlobGas(after: parent.header, rules: fork.rules)
        header.blobGasUsed = 0
        header.parentBeaconBlockRoot = .zero
        if fork >= .prague { header.requestsHash = .emptyRequests }
        return header
    }

    /// Makes a block of candidates, in their order; those that can't be in it are left out.
    ///
    /// - Parameters:
    ///   - source: The state after the parent.
    ///   - root: Computes the root of the state after changes.
    func build<Source: StateSource>(
        from candidates: [SignedTransaction], _ draft: BlockDraft, after parent: Block,
        on source: Source, root: (StateChanges) throws(BlockError) -> Hash32
    ) throws(BlockError) -> BuiltBlock {
        var header = header(draft, after: parent)
        var taken: [SignedTransaction] = []
        var refused: [BuiltBlock.Refusal] = []
        var run = BlockRun(header, rules: rules, on: source)
        for candidate in candidates {
            let transaction = candidate.transaction
            // One that no block has room for is left to the check, which says so.
            if transaction.gasLimit <= header.gasLimit {
                guard transaction.gasLimit <= run.gasLeft,
                    run.hasRoom(forBlobs: transaction.blobHashes.count)
                else {
                    refused.append(.init(transaction: candidate, reason: nil))
                    continue
                }
            }
            do throws(TransactionError) {
                try run.execute(candidate)
                taken.append(candidate)
            } catch {
                refused.append(.init(transaction: candidate, reason: error))
            }
        }
        let outcome = run.finish(draft.withdrawals)
        header.gasUsed = outcome.gasUsed
        header.blobGasUsed = outcome.blobGasUsed
        header.logsBloom = outcome.logsBloom
        header.requestsHash = outcome.requestsHash
        header.transactionsRoot = ListTrie.root(of: taken.map(\.encoded))
        header.receiptsRoot = Receipt.root(of: outcome.receipts)
        header.stateRoot = try root(outcome.changes)
        try rules.check(header, after: parent.header)
        return BuiltBlock(
            block: Block(
                header: header, transactions: taken, withdrawals: draft.withdrawals),
            receipts: outcome.receipts, refused: refused, outcome: outcome)
    }
}
