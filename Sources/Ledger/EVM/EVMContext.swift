/// The block that a transaction runs in.
public struct BlockContext: Sendable {
    /// Who gets the tips.
    public var coinbase = Address.zero
    /// Seconds since 1970.
    public var timestamp: UInt64 = 0
    /// The block's number.
    public var number: UInt64 = 0
    /// Randomness of the beacon chain (EIP-4399).
    public var prevRandao = UInt256.zero
    /// Gas of all of the block's transactions.
    public var gasLimit: UInt64 = 30_000_000
    /// Wei per gas that are burnt (EIP-1559).
    public var baseFee = UInt256.zero
    /// Wei per unit of blob gas (EIP-4844).
    public var blobBaseFee = UInt256.one
    /// The chain's number (EIP-155).
    public var chainID: UInt64 = 1

    /// A block of zeros with 30 million gas on chain 1.
    public init() {}
}

/// The transaction that frames run for.
public struct TransactionContext: Sendable {
    /// Who signed.
    public var origin = Address.zero
    /// Wei per gas that the sender pays.
    public var gasPrice = UInt256.zero
    /// Versioned hashes of the blobs (EIP-4844).
    public var blobHashes: [UInt256] = []

    /// A transaction of zeros.
    public init() {}
}
