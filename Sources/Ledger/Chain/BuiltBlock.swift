/// A block made of candidates.
public struct BuiltBlock: Sendable {
    /// The block, which `Chain.importBlock(_:)` takes.
    public var block: Block
    /// One for each transaction.
    public var receipts: [Receipt]
    /// Candidates that are not in it, with the reason, in their order.
    public var refused: [Refusal]
    /// What it does, so that importing it needs not execute it again.
    var outcome: BlockOutcome

    /// A candidate that is not in the block.
    public struct Refusal: Sendable {
        /// The candidate.
        public var transaction: SignedTransaction
        /// Why; `nil` if it only had no room left.
        public var reason: TransactionError?
    }
}

/// What happens to a chain.
public enum ChainEvent: Sendable {
    /// There is a new head.
    case head(Block, [Receipt])
}

/// An account with the proof that it is so (EIP-1186, `eth_getProof`).
public struct AccountProof: Sendable, Equatable {
    /// A slot with its proof.
    public struct Slot: Sendable, Equatable {
        /// The slot.
        public var key: UInt256
        /// Its value; 0 if absent.
        public var value: UInt256
        /// The trie's nodes from the storage root to the slot, or to where it would be.
        public var proof: [[UInt8]]
    }

    /// Whose.
    public var address: Address
    /// The account; an empty one if absent.
    public var account: Account
    /// The root of its storage.
    public var storageRoot: Hash32
    /// The trie's nodes from the state root to the account, or to where it would be.
    public var proof: [[UInt8]]
    /// The slots that were asked for, in that order.
    public var slots: [Slot]
}
