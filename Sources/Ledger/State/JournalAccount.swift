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
    /// In the order of their first access, which no revert changes.
    private(set) var slots: [JournalSlot] = []
    private var slotIndex = WordIndex()
    /// Transient slots that have been written (EIP-1153).
    private(set) var transients: [TransientSlot] = []
    private var transientIndex = WordIndex()

    init(_ address: Address, _ before: Account?) {
        self.address = address
        self.before = before
        nonce = before?.nonce ?? 0
        balance = before?.balance ?? .zero
        codeHash = before?.codeHash ?? .emptyCode
    }

    var isDead: Bool { nonce == 0 && balance.isZero && codeHash == .emptyCode }

    /// Where a slot is, if it has been accessed.
    @inline(__always)
    func slotPlace(_ key: UInt256) -> Int? { slotIndex.place(of: key) { slots[$0].key } }

    /// Adds a slot that has not been accessed.
    mutating func appendSlot(_ key: UInt256, _ value: UInt256) {
        slotIndex.append(key) { slots[$0].key }
        slots.append(JournalSlot(key: key, original: value, current: value, isWarm: false))
    }

    @inline(__always)
    mutating func setSlot(_ place: Int, _ value: UInt256) { slots[place].current = value }

    @inline(__always)
    mutating func setSlot(_ place: Int, isWarm: Bool) { slots[place].isWarm = isWarm }

    /// A transient slot's value; 0 if it has not been written.
    @inline(__always)
    func transient(_ key: UInt256) -> UInt256 {
        transientIndex.place(of: key) { transients[$0].key }.map { transients[$0].value } ?? .zero
    }

    /// Where a transient slot is, which is made if need be.
    mutating func transientPlace(_ key: UInt256) -> Int {
        if let place = transientIndex.place(of: key, wordAt: { transients[$0].key }) {
            return place
        }
        transientIndex.append(key) { transients[$0].key }
        transients.append(TransientSlot(key: key, value: .zero))
        return transients.count - 1
    }

    @inline(__always)
    mutating func setTransient(_ place: Int, _ value: UInt256) { transients[place].value = value }
}

/// A transient slot as a transaction sees it (EIP-1153).
struct TransientSlot {
    let key: UInt256
    var value: UInt256
}

/// A storage slot as a transaction sees it.
struct JournalSlot {
    let key: UInt256
    let original: UInt256
    var current: UInt256
    var isWarm: Bool
}

/// How to undo one change. Accounts and slots are named by their places, which never change; nothing here
/// is counted, so that noting a change is a copy of bytes.
enum JournalEntry {
    case warmedAccount(Int)
    case warmedSlot(account: Int, slot: Int)
    case touched(Int)
    case balance(Int, UInt256)
    case nonce(Int, UInt64)
    /// The code that was is the last of ``FormerCode``s.
    case code(Int)
    case storage(account: Int, slot: Int, UInt256)
    case transient(account: Int, slot: Int, UInt256)
    case created(Int)
    case destroyed(Int)
}

/// An account's code before a change.
struct FormerCode {
    let hash: Hash32
    let code: AnalyzedCode?
    let newCode: [UInt8]?
}
