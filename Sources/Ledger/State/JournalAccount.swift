/// An account as a transaction sees it.
struct JournalAccount {
    let address: Address
    /// Before the transaction; `nil` if it did not exist.
    let before: Account?
    var nonce: UInt64
    var balance: UInt256
    var codeHash: Hash32
    /// Loaded when it is asked for.
    var code: AnalyzedCode?
    /// Code set in this transaction, to be stored at its end.
    var newCode: [UInt8]?

    var isWarm = false
    /// Touched accounts that are empty at the end are removed (EIP-161).
    var isTouched = false
    /// Made by a creation in this transaction (EIP-6780).
    var isNew = false
    var isDestroyed = false
    /// Places of slots in `slots`.
    var places: [UInt256: Int] = [:]
    var slots: [JournalSlot] = []

    init(_ address: Address, _ before: Account?) {
        self.address = address
        self.before = before
        nonce = before?.nonce ?? 0
        balance = before?.balance ?? .zero
        codeHash = before?.codeHash ?? .emptyCode
    }

    var isDead: Bool { nonce == 0 && balance.isZero && codeHash == .emptyCode }
}

/// A storage slot as a transaction sees it.
struct JournalSlot {
    let key: UInt256
    let original: UInt256
    var current: UInt256
    var isWarm: Bool
}

/// How to undo one change. Accounts and slots are named by their places, which never change.
enum JournalEntry {
    case warmedAccount(Int)
    case warmedSlot(account: Int, slot: Int)
    case touched(Int)
    case balance(Int, UInt256)
    case nonce(Int, UInt64)
    case code(Int, hash: Hash32, code: AnalyzedCode?, newCode: [UInt8]?)
    case storage(account: Int, slot: Int, UInt256)
    case transient(TransientKey, UInt256)
    case created(Int)
    case destroyed(Int)
}

/// Names a transient slot (EIP-1153).
struct TransientKey: Hashable {
    var address: Address
    var key: UInt256
}
