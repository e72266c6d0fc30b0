/// The state during one transaction: reads through to a source, and can go back to any snapshot.
public struct StateJournal<Source: StateSource>: EVMHost {
    var source: Source
    var accounts: [JournalAccount] = []
    private var places: [Address: Int] = [:]
    /// The account asked for last: most instructions concern the one that runs.
    private var last: (address: Address, place: Int)?
    private var entries: [JournalEntry] = []
    private var formerCodes: [FormerCode] = []
    /// What the transaction has logged.
    public private(set) var logs: [EVMLog] = []
    /// As ``EVMHost`` has it.
    public private(set) var refund: Int64 = 0

    /// Whether transfers of wei are logged as if by a token (`eth_simulateV1`, `traceTransfers`).
    var logsTransfers = false
    /// Places in `logs` of transfers, in order.
    private(set) var transferLogs: [Int] = []

    /// Addresses from 1 to this are precompiles, and warm from the start (EIP-2929).
    private let precompiles: UInt64

    /// The state before a transaction.
    public init(_ source: Source, precompiles: UInt64) {
        self.source = source
        self.precompiles = precompiles
    }

    /// The place of an account, which is loaded if need be.
    mutating func place(of address: Address) -> Int {
        if let last, last.address == address { return last.place }
        let place: Int
        if let known = places[address] {
            place = known
        } else {
            place = accounts.count
            accounts.append(JournalAccount(address, source.account(address)))
            places[address] = place
        }
        last = (address, place)
        return place
    }

    /// As ``EVMHost`` has it.
    public mutating func warm(_ address: Address) -> Bool {
        if address.high == 0, address.middle == 0, address.low != 0, address.low <= precompiles {
            return false
        }
        let place = place(of: address)
        if accounts[place].isWarm { return false }
        accounts[place].isWarm = true
        entries.append(.warmedAccount(place))
        return true
    }

    /// As ``EVMHost`` has it.
    public mutating func isDead(_ address: Address) -> Bool { accounts[place(of: address)].isDead }

    /// As ``EVMHost`` has it.
    public mutating func balance(of address: Address) -> UInt256 {
        accounts[place(of: address)].balance
    }

    /// As ``EVMHost`` has it.
    public mutating func nonce(of address: Address) -> UInt64 {
        accounts[place(of: address)].nonce
    }

    /// As ``EVMHost`` has it.
    public mutating func code(of address: Address) -> AnalyzedCode {
        let place = place(of: address)
        if let code = accounts[place].code { return code }
        let code = source.code(accounts[place].codeHash)
        accounts[place].code = code
        return code
    }

    /// As ``EVMHost`` has it.
    public mutating func slot(_ key: UInt256, of address: Address) -> StorageSlot {
        let account = place(of: address)
        let index: Int
        if let known = accounts[account].slotPlace(key) {
            index = known
        } else {
            index = accounts[account].slots.count
            // A contract made in this transaction begins without storage.
            accounts[account].appendSlot(
                key, accounts[account].isNew ? .zero : source.storage(key, of: address))
        }
        let slot = accounts[account].slots[index]
        if !slot.isWarm {
            accounts[account].setSlot(index, isWarm: true)
            entries.append(.warmedSlot(account: account, slot: index))
        }
        return StorageSlot(
            original: slot.original, current: slot.current, wasCold: !slot.isWarm,
            account: account, index: index)
    }

    /// As ``EVMHost`` has it.
    public mutating func store(_ value: UInt256, in slot: StorageSlot) {
        entries.append(.storage(account: slot.account, slot: slot.index, slot.current))
        accounts[slot.account].setSlot(slot.index, value)
    }

    /// As ``EVMHost`` has it.
    public mutating func transient(_ key: UInt256, of address: Address) -> UInt256 {
        accounts[place(of: address)].transient(key)
    }

    /// As ``EVMHost`` has it.
    public mutating func storeTransient(_ value: UInt256, _ key: UInt256, of address: Address) {
        let account = place(of: address)
        let slot = accounts[account].transientPlace(key)
        entries.append(
            .transient(account: account, slot: slot, accounts[account].transients[slot].value))
        accounts[account].setTransient(slot, value)
    }

    mutating func touch(_ place: Int) {
        if accounts[place].isTouched { return }
        accounts[place].isTouched = true
        entries.append(.touched(place))
    }

    /// Sets a balance, and touches the account.
    mutating func setBalance(_ balance: UInt256, at place: Int) {
        touch(place)
        if accounts[place].balance == balance { return }
        entries.append(.balance(place, accounts[place].balance))
        accounts[place].balance = balance
    }

