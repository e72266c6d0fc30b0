/// Everything that must hold of a transaction before it changes anything.
package struct TransactionCheck {
    /// What it costs to begin with.
    let intrinsic: IntrinsicGas

    init<Source: StateSource>(
        _ transaction: Transaction, from sender: Address, rules: ForkRules, block: BlockContext,
        in journal: inout StateJournal<Source>
    ) throws(TransactionError) {
        intrinsic = try Self.checkFields(transaction, rules: rules, chainID: block.chainID)
        try Self.checkFees(transaction, block: block)
        try Self.checkSender(transaction, sender, rules: rules, in: &journal)
        let balance = journal.balance(of: sender)
        let needed = Self.cost(transaction)
        guard let needed, balance >= needed else {
            throw .insufficientFunds(balance: balance, needed: needed)
        }
    }

    /// What needs neither state nor block.
    static func checkFields(
        _ transaction: Transaction, rules: ForkRules, chainID: UInt64
    ) throws(TransactionError) -> IntrinsicGas {
        if let chain = transaction.chainID, chain != chainID {
            throw .wrongChain(expected: chainID, found: chain)
        }
        try checkKind(transaction, rules: rules)
        if transaction.to == nil, transaction.input.count > rules.maximumInitCodeSize {
            throw .initCodeTooLong(transaction.input.count)
        }
        if transaction.nonce == .max { throw .nonceExhausted }
        let intrinsic = IntrinsicGas(transaction, rules: rules)
        let limit = transaction.gasLimit
        guard UInt64(intrinsic.gas) <= limit else {
            throw .intrinsicGasTooLow(needed: intrinsic.gas, limit: limit)
        }
        guard UInt64(intrinsic.floor) <= limit else {
            throw .floorGasTooLow(needed: intrinsic.floor, limit: limit)
        }
        let (tip, cap) = (transaction.maxPriorityFeePerGas, transaction.maxFeePerGas)
        guard tip <= cap else { throw .tipAboveFee(tip: tip, cap: cap) }
        return intrinsic
    }

    private static func checkKind(
        _ transaction: Transaction, rules: ForkRules
    ) throws(TransactionError) {
        switch transaction.kind {
        case .legacy, .accessList, .dynamicFee: break
        case .blob:
            let count = transaction.blobHashes.count
            guard transaction.to != nil, count > 0, count <= rules.maximumBlobs,
                transaction.blobHashes.allSatisfy({ $0.w3 >> 56 == 1 })
            else { throw .malformedBlobs }
        case .setCode:
            guard rules.hasSetCodeTransactions else {
                throw .unsupportedKind(transaction.kind.rawValue)
            }
            guard transaction.to != nil, !transaction.authorizations.isEmpty else {
                throw .malformedAuthorizations
            }
        }
    }

    private static func checkFees(
        _ transaction: Transaction, block: BlockContext
    ) throws(TransactionError) {
        // Gas is signed in the interpreter; no frame ever has more than the limit.
        let most = min(block.gasLimit, UInt64(Int64.max))
        guard transaction.gasLimit <= most else {
            throw .gasLimitAboveBlock(limit: transaction.gasLimit, block: most)
        }
        guard transaction.maxFeePerGas >= block.baseFee else {
            throw .feeBelowBaseFee(base: block.baseFee, cap: transaction.maxFeePerGas)
        }
        if transaction.kind == .blob, transaction.maxFeePerBlobGas < block.blobBaseFee {
            throw .blobFeeTooLow(base: block.blobBaseFee, cap: transaction.maxFeePerBlobGas)
        }
    }

    private static func checkSender<Source: StateSource>(
        _ transaction: Transaction, _ sender: Address, rules: ForkRules,
        in journal: inout StateJournal<Source>
    ) throws(TransactionError) {
        let next = journal.nonce(of: sender)
        if transaction.nonce < next { throw .nonceTooLow(next: next, found: transaction.nonce) }
        if transaction.nonce > next { throw .nonceTooHigh(next: next, found: transaction.nonce) }
        let code = journal.code(of: sender)
        guard code.count == 0 || (rules.hasSetCodeTransactions && code.delegate != nil) else {
            throw .senderHasCode
        }
    }

    /// The most that the sender can have to pay; `nil` beyond 256 bits.
    package static func cost(_ transaction: Transaction) -> UInt256? {
        let blobGas = UInt64(transaction.blobHashes.count) * StateTransition.gasPerBlob
        guard
            let gas = transaction.maxFeePerGas.multipliedExactly(
                by: UInt256(transaction.gasLimit)),
            let blobs = transaction.maxFeePerBlobGas.multipliedExactly(by: UInt256(blobGas)),
            let fees = gas.addedExactly(blobs)
        else { return nil }
        return fees.addedExactly(transaction.value)
    }
}
