/// What stands where in the ledger's store. The raw values are the names on disk.
enum TableName: String, CaseIterable, Sendable {
    /// By a name: see ``LedgerMeta``.
    case meta
    /// By number: the header's RLP.
    case headers
    /// By number: RLP of transactions, ommers, withdrawals.
    case bodies
    /// By number: who signed each transaction, 20 bytes each.
    case senders
    /// By number: `Receipt.stored(_:)`.
    case receipts
    /// By block hash: the number.
    case numbers
    /// By transaction hash: block number and index.
    case transactions
    /// By address: the account at the head.
    case accounts
    /// By address and slot: the value at the head.
    case slots
    /// By hash: code.
    case codes
    /// By path: a node of the head's state trie.
    case accountNodes
    /// By address and path: a node of an account's storage trie at the head.
    case storageNodes
    /// By number: what accounts and slots were before the block (``ChangeSet``).
    case changes
    /// By address and number: the account before the block. Only in archives.
    case accountHistory
    /// By address, slot and number: the value before the block. Only in archives.
    case slotHistory
}

/// A table with the types of its keys and values.
struct LedgerTable<Key: StoreKey, Value: StoreValue>: Sendable {
    let name: TableName
}

/// The tables, typed.
enum LedgerTables {
    static let meta = LedgerTable<LedgerMeta, StoredBytes>(name: .meta)
    static let headers = LedgerTable<UInt64, StoredBytes>(name: .headers)
    static let bodies = LedgerTable<UInt64, StoredBytes>(name: .bodies)
    static let senders = LedgerTable<UInt64, StoredBytes>(name: .senders)
    static let receipts = LedgerTable<UInt64, StoredBytes>(name: .receipts)
    static let numbers = LedgerTable<Hash32, UInt64>(name: .numbers)
    static let transactions = LedgerTable<Hash32, TransactionPlace>(name: .transactions)
    static let accounts = LedgerTable<Address, AccountRecord>(name: .accounts)
    static let slots = LedgerTable<SlotKey, UInt256>(name: .slots)
    static let codes = LedgerTable<Hash32, StoredBytes>(name: .codes)
    static let accountNodes = LedgerTable<NodePath, StoredBytes>(name: .accountNodes)
    static let storageNodes = LedgerTable<StorageNodeKey, StoredBytes>(name: .storageNodes)
    static let changes = LedgerTable<UInt64, StoredBytes>(name: .changes)
    static let accountHistory = LedgerTable<Dated<Address>, StoredBytes>(name: .accountHistory)
    static let slotHistory = LedgerTable<Dated<SlotKey>, UInt256>(name: .slotHistory)
}

/// What the store says of itself.
enum LedgerMeta: String, StoreKey {
    /// The version of the tables, 8 bytes.
    case schema
    /// The genesis file.
    case genesis
    /// Number and hash of the head.
    case head
    /// The lowest number of a block whose state can be had, 8 bytes.
    case oldestState
    /// There if history is indexed by key.
    case archive

    var storeKey: [UInt8] { Array(rawValue.utf8) }
}

/// Keys sort as their bytes.
protocol StoreKey: Sendable {
    var storeKey: [UInt8] { get }
}

/// Values as bytes; `nil` for bytes that no value has.
protocol StoreValue: Sendable {
    var stored: [UInt8] { get }
    init?(stored: UnsafeRawBufferPointer)
}

/// Bytes as they are.
struct StoredBytes: StoreValue {
    var stored: [UInt8]
    init(_ bytes: [UInt8]) { stored = bytes }
    init?(stored: UnsafeRawBufferPointer) { self.stored = Array(stored) }
}

extension UInt64: StoreKey, StoreValue {
    var storeKey: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
    var stored: [UInt8] { storeKey }
    init?(stored: UnsafeRawBufferPointer) {
        guard stored.count == 8 else { return nil }
        self = UInt64(bigEndian: stored.loadUnaligned(as: UInt64.self))
    }
}

extension Hash32: StoreKey {
    var storeKey: [UInt8] { bytes }
}

extension Address: StoreKey {
    var storeKey: [UInt8] { bytes }

