/// Imagines blocks on top of one that stands, and shows what their calls would do
/// (execution-apis, `eth_simulateV1`).
///
/// Without `validates`, nonces do not count, nothing must be paid for gas, and the base fee is 0
/// unless overridden. That a sender has code never counts.
struct BlockSimulation {
    /// A state whose next blocks are imagined: BLOCKHASH knows them too.
    private struct Source: StateSource {
        var base: AnyState
        var hashes: [UInt64: Hash32] = [:]

        mutating func account(_ address: Address) -> Account? { base.account(address) }
        mutating func storage(_ key: UInt256, of address: Address) -> UInt256 {
            base.storage(key, of: address)
        }
        mutating func hasStorage(_ address: Address) -> Bool { base.hasStorage(address) }
        mutating func code(_ hash: Hash32) -> AnalyzedCode { base.code(hash) }
        func blockHash(_ number: UInt64) -> Hash32 {
            hashes[number] ?? base.blockHash(number)
        }
    }

    /// What became of a call.
    private struct Outcome {
        var result: TransactionResult
        /// With transfers, if these are traced.
        var logs: [EVMLog]
    }

    let request: SimulationRequest
    let rules: ChainRules
    /// Computes the root of the state after changes to that of the block that stands.
    let root: @Sendable (StateChanges) throws -> Hash32
    private var state: BlockState<Source>
    private var parent: BlockHeader
    /// Gas that all calls together may still use.
    private var budget: UInt64

    init(
        _ request: SimulationRequest, rules: ChainRules, on state: any StateSource,
        after parent: BlockHeader, budget: UInt64,
        root: @escaping @Sendable (StateChanges) throws -> Hash32
    ) {
        self.request = request
        self.rules = rules
        self.root = root
        self.state = BlockState(Source(base: AnyState(state)))
        self.parent = parent
        self.budget = budget
    }

    /// Runs all blocks; answers each in the form in which JSON-RPC shows it.
    mutating func run(limit: UInt64, deadline: Deadline) throws -> JSONValue {
        var deadline = deadline
        state.source.hashes[parent.number] = parent.hash
        var shown: [JSONValue] = []
        for block in try request.chain(after: parent, limit: limit) {
            if deadline.isOver { throw RPCError.timedOut }
            shown.append(try run(block, &deadline))
        }
        return .array(shown)
    }

    private mutating func run(
        _ block: SimulatedBlock, _ deadline: inout Deadline
    ) throws -> JSONValue {
        var header = header(of: block)
        let fork = rules.forks.fork(at: header.timestamp).rules
        let context = rules.context(of: header).changed(by: block.overrides)
        var transition = StateTransition(rules: fork, block: context, natives: rules.natives)
        let overridden = block.state.changes(to: &state)
        state.apply(overridden)
        transition.begin(header, on: &state)

        var transactions: [SignedTransaction] = []
        var outcomes: [Outcome] = []
        var receipts: [Receipt] = []
        for call in block.calls {
            let transaction = try self.transaction(call, gasUsed: header.gasUsed, context)
            let outcome = try perform(transaction, from: call.from, &transition, &deadline)
            if outcome.result.halt == .interrupted { throw RPCError.timedOut }
            // Not above the transaction's limit, which fits the block and the budget.
            let used = UInt64(outcome.result.gasUsed)
            header.gasUsed += used
            budget -= min(budget, used)
            let blobs = UInt64(transaction.blobHashes.count) * StateTransition.gasPerBlob
            header.blobGasUsed = (header.blobGasUsed ?? 0) + blobs
            receipts.append(
                Receipt(
                    kind: transaction.kind, status: outcome.result.halt.isSuccess,
                    cumulativeGasUsed: header.gasUsed, logs: outcome.result.logs, gasUsed: used,
                    contract: nil, effectiveGasPrice: outcome.result.effectiveGasPrice))
            transactions.append(.imagined(transaction, from: call.from))
            outcomes.append(outcome)
        }
        try finish(&header, block, receipts, transactions, &transition)
        let made = Block(
            header: header, transactions: transactions, withdrawals: block.withdrawals)
        state.source.hashes[made.number] = made.hash
        parent = header
        return show(made, outcomes)
    }

    /// What is known of a header before its calls run.
    private func header(of block: SimulatedBlock) -> BlockHeader {
        let overrides = block.overrides
        var header = BlockHeader()
        header.parentHash = parent.hash
        header.number = overrides.number ?? parent.number &+ 1
        header.timestamp = overrides.timestamp ?? parent.timestamp
        header.beneficiary = overrides.beneficiary ?? parent.beneficiary
        header.gasLimit = min(
            overrides.gasLimit ?? parent.gasLimit, ChainLimits.maximumGasLimit)
        if let random = overrides.prevRandao { header.prevRandao = Hash32(word: random) }
        header.baseFeePerGas =
            overrides.baseFee
            ?? (request.validates ? rules.feePolicy.baseFee(after: parent) : .zero)
        let fork = rules.forks.fork(at: header.timestamp)
        header.excessBlobGas = rules.excessBlobGas(after: parent, rules: fork.rules)
        header.blobGasUsed = 0
        header.parentBeaconBlockRoot = block.beaconRoot
        header.withdrawalsRoot = ListTrie.root(of: block.withdrawals.map(\.encoded))
        return header
    }

