/// A block on its way: its transactions one after another, and then what it comes to.
struct BlockRun<Source: StateSource>: ~Copyable {
    private let header: BlockHeader
    private let rules: ChainRules
    private let fork: ForkRules
    private var transition: StateTransition
    private var state: BlockState<Source>
    private(set) var receipts: [Receipt] = []
    private(set) var gasUsed: UInt64 = 0
    private var blobs = 0

    /// Begins a block on the state after its parent.
    ///
    /// - Parameter header: What is known before execution; its roots do not count.
    init(_ header: BlockHeader, rules: ChainRules, on source: Source) {
        self.header = header
        self.rules = rules
        fork = rules.forks.fork(at: header.timestamp).rules
        transition = StateTransition(
            rules: fork, block: rules.context(of: header), natives: rules.natives)
        state = BlockState(source)
        transition.begin(header, on: &state)
    }

    /// Gas that is left for transactions.
    var gasLeft: UInt64 { header.gasLimit - gasUsed }

    /// Whether blobs of a transaction still fit.
    func hasRoom(forBlobs count: Int) -> Bool { blobs + count <= fork.maximumBlobs }

    /// Executes the next transaction, which has room, unless it can't be here.
    mutating func execute(_ signed: SignedTransaction) throws(TransactionError) {
        let transaction = signed.transaction
        let result = try transition.execute(transaction, from: signed.sender, on: &state)
        // Gas is below the block's limit, which is below 2⁶³.
        let used = UInt64(result.gasUsed)
        gasUsed += used
        blobs += transaction.blobHashes.count
        receipts.append(
            Receipt(
                kind: transaction.kind, status: result.halt.isSuccess, cumulativeGasUsed: gasUsed,
                logs: result.logs, gasUsed: used,
                contract: transaction.to == nil
                    ? Address.created(by: signed.sender, nonce: transaction.nonce) : nil,
                effectiveGasPrice: result.effectiveGasPrice))
    }

    /// Ends the block: withdrawals, the reward, requests.
    consuming func finish(_ withdrawals: [Withdrawal]) -> BlockOutcome {
        var amounts = withdrawals.map { (account: $0.address, wei: $0.wei) }
        if let supply = rules.supply {
            let reward = supply.reward(of: header.number)
            if !reward.isZero { amounts.append((header.beneficiary, reward)) }
        }
        if !amounts.isEmpty { transition.credit(amounts, on: &state) }
        var requestsHash: Hash32?
        if fork.fork >= .prague {
            requestsHash = transition.requestsHash(on: &state)
        }
        var bloom = Bloom.empty
        for receipt in receipts where !receipt.logs.isEmpty { bloom.formUnion(receipt.bloom) }
        return BlockOutcome(
            receipts: receipts, changes: state.changes(), gasUsed: gasUsed,
            blobGasUsed: UInt64(blobs) * StateTransition.gasPerBlob, logsBloom: bloom,
            requestsHash: requestsHash)
    }
}

/// What a block comes to, the root of its state apart.
public struct BlockOutcome: Sendable {
    /// One for each transaction.
    public var receipts: [Receipt]
    /// What it changed.
    public var changes: StateChanges
    /// Gas of all transactions.
    public var gasUsed: UInt64
    /// Gas of all blobs.
    public var blobGasUsed: UInt64
    /// What the logs are about.
    public var logsBloom: Bloom
    /// The requests to the consensus layer, from Prague on (EIP-7685).
    public var requestsHash: Hash32?
}
