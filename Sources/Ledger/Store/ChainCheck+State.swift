extension ChainCheck {
    /// Accounts compared with one trie in memory before it is begun anew.
    private static let accountsAtOnce = 10_000

    mutating func checkState() throws(LedgerStoreError) {
        guard let head = try view.header(view.headNumber) else { return }
        let snapshot = view.snapshot
        let total = try snapshot.read { reader throws(LedgerStoreError) in
            (
                accounts: try reader.statistics(of: .accounts).entries,
                slots: try reader.statistics(of: .slots).entries,
                accountNodes: try reader.statistics(of: .accountNodes).entries,
                storageNodes: try reader.statistics(of: .storageNodes).entries
            )
        }
        tell(.nodes, 0, UInt64(total.accountNodes))
        var walk = TrieWalk { path in
            snapshot.recovering(nil) { reader throws(LedgerStoreError) in
                try reader.value(LedgerTables.accountNodes, path)?.stored
            }
        }
        walk.run(root: head.stateRoot)
        for failure in walk.failures { fail("state trie: \(failure)") }
        report.nodes += walk.nodes
        if walk.leaves != total.accounts {
            fail("the state trie has \(walk.leaves) accounts, the table \(total.accounts)")
        }
        if walk.nodes != total.accountNodes {
            fail("\(total.accountNodes - walk.nodes) nodes of the state trie are of no use")
        }
        let storageNodes = try checkAccounts(head.stateRoot, total: total.accounts)
        report.nodes += storageNodes
        if storageNodes != total.storageNodes {
            fail("\(total.storageNodes - storageNodes) nodes of storage tries are of no use")
        }
        if report.slots != total.slots {
            fail("\(total.slots - report.slots) slots are of no account")
        }
        try snapshot.check()
    }

    /// Compares accounts with their leaves, and their slots with theirs; answers how many nodes their
    /// storage tries have.
    private mutating func checkAccounts(
        _ root: Hash32, total: Int
    ) throws(LedgerStoreError) -> Int {
        var nodes = 0
        var start: [UInt8] = []
        while true {
            tell(.accounts, UInt64(report.accounts), UInt64(total))
            let portion = try accounts(from: start)
            guard let last = portion.last else { return nodes }
            start = last.address.bytes + [0]
            var trie = StateTrie(view.snapshot).accounts(root)
            for (address, record) in portion {
                report.accounts += 1
                guard let record else {
                    fail("account \(address) is damaged")
                    continue
                }
                let leaf = record.account.encoded(storageRoot: record.storageRoot)
                if trie.value(Keccak256.hash(address.bytes).bytes) != leaf {
                    fail("account \(address) stands otherwise in the state trie")
                }
                try checkCode(record.account.codeHash, of: address)
                if record.storageRoot != .emptyTrie {
                    nodes += try checkStorage(record.storageRoot, of: address)
                }
            }
        }
    }

    private func accounts(
        from start: [UInt8]
    ) throws(LedgerStoreError) -> [(address: Address, record: AccountRecord?)] {
        try view.snapshot.read { reader throws(LedgerStoreError) in
            var found: [(address: Address, record: AccountRecord?)] = []
            try reader.forEach(.accounts, from: start) { key, value in
                found.append((Address(key) ?? .zero, AccountRecord(stored: value)))
                return found.count < Self.accountsAtOnce
            }
            return found
        }
    }

    private mutating func checkCode(
        _ hash: Hash32, of address: Address
    ) throws(LedgerStoreError) {
        guard hash != .emptyCode else { return }
        let code = try view.snapshot.value(LedgerTables.codes, hash)
        guard let code else { return fail("the code of \(address) is missing") }
        if Keccak256.hash(code.stored) != hash { fail("the code of \(address) is damaged") }
    }

    private mutating func checkStorage(
        _ root: Hash32, of address: Address
    ) throws(LedgerStoreError) -> Int {
        let snapshot = view.snapshot
        var walk = TrieWalk { path in
            snapshot.recovering(nil) { reader throws(LedgerStoreError) in
                try reader.value(
                    LedgerTables.storageNodes, StorageNodeKey(address: address, path: path)
                )?.stored
            }
        }
        walk.run(root: root)
        for failure in walk.failures { fail("storage of \(address): \(failure)") }
        var trie = StateTrie(snapshot).storage(root, of: address)
        let prefix = address.bytes
        let slots = try snapshot.read { reader throws(LedgerStoreError) in
            var slots: [(UInt256, [UInt8])] = []
            try reader.forEach(.slots, from: prefix) { key, value in
                guard key.starts(with: prefix) else { return false }
                slots.append((UInt256(bigEndian: key.dropFirst(20)) ?? .zero, Array(value)))
                return true
            }
            return slots
        }
        report.slots += slots.count
        for (slot, value) in slots {
            var writer = RLPWriter()
            writer.write(value)
            if trie.value(Keccak256.hash(slot.bytes).bytes) != writer.bytes {
                fail("slot \(slot.hexadecimal) of \(address) stands otherwise in its trie")
            }
        }
        if walk.leaves != slots.count {
            fail(
                "the storage trie of \(address) has \(walk.leaves) slots, the table \(slots.count)")
        }
        return walk.nodes
    }
}

/// Visits every node of a trie and checks that it hashes to what names it.
struct TrieWalk {
    private let load: (NodePath) -> [UInt8]?
    /// Nodes that stand by themselves.
    private(set) var nodes = 0
    private(set) var leaves = 0
    private(set) var failures: [String] = []

    init(load: @escaping (NodePath) -> [UInt8]?) { self.load = load }

    mutating func run(root: Hash32) {
        guard root != .emptyTrie else { return }
        visit(NodePath(), hash: root)
    }

    private mutating func visit(_ path: NodePath, hash: Hash32) {
        guard failures.count < ChainCheck.maximumFailures else { return }
        let name = Hexadecimal.digits(of: path.bytes)
        guard let encoded = load(path) else { return failures.append("node \(name) is missing") }
        nodes += 1
        guard Keccak256.hash(encoded) == hash, let node = try? TrieNode(decoding: encoded)
        else { return failures.append("node \(name) is damaged") }
        descend(node, path)
    }

    private mutating func descend(_ node: TrieNode, _ path: NodePath) {
        switch node {
        case .leaf: leaves += 1
        case .branching(let below, let child): descend(child, path.appending(below))
        case .branch(let children, let value):
            if !value.isEmpty { leaves += 1 }
            for (nibble, child) in children.enumerated() {
                if let child { descend(child, path.appending(UInt8(nibble))) }
            }
        }
    }

    private mutating func descend(_ child: TrieNode.Child, _ path: NodePath) {
        switch child {
        case .hashed(let hash): visit(path, hash: hash)
        case .embedded(let node, _): descend(node, path)
        }
    }
}
