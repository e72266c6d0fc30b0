/// A call that no transaction makes (JSON-RPC, `eth_call`).
public struct CallRequest: Sendable, Equatable {
    /// Who calls.
    public var from = Address.zero
    /// Who is called; `nil` to run the input as code that creates.
    public var to: Address?
    /// The most gas; `nil` for ``ChainLimits/callGas``.
    public var gas: UInt64?
    /// The price for kinds without a cap; `nil` for none, and then no balance is needed for gas.
    public var gasPrice: UInt256?
    /// The most wei per gas.
    public var maxFeePerGas: UInt256?
    /// The most of it for the block's maker.
    public var maxPriorityFeePerGas: UInt256?
    /// The most wei per unit of blob gas; `nil` for 0.
    public var maxFeePerBlobGas: UInt256?
    /// The caller's nonce, where something heeds it (`eth_simulateV1`); `nil` for its account's.
    public var nonce: UInt64?
    /// Wei that move.
    public var value = UInt256.zero
    /// Call data.
    public var input: [UInt8] = []
    /// What is warm from the start.
    public var accessList: [Transaction.AccessEntry] = []
    /// Hashes that BLOBHASH sees.
    public var blobHashes: [UInt256] = []
    /// Delegations that are set before the call (EIP-7702).
    public var authorizations: [SetCodeAuthorization] = []

    /// A call from and to nobody.
    public init() {}
}

/// Accounts as a call is to see them instead of as they are (JSON-RPC, "state overrides").
public struct StateOverrides: Sendable, Equatable {
    /// What is different about an account.
    public struct Change: Sendable, Equatable {
        /// Instead of its balance.
        public var balance: UInt256?
        /// Instead of its nonce.
        public var nonce: UInt64?
        /// Instead of its code.
        public var code: [UInt8]?
        /// Instead of all of its storage.
        public var state: [UInt256: UInt256]?
        /// Instead of some slots.
        public var stateDifference: [UInt256: UInt256] = [:]

        /// No change.
        public init() {}
    }

    /// By account.
    public var accounts: [Address: Change]

    /// - Parameter accounts: By account.
    public init(accounts: [Address: Change] = [:]) { self.accounts = accounts }

    /// No changes.
    public static let none = StateOverrides()
}

/// The block as a call is to see it instead of as it is (JSON-RPC, "block overrides").
public struct BlockOverrides: Sendable, Equatable {
    /// Instead of the number.
    public var number: UInt64?
    /// Instead of the timestamp.
    public var timestamp: UInt64?
    /// Instead of the gas limit.
    public var gasLimit: UInt64?
    /// Instead of the beneficiary.
    public var beneficiary: Address?
    /// Instead of the randomness.
    public var prevRandao: UInt256?
    /// Instead of the base fee.
    public var baseFee: UInt256?
    /// Instead of the price of blob gas.
    public var blobBaseFee: UInt256?

    /// No changes.
    public init() {}

    /// No changes.
    public static let none = BlockOverrides()
}

/// What came of a call.
public struct CallResult: Sendable {
    /// How it ended.
    public var halt: Halt
    /// Gas that it used, with what a transaction costs to begin with.
    public var gasUsed: UInt64
    /// What it returned, or why it reverted.
    public var output: [UInt8]
    /// What it logged.
    public var logs: [EVMLog]
    /// Accounts and slots that it touched, in order (for `eth_createAccessList`).
    public var accessed: [Transaction.AccessEntry]
}
