/// Why a block is no part of the chain.
public enum BlockError: Error, Hashable, Sendable {
    /// Its parent is not the head.
    case notNext(parent: Hash32, head: Hash32)
    /// A number that is not the parent's and 1.
    case number(expected: UInt64, found: UInt64)
    /// Not later than its parent.
    case timestamp(parent: UInt64, found: UInt64)
    /// Too far from the parent's, or outside of what there can be.
    case gasLimit(parent: UInt64, found: UInt64)
    /// More gas than the limit.
    case gasUsedAboveLimit(used: UInt64, limit: UInt64)
    /// More extra data than allowed.
    case extraData(bytes: Int)
    /// Something of mining: a difficulty, a nonce or ommers.
    case mining
    /// A field is missing that the fork has, or there is one that it has not.
    case fields(Fork)
    /// Not what the fee policy says.
    case baseFee(expected: UInt256, found: UInt256)
    /// No multiple of a blob's gas, or more than a block may have.
    case blobGasUsed(UInt64)
    /// Not what follows from the parent.
    case excessBlobGas(expected: UInt64, found: UInt64)
    /// The header's root is not that of the transactions.
    case transactionsRoot(expected: Hash32, found: Hash32)
    /// The header's root is not that of the withdrawals.
    case withdrawalsRoot(expected: Hash32, found: Hash32)
    /// A transaction that cannot be there.
    case transaction(index: Int, TransactionError)
    /// A transaction with more gas than is left in the block.
    case gasLeft(index: Int, limit: UInt64, left: UInt64)
    /// Another amount of gas than the transactions used.
    case gasUsed(expected: UInt64, found: UInt64)
    /// Another amount of blob gas than the transactions used.
    case blobGas(expected: UInt64, found: UInt64)
    /// The header's bloom is not that of the logs.
    case logsBloom
    /// The header's root is not that of the receipts.
    case receiptsRoot(expected: Hash32, found: Hash32)
    /// The header's hash is not that of the requests (EIP-7685).
    case requestsHash(expected: Hash32, found: Hash32?)
    /// The header's root is not that of the state afterwards.
    case stateRoot(expected: Hash32, found: Hash32)
    /// The store failed; the block may be good.
    case store(LedgerStoreError)
}

/// Why a chain has no answer.
public enum ChainError: Error, Hashable, Sendable {
    /// There is no such block.
    case unknownBlock(BlockID)
    /// There is no chain in the store, and nothing to start one from.
    case empty
    /// The block's state is not kept any more; the oldest that is has this number.
    case pruned(number: UInt64, oldest: UInt64)
    /// A filter that asks for too much; the text says of what.
    case filter(String)
    /// A search whose first block is after its last.
    case emptyRange(from: UInt64, to: UInt64)
    /// More logs than one answer may have.
    case tooManyLogs(limit: Int)
    /// A proof of more slots, or for a block further back, than allowed.
    case proof(String)
    /// A call that cannot begin.
    case call(TransactionError)
    /// A genesis that cannot be.
    case genesis(GenesisError)
    /// The store holds a chain of another genesis.
    case otherChain(stored: Hash32, expected: Hash32)
    /// The store failed.
    case store(LedgerStoreError)
}