    private mutating func finish(
        _ header: inout BlockHeader, _ block: SimulatedBlock, _ receipts: [Receipt],
        _ transactions: [SignedTransaction], _ transition: inout StateTransition
    ) throws {
        var amounts = block.withdrawals.map { (account: $0.address, wei: $0.wei) }
        if let reward = rules.supply?.reward(of: header.number), !reward.isZero {
            amounts.append((header.beneficiary, reward))
        }
        if !amounts.isEmpty { transition.credit(amounts, on: &state) }
        if rules.forks.fork(at: header.timestamp) >= .prague {
            header.requestsHash = transition.requestsHash(on: &state)
        }
        for receipt in receipts { header.logsBloom.formUnion(receipt.bloom) }
        header.transactionsRoot = ListTrie.root(of: transactions.map(\.encoded))
        header.receiptsRoot = Receipt.root(of: receipts)
        header.stateRoot = try root(state.changes())
    }

    // MARK: Calls

    /// The transaction that a call would be, with what it leaves open filled in.
    private mutating func transaction(
        _ call: CallRequest, gasUsed: UInt64, _ block: BlockContext
    ) throws(RPCError) -> Transaction {
        if call.gasPrice != nil, call.maxFeePerGas != nil || call.maxPriorityFeePerGas != nil {
            throw .parameters("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")
        }
        let kind: Transaction.Kind =
            !call.authorizations.isEmpty
            ? .setCode
            : !call.blobHashes.isEmpty
                ? .blob
                : call.gasPrice == nil
                    ? .dynamicFee : call.accessList.isEmpty ? .legacy : .accessList
        var transaction = Transaction(kind)
        transaction.chainID = block.chainID
        transaction.nonce = call.nonce ?? state.account(call.from)?.nonce ?? 0
        let left = block.gasLimit - min(block.gasLimit, gasUsed)
        guard call.gas ?? left <= left else {
            throw RPCError(-38015, "block gas limit reached: \(gasUsed) >= \(block.gasLimit)")
        }
        transaction.gasLimit = min(call.gas ?? left, budget)
        transaction.maxFeePerGas = call.gasPrice ?? call.maxFeePerGas ?? .zero
        transaction.maxPriorityFeePerGas =
            call.gasPrice ?? call.maxPriorityFeePerGas ?? .zero
        transaction.maxFeePerBlobGas = call.maxFeePerBlobGas ?? .zero
        transaction.to = call.to
        transaction.value = call.value
        transaction.input = call.input
        transaction.accessList = call.accessList
        transaction.blobHashes = call.blobHashes
        transaction.authorizations = call.authorizations
        return transaction
    }

    private mutating func perform(
        _ transaction: Transaction, from sender: Address, _ transition: inout StateTransition,
        _ deadline: inout Deadline
    ) throws(RPCError) -> Outcome {
        let context = transition.interpreter.block
        let fork = transition.interpreter.rules
        // The state moves into the journal and back, see ``ExecutionState/moved()``.
        var journal = StateJournal(state.moved(), precompiles: fork.lastPrecompile)
        journal.logsTransfers = request.tracesTransfers
        let check = SimulatedTransactionCheck(
            transaction: transaction, sender: sender, rules: fork, block: context)
        let intrinsic = try check.run(validates: request.validates, in: &journal)
        var result = transition.perform(
            transaction, from: sender, costing: intrinsic, in: &journal, tracer: &deadline)
        let logs = result.logs
        for place in journal.transferLogs.reversed() { result.logs.remove(at: place) }
        let changes = journal.changes()
        state = journal.release()
        state.apply(changes)
        return Outcome(result: result, logs: logs)
    }

    // MARK: Showing

    private func show(_ block: Block, _ outcomes: [Outcome]) -> JSONValue {
        var object = JSONObject()
        for member in JSONValue.block(block, full: request.showsTransactions).object?.members ?? []
        {
            object.append(member.name, member.value)
        }
        var calls: [JSONValue] = []
        var firstLog = 0
        for (index, outcome) in outcomes.enumerated() {
            calls.append(Self.show(outcome, at: index, in: block, firstLog: firstLog))
            firstLog += outcome.logs.count
        }
        object.append("calls", .array(calls))
        return .object(object)
    }

    private static func show(
        _ outcome: Outcome, at index: Int, in block: Block, firstLog: Int
    ) -> JSONValue {
        let result = outcome.result
        var object = JSONObject()
        // What a failed call says stands in its error.
        object.append("returnData", .data(result.halt.isSuccess ? result.output : []))
        object.append(
            "logs",
            .array(
                outcome.logs.enumerated().map { offset, log in
                    .log(log, of: index, in: block, logIndex: firstLog + offset)
                }))
        object.append("gasUsed", .quantity(UInt64(result.gasUsed)))
        object.append("maxUsedGas", .quantity(UInt64(result.mostGasUsed)))
        object.append("status", .quantity(result.halt.isSuccess ? 1 : 0))
        if var error = RPCError(result.halt, output: result.output) {
            if result.halt != .reverted { error.code = -32015 }
            object.append("error", error.value)
        }
        return .object(object)
    }
}

extension SignedTransaction {
    /// A transaction that somebody might have sent; its signature is zeros.
    static func imagined(_ transaction: Transaction, from sender: Address) -> SignedTransaction {
        let encoded = TransactionCodec.encoded(transaction, .none)
        return SignedTransaction(
            transaction: transaction, signature: .none, sender: sender,
            hash: Keccak256.hash(encoded), encoded: encoded)
    }
}
