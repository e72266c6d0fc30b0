/// A transaction without its signature.
public struct Transaction: Sendable, Equatable {
    /// Which fields it has (EIP-2718).
    public enum Kind: UInt8, Sendable {
        /// The original form, with or without a chain id (EIP-155).
        case legacy = 0
        /// With an access list (EIP-2930).
        case accessList = 1
        /// With a fee cap and a tip (EIP-1559).
        case dynamicFee = 2
        /// With blobs (EIP-4844).
        case blob = 3
        /// With authorizations (EIP-7702).
        case setCode = 4
    }

    /// An account and slots that are warm from the start (EIP-2930).
    public struct AccessEntry: Sendable, Equatable {
        /// The account.
        public var address: Address
        /// Its slots.
        public var slots: [UInt256]
        /// Both.
        public init(address: Address, slots: [UInt256]) {
            self.address = address
            self.slots = slots
        }
    }

    /// Which fields count.
    public var kind: Kind
    /// The chain it is for; `nil` for a legacy transaction that any chain takes.
    public var chainID: UInt64?
    /// How many transactions the sender has sent before.
    public var nonce: UInt64 = 0
    /// The most gas it may use.
    public var gasLimit: UInt64 = 0
    /// The most wei per gas; the price itself for kinds without a cap.
    public var maxFeePerGas = UInt256.zero
    /// The most of it that goes to the block's maker; for kinds without a tip the same as the cap.
    public var maxPriorityFeePerGas = UInt256.zero
    /// Who is called; `nil` to create a contract.
    public var to: Address?
    /// Wei that move.
    public var value = UInt256.zero
    /// Call data, or the code that creates.
    public var input: [UInt8] = []
    /// What is warm from the start.
    public var accessList: [AccessEntry] = []
    /// The most wei per unit of blob gas.
    public var maxFeePerBlobGas = UInt256.zero
    /// Versioned hashes of the blobs.
    public var blobHashes: [UInt256] = []
    /// Who delegates to whom.
    public var authorizations: [SetCodeAuthorization] = []

    /// A transaction of zeros.
    public init(_ kind: Kind) { self.kind = kind }

    /// What the sender pays per gas (EIP-1559), if the cap covers the base fee.
    public func effectiveGasPrice(baseFee: UInt256) -> UInt256? {
        guard maxFeePerGas >= baseFee else { return nil }
        return baseFee &+ min(maxPriorityFeePerGas, maxFeePerGas &- baseFee)
    }
}
