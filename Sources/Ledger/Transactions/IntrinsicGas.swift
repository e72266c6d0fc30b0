/// The gas that a transaction costs before anything runs.
public struct IntrinsicGas: Sendable, Equatable {
    /// What is taken at the start.
    public let gas: Int64
    /// What is taken at least in the end (EIP-7623); 0 for no such rule.
    public let floor: Int64

    /// Computes both from the fields alone (Yellow Paper, §6.2; EIP-2028, 2930, 3860, 7623, 7702).
    public init(_ transaction: Transaction, rules: ForkRules) {
        let zeros = Int64(transaction.input.count { $0 == 0 })
        let others = Int64(transaction.input.count) - zeros
        var gas: Int64 = 21000 + 4 * zeros + 16 * others
        if transaction.to == nil {
            gas += 32000 + GasCost.words(transaction.input.count) * GasCost.initCodeWord
        }
        for entry in transaction.accessList { gas += 2400 + 1900 * Int64(entry.slots.count) }
        gas += 25000 * Int64(transaction.authorizations.count)
        self.gas = gas
        floor =
            rules.calldataFloorPerToken == 0
            ? 0 : 21000 + rules.calldataFloorPerToken * (zeros + 4 * others)
    }
}