    init(loading bytes: UnsafeRawPointer) {
        self.init(
            truncating: UInt256(
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt64.self)),
                UInt64(UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))), 0))
    }
}

extension UInt256: StoreValue {
    var stored: [UInt8] { Array(minimalBytes) }
    init?(stored: UnsafeRawBufferPointer) { self.init(bigEndian: stored) }
}

extension NodePath: StoreKey {
    var storeKey: [UInt8] { bytes }
}

/// A slot of an account.
struct SlotKey: StoreKey, Hashable, Comparable {
    var address: Address
    var slot: UInt256

    static let byteCount = 52
    var storeKey: [UInt8] { address.bytes + slot.bytes }

    static func < (a: SlotKey, b: SlotKey) -> Bool {
        a.address == b.address ? a.slot < b.slot : a.address < b.address
    }
}

/// A node of an account's storage trie.
struct StorageNodeKey: StoreKey, Hashable {
    var address: Address
    var path: NodePath
    var storeKey: [UInt8] { address.bytes + path.bytes }
}

/// A key with the number of the block that changed it.
struct Dated<Key: StoreKey>: StoreKey {
    var key: Key
    var number: UInt64
    var storeKey: [UInt8] { key.storeKey + number.storeKey }
}

/// Where a transaction stands.
struct TransactionPlace: StoreValue, Hashable {
    var number: UInt64
    var index: Int

    init(number: UInt64, index: Int) {
        self.number = number
        self.index = index
    }

    var stored: [UInt8] { number.stored + UInt64(index).stored.suffix(4) }

    init?(stored: UnsafeRawBufferPointer) {
        guard stored.count == 12 else { return nil }
        number = UInt64(bigEndian: stored.loadUnaligned(as: UInt64.self))
        index = Int(UInt32(bigEndian: stored.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    }
}

/// An account with the root of its storage, as small as it goes: most have neither code nor storage.
///
/// A byte of flags and the width of the nonce, a byte with the width of the balance, nonce, balance,
/// and the two hashes where they are not those of nothing.
struct AccountRecord: StoreValue, Hashable {
    var account: Account
    var storageRoot: Hash32

    init(_ account: Account, storageRoot: Hash32 = .emptyTrie) {
        self.account = account
        self.storageRoot = storageRoot
    }

    private static let codeFlag: UInt8 = 0x80
    private static let storageFlag: UInt8 = 0x40

    var stored: [UInt8] {
        let nonce = UInt256(account.nonce).minimalBytes
        let balance = account.balance.minimalBytes
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 + nonce.count + balance.count + 64)
        bytes.append(UInt8(truncatingIfNeeded: nonce.count))
        bytes.append(UInt8(truncatingIfNeeded: balance.count))
        bytes += nonce
        bytes += balance
        if account.codeHash != .emptyCode {
            bytes[0] |= Self.codeFlag
            bytes += account.codeHash.bytes
        }
        if storageRoot != .emptyTrie {
            bytes[0] |= Self.storageFlag
            bytes += storageRoot.bytes
        }
        return bytes
    }

    init?(stored bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 2 else { return nil }
        let nonceWidth = Int(bytes[0] & 0x0f)
        let balanceWidth = Int(bytes[1])
        let hasCode = bytes[0] & Self.codeFlag != 0
        let hasStorage = bytes[0] & Self.storageFlag != 0
        guard nonceWidth <= 8, balanceWidth <= 32,
            bytes.count == 2 + nonceWidth + balanceWidth + (hasCode ? 32 : 0)
                + (hasStorage ? 32 : 0)
        else { return nil }
        var rest = bytes.dropFirst(2)
        account = Account()
        for byte in rest.prefix(nonceWidth) { account.nonce = account.nonce << 8 | UInt64(byte) }
        rest = rest.dropFirst(nonceWidth)
        account.balance = UInt256(bigEndian: rest.prefix(balanceWidth)) ?? .zero
        rest = rest.dropFirst(balanceWidth)
        storageRoot = .emptyTrie
        if hasCode {
            account.codeHash = Hash32(rest.prefix(32)) ?? .zero
            rest = rest.dropFirst(32)
        }
        if hasStorage { storageRoot = Hash32(rest.prefix(32)) ?? .zero }
    }
}
