/// The state's tries as the store has them, and what changes make of them.
///
/// Only nodes on the way to what has changed are read, and each node is hashed once per block.
struct StateTrie {
    private let snapshot: LedgerSnapshot

    init(_ snapshot: LedgerSnapshot) { self.snapshot = snapshot }

    /// What has to be written for changes.
    struct Update: Sendable {
        var root = Hash32.emptyTrie
        /// By path: a node, or `nil` for one that is gone.
        var accountNodes: [(key: NodePath, node: [UInt8]?)] = []
        var storageNodes: [(key: StorageNodeKey, node: [UInt8]?)] = []
        /// Accounts whose storage tries are gone with all their nodes, before the nodes above.
        var cleared: [Address] = []
        /// The accounts that changed, in the order of the changes; `nil` for those that are gone.
        var records: [(address: Address, record: AccountRecord?)] = []
    }

    /// The account trie at a root.
    func accounts(_ root: Hash32) -> MerklePatriciaTrie {
        let snapshot = snapshot
        return MerklePatriciaTrie(root: root) { path in
            snapshot.recovering(nil) { reader throws(LedgerStoreError) in
                try reader.value(LedgerTables.accountNodes, path)?.stored
            }
        }
    }

    /// An account's storage trie.
    func storage(_ root: Hash32, of address: Address) -> MerklePatriciaTrie {
        let snapshot = snapshot
        return MerklePatriciaTrie(root: root) { path in
            snapshot.recovering(nil) { reader throws(LedgerStoreError) in
                try reader.value(
                    LedgerTables.storageNodes, StorageNodeKey(address: address, path: path)
                )?.stored
            }
        }
    }

    /// Computes the root after changes to the state of the snapshot.
    ///
    /// - Parameter root: The root before.
    func update(_ root: Hash32, with changes: StateChanges) throws(LedgerStoreError) -> Update {
        var update = Update()
        var trie = accounts(root)
        for change in changes.accounts {
            let key = Keccak256.hash(change.address.bytes).bytes
            let before = try snapshot.value(LedgerTables.accounts, change.address)
            let hadStorage = before.map { $0.storageRoot != .emptyTrie } ?? false
            guard let account = change.account else {
                if hadStorage { update.cleared.append(change.address) }
                trie.remove(key)
                update.records.append((change.address, nil))
                continue
            }
            var storageRoot = before?.storageRoot ?? .emptyTrie
            if change.clearsStorage, hadStorage {
                update.cleared.append(change.address)
                storageRoot = .emptyTrie
            }
            if !change.storage.isEmpty {
                storageRoot = try Self.apply(
                    change.storage, to: storage(storageRoot, of: change.address),
                    of: change.address, into: &update)
            }
            trie.set(key, account.encoded(storageRoot: storageRoot))
            update.records.append(
                (change.address, AccountRecord(account, storageRoot: storageRoot)))
        }
        update.root = trie.root()
        try Self.check(trie, "state trie")
        try snapshot.check()
        update.accountNodes = trie.takeUpdates().map { (key: $0.key, node: $0.value) }
            .sorted { $0.key < $1.key }
        return update
    }

    private static func apply(
        _ slots: [(key: UInt256, value: UInt256)], to trie: consuming MerklePatriciaTrie,
        of address: Address, into update: inout Update
    ) throws(LedgerStoreError) -> Hash32 {
        var trie = trie
        for (slot, value) in slots {
            let key = Keccak256.hash(slot.bytes).bytes
            if value.isZero {
                trie.remove(key)
            } else {
                var writer = RLPWriter()
                writer.write(value)
                trie.set(key, writer.bytes)
            }
        }
        let root = trie.root()
        try check(trie, "storage trie of \(address)")
        update.storageNodes += trie.takeUpdates().sorted { $0.key < $1.key }.map {
            (key: StorageNodeKey(address: address, path: $0.key), node: $0.value)
        }
        return root
    }

    private static func check(
        _ trie: MerklePatriciaTrie, _ name: String
    ) throws(LedgerStoreError) {
        if let path = trie.missing {
            throw .corrupt("\(name), node \(Hexadecimal.digits(of: path.bytes))")
        }
    }
}

extension NodePath: Comparable {
    /// The order of ``bytes``, near enough to keep neighbours together.
    static func < (a: NodePath, b: NodePath) -> Bool {
        a.word == b.word ? a.count < b.count : a.word < b.word
    }
}
