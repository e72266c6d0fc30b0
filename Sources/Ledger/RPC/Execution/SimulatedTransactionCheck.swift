/// What must hold of a call of `eth_simulateV1`, in geth's order and words, as clients know them.
struct SimulatedTransactionCheck {
    let transaction: Transaction
    let sender: Address
    let rules: ForkRules
    let block: BlockContext

    /// - Parameter validates: Whether nonces and fees must be right, too.
    /// - Returns: What the transaction costs to begin with.
    func run<Source: StateSource>(
        validates: Bool, in journal: inout StateJournal<Source>
    ) throws(RPCError) -> IntrinsicGas {
        if validates { try checkNonce(journal.nonce(of: sender)) }
        try checkFees(validates: validates)
        try checkKind(validates: validates)
        let balance = journal.balance(of: sender)
        let needed = TransactionCheck.cost(transaction)
        guard let needed, balance >= needed else {
            throw refusal(
                -38014,
                "insufficient funds for gas * price + value: address \(sender) have \(balance) want "
                    + (needed.map { "\($0)" } ?? "more than 256 bits"))
        }
        let intrinsic = IntrinsicGas(transaction, rules: rules)
        for wanted in [intrinsic.gas, intrinsic.floor] where UInt64(wanted) > transaction.gasLimit {
            throw refusal(
                -38013, "intrinsic gas too low: have \(transaction.gasLimit), want \(wanted)")
        }
        if transaction.to == nil, transaction.input.count > rules.maximumInitCodeSize {
            throw refusal(
                -38025,
                "max initcode size exceeded: code size \(transaction.input.count) limit "
                    + "\(rules.maximumInitCodeSize)")
        }
        return intrinsic
    }

    private func refusal(_ code: Int, _ text: String) -> RPCError {
        RPCError(code, "err: \(text) (supplied gas \(transaction.gasLimit))")
    }

    private func checkNonce(_ next: UInt64) throws(RPCError) {
        let nonce = transaction.nonce
        let place = "address \(sender), tx: \(nonce) state: \(next)"
        if nonce < next { throw refusal(-38010, "nonce too low: \(place)") }
        if nonce > next { throw refusal(-38011, "nonce too high: \(place)") }
        if nonce == .max { throw refusal(-38011, "nonce has max value: address \(sender)") }
    }

    private func checkFees(validates: Bool) throws(RPCError) {
        let (tip, cap) = (transaction.maxPriorityFeePerGas, transaction.maxFeePerGas)
        // Who offers nothing pays nothing where nothing is validated.
        guard validates || !tip.isZero || !cap.isZero else { return }
        guard tip <= cap else {
            throw refusal(
                -32602,
                "max priority fee per gas higher than max fee per gas: address \(sender), "
                    + "maxPriorityFeePerGas: \(tip), maxFeePerGas: \(cap)")
        }
        guard cap >= block.baseFee else {
            throw refusal(
                -38012,
                "max fee per gas less than block base fee: address \(sender), maxFeePerGas: \(cap), "
                    + "baseFee: \(block.baseFee)")
        }
    }

    private func checkKind(validates: Bool) throws(RPCError) {
        switch transaction.kind {
        case .legacy, .accessList, .dynamicFee: break
        case .blob:
            guard transaction.to != nil, transaction.blobHashes.count <= rules.maximumBlobs,
                transaction.blobHashes.allSatisfy({ $0.w3 >> 56 == 1 })
            else { throw refusal(-32602, "malformed blob transaction") }
            let cap = transaction.maxFeePerBlobGas
            guard cap >= block.blobBaseFee || (!validates && cap.isZero) else {
                throw refusal(
                    -32602,
                    "max fee per blob gas less than block blob gas fee: address \(sender) "
                        + "blobGasFeeCap: \(cap), blobBaseFee: \(block.blobBaseFee)")
            }
        case .setCode:
            guard rules.hasSetCodeTransactions, transaction.to != nil else {
                throw refusal(-32602, "transaction type not supported")
            }
        }
    }
}
