/// The state inside a block: reads through to a source once, and keeps what transactions change.
public struct BlockState<Source: StateSource>: ExecutionState {
    /// The state before the block.
    public internal(set) var source: Source
    private var entries: [Address: Entry] = [:]
    private var newCodes: [Hash32: AnalyzedCode] = [:]

    private struct Entry {
        let original: Account?
        var account: Account?
        var newCode: [UInt8]?
        /// The storage that the source knows is gone.
        var isCleared = false
        var slots: [UInt256: Slot] = [:]

        /// Takes over a change whose slots are loaded.
        mutating func take(_ change: StateChanges.AccountChange) {
            account = change.account
            if change.account == nil || change.clearsStorage {
                isCleared = true
                for key in slots.keys { slots[key]?.value = .zero }
            }
            if change.account == nil { newCode = nil }
            if let code = change.code { newCode = code }
            for (key, value) in change.storage { slots[key]?.value = value }
        }
    }

    private struct Slot {
        let original: UInt256
        var value: UInt256
    }

    /// The state at the start of a block.
    public init(_ source: Source) { self.source = source }

    private mutating func load(_ address: Address) -> Account? {
        if let entry = entries[address] { return entry.account }
        let account = source.account(address)
        entries[address] = Entry(original: account, account: account)
        return account
    }

    /// As ``StateSource`` has it.
    public mutating func account(_ address: Address) -> Account? { load(address) }

    /// As ``StateSource`` has it.
    public mutating func storage(_ key: UInt256, of address: Address) -> UInt256 {
        if let slot = entries[address]?.slots[key] { return slot.value }
        _ = load(address)
        let value =
            entries[address]?.isCleared == true ? .zero : source.storage(key, of: address)
        entries[address]?.slots[key] = Slot(original: value, value: value)
        return value
    }

    /// As ``StateSource`` has it.
    public mutating func hasStorage(_ address: Address) -> Bool {
        if let entry = entries[address] {
            if entry.slots.values.contains(where: { !$0.value.isZero }) { return true }
            if entry.isCleared { return false }
        }
        return source.hasStorage(address)
    }

    /// As ``StateSource`` has it.
    public mutating func code(_ hash: Hash32) -> AnalyzedCode {
        newCodes[hash] ?? source.code(hash)
    }

    /// As ``StateSource`` has it.
    public func blockHash(_ number: UInt64) -> Hash32 { source.blockHash(number) }

    /// Takes over what a transaction did.
    public mutating func apply(_ changes: StateChanges) {
        for change in changes.accounts {
            _ = load(change.address)
            for (key, _) in change.storage { _ = storage(key, of: change.address) }
            if let code = change.code, !code.isEmpty {
                let hash = change.account?.codeHash ?? .emptyCode
                newCodes[hash] = AnalyzedCode(code, hash: hash)
            }
            entries[change.address]?.take(change)
        }
    }

    /// As ``ExecutionState`` has it.
    public mutating func moved() -> BlockState {
        let all = self
        self = BlockState(source)
        return all
    }

    /// What the block has changed so far, in the order of addresses and slots; nothing that is again
    /// as it was.
    public func changes() -> StateChanges {
        var changes = StateChanges()
        for (address, entry) in entries {
            var storage: [(key: UInt256, value: UInt256)] = []
            if entry.account != nil {
                for (key, slot) in entry.slots
                where slot.value != (entry.isCleared ? .zero : slot.original) {
                    storage.append((key, slot.value))
                }
            }
            let clears = entry.isCleared && entry.original != nil
            guard entry.account != entry.original || !storage.isEmpty || clears else { continue }
            storage.sort { $0.key < $1.key }
            changes.accounts.append(
                StateChanges.AccountChange(
                    address: address, account: entry.account, code: entry.newCode,
                    storage: storage, clearsStorage: clears))
        }
        changes.accounts.sort { $0.address < $1.address }
        return changes
    }
}
