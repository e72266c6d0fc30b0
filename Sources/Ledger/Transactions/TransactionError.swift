/// Why a transaction cannot be in a block.
public enum TransactionError: Error, Hashable, Sendable {
    /// A kind that the fork does not know.
    case unsupportedKind(UInt8)
    /// Signed for another chain.
    case wrongChain(expected: UInt64, found: UInt64)
    /// A nonce below the sender's.
    case nonceTooLow(next: UInt64, found: UInt64)
    /// A nonce above the sender's.
    case nonceTooHigh(next: UInt64, found: UInt64)
    /// The last nonce, which can't be raised (EIP-2681).
    case nonceExhausted
    /// The sender has code (EIP-3607).
    case senderHasCode
    /// More gas than the block has.
    case gasLimitAboveBlock(limit: UInt64, block: UInt64)
    /// Less gas than it costs before it starts.
    case intrinsicGasTooLow(needed: Int64, limit: UInt64)
    /// Less gas than its call data costs at least (EIP-7623).
    case floorGasTooLow(needed: Int64, limit: UInt64)
    /// A fee cap below the block's base fee.
    case feeBelowBaseFee(base: UInt256, cap: UInt256)
    /// A tip above the fee cap.
    case tipAboveFee(tip: UInt256, cap: UInt256)
    /// The balance covers not all of value and fees; `nil` when these need more than 256 bits.
    case insufficientFunds(balance: UInt256, needed: UInt256?)
    /// Code that creates is too long (EIP-3860).
    case initCodeTooLong(Int)
    /// A blob transaction without blobs, with too many, with a hash of another version, or one that
    /// creates.
    case malformedBlobs
    /// A price for blobs below the block's.
    case blobFeeTooLow(base: UInt256, cap: UInt256)
    /// A set-code transaction without authorizations, or one that creates.
    case malformedAuthorizations
}
