extension StateTransition {
    /// Executes a call that no transaction makes, in a journal that nothing has been done in.
    ///
    /// Neither nonce nor code of the sender count. Without a price nothing is paid and the base fee is
    /// 0; with one, the sender must have it. The value must be there in any case.
    mutating func call<Source: StateSource>(
        _ request: CallRequest, in journal: inout StateJournal<Source>
    ) throws(TransactionError) -> TransactionResult {
        var tracer = NoTracer()
        return try call(request, in: &journal, tracer: &tracer)
    }

    /// The same under the eyes of a tracer.
    mutating func call<Source: StateSource, Tracer: EVMTracer>(
        _ request: CallRequest, in journal: inout StateJournal<Source>, tracer: inout Tracer
    ) throws(TransactionError) -> TransactionResult {
        var block = interpreter.block
        let transaction = try transaction(of: request, in: &journal)
        if transaction.maxFeePerGas.isZero { block.baseFee = .zero }
        block.blobBaseFee = request.blobHashes.isEmpty ? block.blobBaseFee : .zero
        let before = interpreter.block
        interpreter.block = block
        defer { interpreter.block = before }

        let intrinsic = IntrinsicGas(transaction, rules: interpreter.rules)
        guard max(intrinsic.gas, intrinsic.floor) <= Int64(transaction.gasLimit) else {
            throw .intrinsicGasTooLow(
                needed: max(intrinsic.gas, intrinsic.floor), limit: transaction.gasLimit)
        }
        if transaction.to == nil,
            transaction.input.count > interpreter.rules.maximumInitCodeSize
        {
            throw .initCodeTooLong(transaction.input.count)
        }
        guard transaction.maxFeePerGas >= block.baseFee else {
            throw .feeBelowBaseFee(base: block.baseFee, cap: transaction.maxFeePerGas)
        }
        let (tip, cap) = (transaction.maxPriorityFeePerGas, transaction.maxFeePerGas)
        guard tip <= cap else { throw .tipAboveFee(tip: tip, cap: cap) }
        let balance = journal.balance(of: request.from)
        let needed = TransactionCheck.cost(transaction)
        guard let needed, balance >= needed else {
            throw .insufficientFunds(balance: balance, needed: needed)
        }
        return perform(
            transaction, from: request.from, costing: intrinsic, in: &journal, tracer: &tracer)
    }

    private func transaction<Source: StateSource>(
        of request: CallRequest, in journal: inout StateJournal<Source>
    ) throws(TransactionError) -> Transaction {
        var transaction = Transaction(
            !request.authorizations.isEmpty
                ? .setCode : !request.blobHashes.isEmpty ? .blob : .dynamicFee)
        transaction.chainID = interpreter.block.chainID
        transaction.nonce = journal.nonce(of: request.from)
        guard transaction.nonce < .max else { throw .nonceExhausted }
        transaction.gasLimit = min(
            request.gas ?? ChainLimits.callGas, ChainLimits.maximumGasLimit)
        transaction.maxFeePerGas = request.maxFeePerGas ?? request.gasPrice ?? .zero
        transaction.maxPriorityFeePerGas =
            request.gasPrice ?? request.maxPriorityFeePerGas ?? .zero
        transaction.to = request.to
        transaction.value = request.value
        transaction.input = request.input
        transaction.accessList = request.accessList
        transaction.blobHashes = request.blobHashes
        transaction.authorizations = request.authorizations
        return transaction
    }
}

extension StateJournal {
    /// What has been touched: accounts in the order of their first access, with their slots.
    var accessed: [Transaction.AccessEntry] {
        accounts.filter { $0.isWarm || !$0.slots.isEmpty }.map {
            Transaction.AccessEntry(address: $0.address, slots: $0.slots.map(\.key))
        }
    }
}
