/// How a chain's base fee follows from the block before.
public enum FeePolicy: Hashable, Sendable {
    /// The formula of EIP-1559, as on Ethereum.
    case eip1559
    /// The same for all blocks, in wei per gas. psic's default is 0: the formula would climb from
    /// there, as it rises by at least 1 whenever a block is more than half full.
    case fixed(UInt256)

    /// The base fee of a genesis with the formula (EIP-1559, `INITIAL_BASE_FEE`).
    static let initialBaseFee: UInt256 = 1_000_000_000

    /// The base fee of a block.
    public func baseFee(after parent: BlockHeader) -> UInt256 {
        switch self {
        case .fixed(let fee): return fee
        case .eip1559: return Self.formula(after: parent)
        }
    }

    /// An eighth up or down at most, as far as the parent was from half full (EIP-1559).
    private static func formula(after parent: BlockHeader) -> UInt256 {
        guard let fee = parent.baseFeePerGas else { return initialBaseFee }
        let target = parent.gasLimit / 2
        guard target > 0, parent.gasUsed != target else { return fee }
        let isAbove = parent.gasUsed > target
        let distance = isAbove ? parent.gasUsed - target : target - parent.gasUsed
        let change = (fee &* UInt256(distance))
            .dividedBy(UInt256(target)).quotient.dividedBy(8).quotient
        return isAbove ? fee &+ max(change, .one) : fee &- min(change, fee)
    }
}
