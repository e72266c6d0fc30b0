extension Chain {
    /// Executes a call on the state after a block, and forgets what it did.
    ///
    /// - Parameters:
    ///   - overrides: Accounts that are to be other than they are.
    ///   - block: What code is to see of the block instead.
    /// - Throws: ``ChainError/call(_:)`` if the call cannot begin; one that fails or reverts has a
    ///   result.
    public nonisolated func call(
        _ request: CallRequest, at id: BlockID = .latest, overrides: StateOverrides = .none,
        block: BlockOverrides = .none
    ) throws(ChainError) -> CallResult {
        let state = try state(at: id)
        var context = rules.context(of: state.header)
        if let number = block.number { context.number = number }
        if let timestamp = block.timestamp { context.timestamp = timestamp }
        if let gasLimit = block.gasLimit { context.gasLimit = gasLimit }
        if let beneficiary = block.beneficiary { context.coinbase = beneficiary }
        if let prevRandao = block.prevRandao { context.prevRandao = prevRandao }
        if let baseFee = block.baseFee { context.baseFee = baseFee }
        if let blobBaseFee = block.blobBaseFee { context.blobBaseFee = blobBaseFee }
        let fork = rules.forks.fork(at: context.timestamp).rules
        var transition = StateTransition(rules: fork, block: context, natives: rules.natives)
        var journal = StateJournal(
            OverriddenState(state, overrides), precompiles: fork.lastPrecompile)
        let result: TransactionResult
        do throws(TransactionError) {
            result = try transition.call(request, in: &journal)
        } catch {
            throw .call(error)
        }
        try Self.reading { () throws(LedgerStoreError) in try state.check() }
        return CallResult(
            halt: result.halt, gasUsed: UInt64(result.gasUsed), output: result.output,
            logs: result.logs, accessed: journal.accessed)
    }
}
