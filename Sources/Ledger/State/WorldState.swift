/// All accounts in memory, with the trie that names them by one hash.
///
/// Reads go to flat tables; the tries follow when a root is asked for, and then only where something
/// changed.
public struct WorldState: ExecutionState, Sendable {
    private var accounts: [Address: Account] = [:]
    private var storages: [Address: [UInt256: UInt256]] = [:]
    private var codes: [Hash32: [UInt8]] = [:]
    private var cache = CodeCache()
    private var accountTrie = MerklePatriciaTrie()
    private var storageTries: [Address: MerklePatriciaTrie] = [:]
    /// Accounts that the trie does not know yet as they are, in order.
    private var stale: Set<Address> = []
    private var staleSlots: [Address: Set<UInt256>] = [:]
    /// Hashes of blocks, for BLOCKHASH.
    public var blockHashes: [UInt64: Hash32] = [:]

    /// No accounts.
    public init() {}

    /// As ``StateSource`` has it.
    public func account(_ address: Address) -> Account? { accounts[address] }

    /// As ``StateSource`` has it.
    public func storage(_ key: UInt256, of address: Address) -> UInt256 {
        storages[address]?[key] ?? .zero
    }

    /// As ``StateSource`` has it.
    public func hasStorage(_ address: Address) -> Bool { storages[address]?.isEmpty == false }

    /// As ``StateSource`` has it.
    public mutating func code(_ hash: Hash32) -> AnalyzedCode {
        let codes = codes
        return cache.code(hash) { codes[hash] ?? [] }
    }

    /// As ``StateSource`` has it.
    public func blockHash(_ number: UInt64) -> Hash32 { blockHashes[number] ?? .zero }

    /// All addresses, in order.
    public var addresses: [Address] { accounts.keys.sorted() }

    /// Sets an account, as a genesis does.
    public mutating func setAccount(
        _ address: Address, _ account: Account, code: [UInt8] = [],
        storage: [(key: UInt256, value: UInt256)] = []
    ) {
        var account = account
        if !code.isEmpty {
            account.codeHash = Keccak256.hash(code)
            codes[account.codeHash] = code
        }
        apply(
            StateChanges(accounts: [
                .init(address: address, account: account, code: nil, storage: storage)
            ]))
    }

    /// Takes over what a transaction did.
    public mutating func apply(_ changes: StateChanges) {
        for change in changes.accounts {
            stale.insert(change.address)
            guard let account = change.account else {
                accounts[change.address] = nil
                storages[change.address] = nil
                storageTries[change.address] = nil
                staleSlots[change.address] = nil
                continue
            }
            if change.clearsStorage {
                storages[change.address] = nil
                storageTries[change.address] = nil
                staleSlots[change.address] = nil
            }
            accounts[change.address] = account
            if let code = change.code, !code.isEmpty { codes[account.codeHash] = code }
            for (key, value) in change.storage {
                storages[change.address, default: [:]][key] = value.isZero ? nil : value
                staleSlots[change.address, default: []].insert(key)
            }
        }
    }

    /// As ``ExecutionState`` has it.
    public mutating func moved() -> WorldState {
        let all = self
        self = WorldState()
        return all
    }

    /// The hash of all accounts and their storage (Yellow Paper, §4.1).
    public mutating func root() -> Hash32 {
        for address in stale {
            let key = Keccak256.hash(address.bytes).bytes
            guard let account = accounts[address] else {
                accountTrie.remove(key)
                continue
            }
            accountTrie.set(key, account.encoded(storageRoot: storageRoot(of: address)))
        }
        stale.removeAll(keepingCapacity: true)
        return accountTrie.root()
    }

    /// An account and some of its slots with the proofs that they are so (EIP-1186).
    public mutating func proof(of address: Address, slots: [UInt256]) -> AccountProof {
        _ = root()
        let proof = accountTrie.proof(of: Keccak256.hash(address.bytes).bytes)
        var trie = storageTries[address] ?? MerklePatriciaTrie()
        let storageRoot = trie.root()
        return AccountProof(
            address: address, account: accounts[address] ?? Account(), storageRoot: storageRoot,
            proof: proof,
            slots: slots.map { key in
                AccountProof.Slot(
                    key: key, value: storage(key, of: address),
                    proof: trie.proof(of: Keccak256.hash(key.bytes).bytes))
            })
    }

    private mutating func storageRoot(of address: Address) -> Hash32 {
        guard var keys = staleSlots.removeValue(forKey: address) else {
            return storageTries[address]?.cachedRoot ?? .emptyTrie
        }
        var trie = storageTries.removeValue(forKey: address) ?? MerklePatriciaTrie()
        while let key = keys.popFirst() {
            let name = Keccak256.hash(key.bytes).bytes
            if let value = storages[address]?[key] {
                var writer = RLPWriter()
                writer.write(value)
                trie.set(name, writer.bytes)
            } else {
                trie.remove(name)
            }
        }
        let root = trie.root()
        if root != .emptyTrie { storageTries[address] = trie }
        return root
    }
}
