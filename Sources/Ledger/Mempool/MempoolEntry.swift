import PeerKit

/// A transaction that waits, with what the pool knows of it.
package struct MempoolEntry: Sendable {
    package let transaction: SignedTransaction
    /// When it came.
    package let arrived: Instant
    /// Which of all it was: decides where nothing else does.
    let sequence: UInt64
    /// The most that the sender can have to pay for it, in wei.
    let cost: UInt256

    var nonce: UInt64 { transaction.transaction.nonce }
    var tip: UInt256 { transaction.transaction.maxPriorityFeePerGas }
    var feeCap: UInt256 { transaction.transaction.maxFeePerGas }
    var bytes: Int { transaction.encoded.count }
}

/// What the pool must know of a sender, as of some block.
package struct SenderAccount: Sendable, Equatable {
    package var nonce: UInt64
    package var balance: UInt256
    /// Whether it may send at all: it has no code, or only a delegation (EIP-3607, EIP-7702).
    package var canSend: Bool

    package init(nonce: UInt64 = 0, balance: UInt256 = .zero, canSend: Bool = true) {
        self.nonce = nonce
        self.balance = balance
        self.canSend = canSend
    }
}

/// What the pool must know of the chain's end.
package struct MempoolHead: Sendable, Equatable {
    /// The head's number.
    package var number: UInt64
    /// Of the block to come, in wei per gas.
    package var baseFee: UInt256
    /// Of the block to come.
    package var gasLimit: UInt64
    package var rules: ForkRules
    package var chainID: UInt64

    package init(
        number: UInt64, baseFee: UInt256, gasLimit: UInt64, rules: ForkRules, chainID: UInt64
    ) {
        self.number = number
        self.baseFee = baseFee
        self.gasLimit = gasLimit
        self.rules = rules
        self.chainID = chainID
    }
}

/// What has changed in the pool.
package enum MempoolEvent: Sendable {
    /// Can be in the next block.
    case pending(SignedTransaction)
    /// Is no longer in the pool.
    case dropped(Hash32, DropReason)
}

/// Why a transaction left the pool.
package enum DropReason: String, Sendable, CaseIterable {
    /// Its nonce is used: it is in a block, or another one is.
    case used
    /// Another of the same sender and nonce pays more.
    case replaced
    /// The sender no longer has what it costs, or may no longer send.
    case unpayable
    /// It asks for more gas than a block has.
    case tooLarge
    /// It has waited too long.
    case expired
    /// The pool was full.
    case evicted
    /// It was asked to go.
    case removed
}
