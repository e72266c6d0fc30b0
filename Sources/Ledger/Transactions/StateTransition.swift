/// Executes transactions, one after another, on a state (Yellow Paper, §6).
public struct StateTransition: ~Copyable {
    /// Units of blob gas in a blob (EIP-4844).
    static let gasPerBlob: UInt64 = 131_072

    var interpreter: Interpreter

    /// - Parameters:
    ///   - rules: The fork's.
    ///   - block: What code sees of the block.
    ///   - natives: The chain's contracts that are not code.
    public init(rules: ForkRules, block: BlockContext, natives: NativeContracts = .none) {
        interpreter = Interpreter(rules: rules, block: block, natives: natives)
    }

    /// Executes a transaction and changes the state, unless it can't be in a block.
    ///
    /// - Parameters:
    ///   - sender: Who signed it.
    public mutating func execute<State: ExecutionState>(
        _ transaction: Transaction, from sender: Address, on state: inout State
    ) throws(TransactionError) -> TransactionResult {
        var tracer = NoTracer()
        return try execute(transaction, from: sender, on: &state, tracer: &tracer)
    }

    /// Executes a transaction under the eyes of a tracer.
    public mutating func execute<State: ExecutionState, Tracer: EVMTracer>(
        _ transaction: Transaction, from sender: Address, on state: inout State,
        tracer: inout Tracer
    ) throws(TransactionError) -> TransactionResult {
        // The state moves into the journal and back, see ``ExecutionState/moved()``.
        var journal = StateJournal(state.moved(), precompiles: interpreter.rules.lastPrecompile)
        let result: Result<TransactionResult, TransactionError>
        do throws(TransactionError) {
            result = .success(
                try execute(transaction, from: sender, in: &journal, tracer: &tracer))
        } catch {
            result = .failure(error)
        }
        let changes = (try? result.get()) == nil ? StateChanges() : journal.changes()
        state = journal.movedSource()
        state.apply(changes)
        return try result.get()
    }

    /// Executes a transaction in a journal that nothing has been done in.
    mutating func execute<Source: StateSource, Tracer: EVMTracer>(
        _ transaction: Transaction, from sender: Address, in journal: inout StateJournal<Source>,
        tracer: inout Tracer
    ) throws(TransactionError) -> TransactionResult {
        let block = interpreter.block
        let intrinsic = try TransactionCheck(
            transaction, from: sender, rules: interpreter.rules, block: block, in: &journal
        ).intrinsic
        return perform(
            transaction, from: sender, costing: intrinsic, in: &journal, tracer: &tracer)
    }

    /// Does what a transaction does that has been found good.
    mutating func perform<Source: StateSource, Tracer: EVMTracer>(
        _ transaction: Transaction, from sender: Address, costing intrinsic: IntrinsicGas,
        in journal: inout StateJournal<Source>, tracer: inout Tracer
    ) -> TransactionResult {
        let block = interpreter.block
        let price = transaction.effectiveGasPrice(baseFee: block.baseFee) ?? .zero
        let limit = Int64(transaction.gasLimit)

        interpreter.transaction.origin = sender
        interpreter.transaction.gasPrice = price
        interpreter.transaction.blobHashes = transaction.blobHashes

        let blobGas = UInt256(UInt64(transaction.blobHashes.count) * Self.gasPerBlob)
        journal.pay(
            price &* UInt256(transaction.gasLimit) &+ block.blobBaseFee &* blobGas, by: sender)
        journal.raiseNonce(of: sender)
        warm(transaction, from: sender, in: &journal)
        for authorization in transaction.authorizations {
            authorization.apply(to: &journal, chainID: block.chainID)
        }

        let target =
            transaction.to ?? Address.created(by: sender, nonce: transaction.nonce)
        _ = journal.warm(target)
        let outcome = interpreter.execute(
            Interpreter.Message(
                caller: sender, target: target, value: transaction.value, input: transaction.input,
                gas: limit - intrinsic.gas, isCreation: transaction.to == nil),
            on: &journal, tracer: &tracer)

        var used = limit - outcome.gasLeft
        let most = max(used, intrinsic.floor)
        used -= min(max(journal.refund, 0), used / 5)
        used = max(used, intrinsic.floor)
        journal.receive(price &* UInt256(UInt64(limit - used)), at: sender)
        // A call that pays nothing may stand in a block with a base fee (`eth_simulateV1`).
        if price >= block.baseFee {
            journal.receive((price &- block.baseFee) &* UInt256(UInt64(used)), at: block.coinbase)
        }
        return TransactionResult(
            halt: outcome.halt, gasUsed: used, mostGasUsed: most, effectiveGasPrice: price,
            output: outcome.output, logs: journal.logs,
            contract: transaction.to == nil && outcome.halt.isSuccess ? target : nil)
    }

    /// What every transaction has accessed from the start (EIP-2929, 2930, 3651).
    private func warm<Source: StateSource>(
        _ transaction: Transaction, from sender: Address, in journal: inout StateJournal<Source>
    ) {
        _ = journal.warm(sender)
        _ = journal.warm(interpreter.block.coinbase)
        for entry in transaction.accessList {
            _ = journal.warm(entry.address)
            for slot in entry.slots { _ = journal.slot(slot, of: entry.address) }
        }
    }
}

extension StateJournal {
    /// Takes wei that are there.
    mutating func pay(_ amount: UInt256, by payer: Address) {
        let place = place(of: payer)
        setBalance(accounts[place].balance &- amount, at: place)
    }

    /// Gives wei from outside.
    mutating func receive(_ amount: UInt256, at receiver: Address) {
        let place = place(of: receiver)
        setBalance(accounts[place].balance &+ amount, at: place)
    }
}

extension SetCodeAuthorization {
    /// Sets the delegation, if everything about it holds; else it is as if it were not there.
    func apply<Source: StateSource>(to journal: inout StateJournal<Source>, chainID: UInt64) {
        guard self.chainID.isZero || self.chainID == UInt256(chainID), nonce < .max,
            let authority = authority()
        else { return }
        _ = journal.warm(authority)
        let code = journal.code(of: authority)
        guard code.count == 0 || code.delegate != nil, journal.nonce(of: authority) == nonce else {
            return
        }
        if !journal.isDead(authority) { journal.addRefund(12500) }
        journal.setCode(self.code, of: authority)
        journal.raiseNonce(of: authority)
    }
}
