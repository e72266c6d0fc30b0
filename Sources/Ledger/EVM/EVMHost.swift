/// The world as the interpreter sees it: state that remembers how to go back.
///
/// `mutating` throughout, as reading may load and mark as warm. The interpreter trusts its host to
/// answer with the same values until it changes them itself.
public protocol EVMHost {
    /// Marks an account as accessed; says whether it had not been before (EIP-2929).
    mutating func warm(_ address: Address) -> Bool
    /// Whether an account has neither balance nor nonce nor code, or does not exist (EIP-161).
    mutating func isDead(_ address: Address) -> Bool
    /// An account's balance in wei.
    mutating func balance(of address: Address) -> UInt256
    /// An account's nonce.
    mutating func nonce(of address: Address) -> UInt64
    /// An account's code.
    mutating func code(of address: Address) -> AnalyzedCode

    /// A storage slot, marked as accessed.
    mutating func slot(_ key: UInt256, of address: Address) -> StorageSlot
    /// Changes the slot that a handle names.
    mutating func store(_ value: UInt256, in slot: StorageSlot)
    /// A transient slot's value (EIP-1153).
    mutating func transient(_ key: UInt256, of address: Address) -> UInt256
    /// Changes a transient slot (EIP-1153).
    mutating func storeTransient(_ value: UInt256, _ key: UInt256, of address: Address)

    /// Moves value, which the sender has, and touches both accounts.
    mutating func transfer(_ value: UInt256, from sender: Address, to recipient: Address)
    /// Raises a nonce by 1; the caller has seen that it can be.
    mutating func raiseNonce(of address: Address)
    /// Makes a new contract's account with nonce 1; `false` if the address is taken (EIP-684,
    /// EIP-7610).
    mutating func createAccount(_ address: Address) -> Bool
    /// Gives an account its code.
    mutating func setCode(_ code: [UInt8], of address: Address)
    /// Moves all of the balance, and removes an account made in this transaction (EIP-6780).
    mutating func selfDestruct(_ address: Address, to beneficiary: Address)

    /// Records a log.
    mutating func log(_ log: EVMLog)
    /// Adds to what is given back at the end; may be negative (EIP-3529).
    mutating func addRefund(_ gas: Int64)
    /// What is to be given back so far.
    var refund: Int64 { get }

    /// Remembers the state.
    func snapshot() -> JournalSnapshot
    /// Goes back to a state that was remembered, and none before it undone.
    mutating func revert(to snapshot: JournalSnapshot)

    /// The hash of one of the last 256 blocks.
    func blockHash(_ number: UInt64) -> Hash32
}

/// A place in a journal to go back to.
public struct JournalSnapshot: Sendable, Equatable {
    var entries: Int
    var logs: Int
    var refund: Int64
}

/// A storage slot in a transaction.
public struct StorageSlot: Sendable {
    /// The value when the transaction began.
    public var original: UInt256
    /// The value now.
    public var current: UInt256
    /// Whether this was the first access in the transaction.
    public var wasCold: Bool
    /// Where the journal keeps it.
    var account: Int
    var index: Int
}

/// What LOG0 to LOG4 record.
public struct EVMLog: Sendable, Equatable {
    /// The contract that logged.
    public var address: Address
    /// Up to four words to search by.
    public var topics: [UInt256]
    /// The rest.
    public var data: [UInt8]
}
