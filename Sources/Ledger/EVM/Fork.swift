/// A set of protocol rules, named after the upgrade that brought it.
public enum Fork: String, CaseIterable, Sendable, Comparable {
    /// March 2024: EIP-1153, 4788, 4844, 5656, 6780, 7516.
    case cancun
    /// May 2025: EIP-2537, 2935, 7623, 7691, 7702.
    case prague

    /// The older fork is the smaller.
    public static func < (a: Fork, b: Fork) -> Bool { a.order < b.order }
    private var order: Int { self == .cancun ? 0 : 1 }

    /// What the fork demands, as data.
    public var rules: ForkRules {
        switch self {
        case .cancun: ForkRules(fork: self)
        case .prague:
            ForkRules(
                fork: self, hasSetCodeTransactions: true, calldataFloorPerToken: 10,
                lastPrecompile: 0x11, maximumBlobs: 9, targetBlobs: 6,
                blobBaseFeeUpdateFraction: 5_007_716)
        }
    }
}

/// Where the forks differ; the values by default are Cancun's.
public struct ForkRules: Sendable, Equatable {
    /// Whose rules these are.
    public let fork: Fork
    /// Whether transactions of type 4 exist and code may delegate (EIP-7702).
    public var hasSetCodeTransactions = false
    /// The least gas per token of call data, 0 for no floor (EIP-7623).
    public var calldataFloorPerToken: Int64 = 0
    /// Precompiles stand at addresses 1 to this.
    public var lastPrecompile: UInt64 = 0x0a
    /// Blobs that a transaction, and a block, may carry (EIP-4844, EIP-7691).
    public var maximumBlobs = 6
    /// Blobs of a block at which their price stays as it is (EIP-4844, EIP-7691).
    public var targetBlobs = 3
    /// How slowly the price of blobs follows demand (EIP-4844, EIP-7691).
    public var blobBaseFeeUpdateFraction: UInt64 = 3_338_477

    /// The longest code of a contract, in bytes (EIP-170).
    public var maximumCodeSize: Int { EVMLimits.maximumCodeSize }
    /// The longest code that creates a contract, in bytes (EIP-3860).
    public var maximumInitCodeSize: Int { 2 * EVMLimits.maximumCodeSize }

    /// Whether an address is a precompile's.
    @inline(__always)
    public func isPrecompile(_ address: Address) -> Bool {
        address.high == 0 && address.middle == 0 && address.low != 0
            && address.low <= lastPrecompile
    }

    /// The price of a unit of blob gas (EIP-4844, "fake exponential").
    public func blobBaseFee(excessBlobGas: UInt64) -> UInt256 {
        let denominator = UInt256(blobBaseFeeUpdateFraction)
        var output = UInt256.zero
        var term = denominator
        var index: UInt64 = 1
        // Ends: from index > excess / denominator on, each term is smaller than the one before. A
        // product beyond 256 bits is a price that nobody can pay.
        while !term.isZero {
            output = output &+ term
            guard let product = term.multipliedExactly(by: UInt256(excessBlobGas)) else {
                return .max
            }
            term = product.dividedBy(denominator &* UInt256(index)).quotient
            index += 1
        }
        return output.dividedBy(denominator).quotient
    }
}
