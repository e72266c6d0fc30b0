/// Why the mempool takes no transaction.
///
/// The texts are geth's where geth has one: clients tell errors apart by them.
public enum MempoolError: Error, Hashable, Sendable {
    /// It is in the pool already.
    case alreadyKnown
    /// It cannot be in a block, now or later.
    case invalid(TransactionError)
    /// More bytes than a transaction may have here.
    case oversized(bytes: Int, limit: Int)
    /// Another with the same nonce waits and pays as much.
    case replacementUnderpriced
    /// The sender cannot pay for this one and those that wait.
    case overdraft(balance: UInt256, queued: UInt256, cost: UInt256)
    /// The sender has too little for its transactions to be taken at all.
    case poorSender(balance: UInt256, minimum: UInt256)
    /// The sender has as many transactions, or bytes, in the pool as it may.
    case senderLimit(String)
    /// The sender asks for too much gas in too short a time.
    case tooFast(retryAfter: Duration)
    /// The pool is full of transactions that come first.
    case full
    /// A legacy transaction for any chain (before EIP-155), which anybody could replay here.
    case unprotected
    /// The chain's state could not be read.
    case unavailable(String)
}

extension MempoolError: CustomStringConvertible {
    /// The text that clients get.
    public var description: String {
        switch self {
        case .alreadyKnown: "already known"
        case .invalid(let error): error.clientText
        case .oversized(let bytes, let limit):
            "oversized data: transaction size \(bytes), limit \(limit)"
        case .replacementUnderpriced: "replacement transaction underpriced"
        case .overdraft(let balance, let queued, let cost):
            "insufficient funds for gas * price + value: balance \(balance), queued cost "
                + "\(queued), tx cost \(cost)"
        case .poorSender(let balance, let minimum):
            "insufficient funds: balance \(balance), this node takes transactions from "
                + "\(minimum) on"
        case .senderLimit(let limit): "account limit exceeded: \(limit)"
        case .tooFast(let time):
            "account rate limit exceeded: retry in \(max(1, time.components.seconds)) s"
        case .full: "txpool is full"
        case .unprotected: "only replay-protected (EIP-155) transactions allowed over RPC"
        case .unavailable(let reason): "state is not available: \(reason)"
        }
    }

    /// All that ``label`` can be.
    static let labels = [
        "known", "invalid", "oversized", "underpriced", "funds", "sender_limit", "rate", "full",
        "unprotected", "unavailable",
    ]

    /// What a metric calls it; from a fixed set.
    var label: String {
        switch self {
        case .alreadyKnown: "known"
        case .invalid: "invalid"
        case .oversized: "oversized"
        case .replacementUnderpriced: "underpriced"
        case .overdraft, .poorSender: "funds"
        case .senderLimit: "sender_limit"
        case .tooFast: "rate"
        case .full: "full"
        case .unprotected: "unprotected"
        case .unavailable: "unavailable"
        }
    }
}

extension TransactionError {
    /// The text that geth gives for the same fault; clients look for its beginning.
    public var clientText: String {
        switch self {
        case .unsupportedKind: "transaction type not supported"
        case .wrongChain(let expected, let found):
            "invalid chain id for signer: have \(found) want \(expected)"
        case .nonceTooLow(let next, let found):
            "nonce too low: next nonce \(next), tx nonce \(found)"
        case .nonceTooHigh(let next, let found):
            "nonce too high: next nonce \(next), tx nonce \(found)"
        case .nonceExhausted: "nonce has max value"
        case .senderHasCode: "sender not an eoa"
        case .gasLimitAboveBlock: "exceeds block gas limit"
        case .intrinsicGasTooLow(let needed, let limit):
            "intrinsic gas too low: gas \(limit), minimum needed \(needed)"
        case .floorGasTooLow(let needed, let limit):
            "insufficient gas for floor data gas cost: gas \(limit), minimum needed \(needed)"
        case .feeBelowBaseFee(let base, let cap):
            "max fee per gas less than block base fee: maxFeePerGas: \(cap), baseFee: \(base)"
        case .tipAboveFee(let tip, let cap):
            "max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: \(tip), "
                + "maxFeePerGas: \(cap)"
        case .insufficientFunds(let balance, let needed):
            "insufficient funds for gas * price + value: balance \(balance), tx cost "
                + (needed.map { "\($0), overshot \($0 &- balance)" } ?? "above 256 bits")
        case .initCodeTooLong(let count):
            "max initcode size exceeded: code size \(count), limit \(2 * EVMLimits.maximumCodeSize)"
        case .malformedBlobs: "malformed blob transaction"
        case .blobFeeTooLow(let base, let cap):
            "max fee per blob gas less than block blob gas fee: maxFeePerBlobGas: \(cap), "
                + "blobBaseFee: \(base)"
        case .malformedAuthorizations: "EIP-7702 transaction with empty auth list"
        }
    }
}
