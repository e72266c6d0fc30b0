extension ChainStore {
    /// Writes the first state, in portions, and at last the block that makes it count: a store that
    /// ended on the way has no head, and is cleared and begun anew.
    ///
    /// Each table is written in the order of its keys, and each node of the tries once, so that the
    /// disk sees every page once.
    func create() throws(LedgerStoreError) {
        try store.write { writer throws(LedgerStoreError) in
            for table in TableName.allCases where table != .meta {
                try writer.removeAll(table, prefix: [])
            }
        }
        let accounts = genesis.changes.accounts
        let block = Block(header: genesis.header(stateRoot: try createState(of: accounts)))
        let genesis = genesis.json
        try store.write { writer throws(LedgerStoreError) in
            try writer.put(LedgerTables.meta, .genesis, StoredBytes(genesis))
            if isArchive { try writer.put(LedgerTables.meta, .archive, StoredBytes([1])) }
            try writer.put(LedgerTables.meta, .oldestState, StoredBytes(UInt64(0).stored))
            try write(block, [], to: writer)
        }
    }

    /// - Parameter accounts: In the order of their addresses.
    private func createState(
        of accounts: [StateChanges.AccountChange]
    ) throws(LedgerStoreError) -> Hash32 {
        var storageRoots: [Int: Hash32] = [:]
        var start = 0
        while start < accounts.count {
            let portion = start..<min(start + store.limits.accountsPerCommit, accounts.count)
            start = portion.upperBound
            let roots = try store.write { writer throws(LedgerStoreError) in
                try create(accounts, portion, writer)
            }
            storageRoots.merge(roots) { $1 }
        }
        let order = accounts.indices
            .map { (key: Keccak256.hash(accounts[$0].address.bytes).word, place: $0) }
            .sorted { $0.key < $1.key }
        let trie = SortedTrie(order.map { NodePath($0.key) }) { index in
            let place = order[index].place
            return (accounts[place].account ?? Account())
                .encoded(storageRoot: storageRoots[place] ?? .emptyTrie)
        }
        var nodes: [(key: NodePath, node: [UInt8])] = []
        let root = try trie.root { path, node throws(LedgerStoreError) in
            nodes.append((path, node))
            if nodes.count >= store.limits.accountsPerCommit { try write(&nodes) }
        }
        try write(&nodes)
        return root
    }

    /// Writes accounts, codes and storage; answers the roots of storage tries, by place.
    private func create(
        _ accounts: [StateChanges.AccountChange], _ portion: Range<Int>,
        _ writer: borrowing LedgerWriter
    ) throws(LedgerStoreError) -> [Int: Hash32] {
        var roots: [Int: Hash32] = [:]
        for place in portion {
            let change = accounts[place]
            let account = change.account ?? Account()
            var root = Hash32.emptyTrie
            if !change.storage.isEmpty {
                root = try create(change.storage, of: change.address, writer)
                roots[place] = root
            }
            try writer.append(
                LedgerTables.accounts, change.address, AccountRecord(account, storageRoot: root))
            if let code = change.code, !code.isEmpty {
                try writer.put(LedgerTables.codes, account.codeHash, StoredBytes(code))
            }
        }
        return roots
    }

    /// - Parameter slots: In order, without zeros.
    private func create(
        _ slots: [(key: UInt256, value: UInt256)], of address: Address,
        _ writer: borrowing LedgerWriter
    ) throws(LedgerStoreError) -> Hash32 {
        for (slot, value) in slots {
            try writer.append(LedgerTables.slots, SlotKey(address: address, slot: slot), value)
        }
        let order = slots.map { (key: Keccak256.hash($0.key.bytes).word, value: $0.value) }
            .sorted { $0.key < $1.key }
        let trie = SortedTrie(order.map { NodePath($0.key) }) { index in
            var value = RLPWriter()
            value.write(order[index].value)
            return value.bytes
        }
        return try trie.root { path, node throws(LedgerStoreError) in
            try writer.append(
                LedgerTables.storageNodes, StorageNodeKey(address: address, path: path),
                StoredBytes(node))
        }
    }

    private func write(
        _ nodes: inout [(key: NodePath, node: [UInt8])]
    ) throws(LedgerStoreError) {
        nodes.sort { $0.key < $1.key }
        let portion = nodes
        nodes.removeAll(keepingCapacity: true)
        try store.write { writer throws(LedgerStoreError) in
            for (path, node) in portion {
                try writer.append(LedgerTables.accountNodes, path, StoredBytes(node))
            }
        }
    }
}