    /// As ``EVMHost`` has it.
    public mutating func transfer(_ value: UInt256, from sender: Address, to recipient: Address) {
        let to = place(of: recipient)
        guard !value.isZero else { return touch(to) }
        let from = place(of: sender)
        precondition(accounts[from].balance >= value, "a transfer of value that is not there")
        if logsTransfers {
            transferLogs.append(logs.count)
            logs.append(.transfer(of: value, from: sender, to: recipient))
        }
        setBalance(accounts[from].balance &- value, at: from)
        setBalance(accounts[to].balance &+ value, at: to)
    }

    /// As ``EVMHost`` has it.
    public mutating func raiseNonce(of address: Address) {
        let place = place(of: address)
        touch(place)
        entries.append(.nonce(place, accounts[place].nonce))
        accounts[place].nonce &+= 1
    }

    /// As ``EVMHost`` has it.
    public mutating func createAccount(_ address: Address) -> Bool {
        let place = place(of: address)
        guard accounts[place].nonce == 0, accounts[place].codeHash == .emptyCode,
            accounts[place].isNew || !source.hasStorage(address)
        else { return false }
        if !accounts[place].isNew {
            accounts[place].isNew = true
            entries.append(.created(place))
        }
        raiseNonce(of: address)
        return true
    }

    /// As ``EVMHost`` has it.
    public mutating func setCode(_ code: [UInt8], of address: Address) {
        let place = place(of: address)
        let account = accounts[place]
        touch(place)
        formerCodes.append(
            FormerCode(hash: account.codeHash, code: account.code, newCode: account.newCode))
        entries.append(.code(place))
        let hash = code.isEmpty ? Hash32.emptyCode : Keccak256.hash(code)
        accounts[place].codeHash = hash
        accounts[place].code = code.isEmpty ? .empty : AnalyzedCode(code, hash: hash)
        accounts[place].newCode = code
    }

    /// As ``EVMHost`` has it.
    public mutating func selfDestruct(_ address: Address, to beneficiary: Address) {
        let place = place(of: address)
        let balance = accounts[place].balance
        if address == beneficiary {
            // To itself: only an account that goes loses what it has (EIP-6780).
            if accounts[place].isNew { setBalance(.zero, at: place) }
            touch(place)
        } else {
            transfer(balance, from: address, to: beneficiary)
            touch(place)
        }
        guard accounts[place].isNew, !accounts[place].isDestroyed else { return }
        accounts[place].isDestroyed = true
        entries.append(.destroyed(place))
    }

    /// As ``EVMHost`` has it.
    public mutating func log(_ log: EVMLog) { logs.append(log) }

    /// As ``EVMHost`` has it.
    public mutating func addRefund(_ gas: Int64) { refund += gas }

    /// As ``EVMHost`` has it.
    public func snapshot() -> JournalSnapshot {
        JournalSnapshot(entries: entries.count, logs: logs.count, refund: refund)
    }

    /// As ``EVMHost`` has it.
    public mutating func revert(to snapshot: JournalSnapshot) {
        while entries.count > snapshot.entries, let entry = entries.popLast() { undo(entry) }
        logs.removeLast(logs.count - snapshot.logs)
        while let last = transferLogs.last, last >= logs.count { transferLogs.removeLast() }
        refund = snapshot.refund
    }

    private mutating func undo(_ entry: JournalEntry) {
        switch entry {
        case .warmedAccount(let place): accounts[place].isWarm = false
        case .warmedSlot(let account, let slot): accounts[account].setSlot(slot, isWarm: false)
        case .touched(let place): accounts[place].isTouched = false
        case .balance(let place, let balance): accounts[place].balance = balance
        case .nonce(let place, let nonce): accounts[place].nonce = nonce
        case .code(let place):
            guard let former = formerCodes.popLast() else { return }
            accounts[place].codeHash = former.hash
            accounts[place].code = former.code
            accounts[place].newCode = former.newCode
        case .storage(let account, let slot, let value): accounts[account].setSlot(slot, value)
        case .transient(let account, let slot, let value):
            accounts[account].setTransient(slot, value)
        case .created(let place): accounts[place].isNew = false
        case .destroyed(let place): accounts[place].isDestroyed = false
        }
    }

    /// As ``EVMHost`` has it.
    public func blockHash(_ number: UInt64) -> Hash32 { source.blockHash(number) }
}
