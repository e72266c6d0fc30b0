/// Everything that must hold of a transaction before it changes anything.
struct TransactionCheck {
    /// What it costs to begin with.
    let intrinsic: IntrinsicGas

    init<Source: StateSource>(
        _ transaction: Transaction, from sender: Address, rules: ForkRules, block: BlockContext,
        in journal: inout StateJournal<Source>
    ) throws(TransactionError) {
        intrinsic = IntrinsicGas(transaction, rules: rules)
        try Self.checkForm(transaction, rules: rules, block: block)
        try Self.checkGas(transaction, intrinsic, block: block)
        try Self.checkSender(transaction, sender, rules: rules, in: &journal)
        let balance = journal.balance(of: sender)
        let needed = Self.cost(transaction)
        guard let needed, balance >= needed else {
            throw .insufficientFunds(balance: balance, needed: needed)
        }
    }

    private static func checkForm(
        _ transaction: Transaction, rules: ForkRules, block: BlockContext
    ) throws(TransactionError) {
        if let chain = transaction.chainID, chain != block.chainID {
            throw .wrongChain(expected: block.chainID, found: chain)
        }
        switch transaction.kind {
        case .legacy, .accessList, .dynamicFee: break
        case .blob:
            let count = transaction.blobHashes.count
            guard transaction.to != nil, count > 0, count <= rules.maximumBlobs,
                transaction.blobHashes.allSatisfy({ $0.w3 >> 56 == 1 })
            else { throw .malformedBlobs }
            guard transaction.maxFeePerBlobGas >= block.blobBaseFee else {
                throw .blobFeeTooLow(base: block.blobBaseFee, cap: transaction.maxFeePerBlobGas)
            }
        case .setCode:
            guard rules.hasSetCodeTransactions else {
                throw .unsupportedKind(transaction.kind.rawValue)
            }
            guard transaction.to != nil, !transaction.authorizations.isEmpty else {
                throw .malformedAuthorizations
            }
        }
        if transaction.to == nil, transaction.input.count > rules.maximumInitCodeSize {
            throw .initCodeTooLong(transaction.input.count)
        }
    }

    private static func checkGas(
        _ transaction: Transaction, _ intrinsic: IntrinsicGas, block: BlockContext
    ) throws(TransactionError) {
        let limit = transaction.gasLimit
        // The second bound keeps sums of gas within 63 bits, whatever a block may say.
        guard limit <= block.gasLimit, limit < 1 << 62 else {
            throw .gasLimitAboveBlock(limit: limit, block: block.gasLimit)
        }
        guard intrinsic.gas <= Int64(limit) else {
            throw .intrinsicGasTooLow(needed: intrinsic.gas, limit: limit)
        }
        guard intrinsic.floor <= Int64(limit) else {
            throw .floorGasTooLow(needed: intrinsic.floor, limit: limit)
        }
        let (tip, cap) = (transaction.maxPriorityFeePerGas, transaction.maxFeePerGas)
        guard tip <= cap else { throw .tipAboveFee(tip: tip, cap: cap) }
        guard cap >= block.baseFee else { throw .feeBelowBaseFee(base: block.baseFee, cap: cap) }
    }

    private static func checkSender<Source: StateSource>(
        _ transaction: Transaction, _ sender: Address, rules: ForkRules,
        in journal: inout StateJournal<Source>
    ) throws(TransactionError) {
        let next = journal.nonce(of: sender)
        if transaction.nonce < next { throw .nonceTooLow(next: next, found: transaction.nonce) }
        if transaction.nonce > next { throw .nonceTooHigh(next: next, found: transaction.nonce) }
        if next == .max { throw .nonceExhausted }
        let code = journal.code(of: sender)
        guard code.count == 0 || (rules.hasSetCodeTransactions && code.delegate != nil) else {
            throw .senderHasCode
        }
    }

    /// The most that the sender can have to pay; `nil` beyond 256 bits.
    private static func cost(_ transaction: Transaction) -> UInt256? {
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
