extension Chain {
    /// Proves an account and some of its slots by the state root of a block (EIP-1186).
    ///
    /// The tries are those of the head. For an older block, what has changed since is taken back in
    /// memory, which has a limit: ``ChainLimits/proofChanges``.
    public nonisolated func proof(
        of address: Address, slots: [UInt256] = [], at id: BlockID = .latest
    ) throws(ChainError) -> AccountProof {
        guard slots.count <= ChainLimits.proofSlots else {
            throw .proof("more than \(ChainLimits.proofSlots) slots")
        }
        let view = try view()
        let state = try view.state(at: id)
        let past = try Self.changes(since: state, view)
        return try Self.reading { () throws(LedgerStoreError) in
            guard let head = try view.header(view.headNumber) else { throw .corrupt("the head") }
            let tries = StateTrie(view.snapshot)
            var trie = tries.accounts(head.stateRoot)
            for address in past.accounts {
                let key = Keccak256.hash(address.bytes).bytes
                if let record = state.record(address) {
                    trie.set(key, record.account.encoded(storageRoot: record.storageRoot))
                } else {
                    trie.remove(key)
                }
            }
            guard trie.root() == state.header.stateRoot else {
                throw .corrupt("the way back to block \(state.header.number)")
            }
            let record = state.record(address) ?? AccountRecord(Account())
            var proof = AccountProof(
                address: address, account: record.account, storageRoot: record.storageRoot,
                proof: trie.proof(of: Keccak256.hash(address.bytes).bytes), slots: [])
            var storage = try Self.storage(of: address, past, state, view)
            for slot in slots {
                proof.slots.append(
                    AccountProof.Slot(
                        key: slot, value: state.storage(slot, of: address),
                        proof: storage.proof(of: Keccak256.hash(slot.bytes).bytes)))
            }
            if let path = trie.missing ?? storage.missing {
                throw .corrupt("trie node \(Hexadecimal.digits(of: path.bytes))")
            }
            try state.check()
            return proof
        }
    }

    /// An account's storage trie as it was.
    private static func storage(
        of address: Address, _ past: Past, _ state: ChainState, _ view: ChainView
    ) throws(LedgerStoreError) -> MerklePatriciaTrie {
        let now = try view.snapshot.value(LedgerTables.accounts, address)?.storageRoot
        var trie = StateTrie(view.snapshot).storage(now ?? .emptyTrie, of: address)
        for slot in past.slots where slot.address == address {
            let key = Keccak256.hash(slot.slot.bytes).bytes
            let value = state.storage(slot.slot, of: address)
            if value.isZero {
                trie.remove(key)
            } else {
                var writer = RLPWriter()
                writer.write(value)
                trie.set(key, writer.bytes)
            }
        }
        let expected = state.record(address)?.storageRoot ?? .emptyTrie
        guard trie.root() == expected else { throw .corrupt("the storage of \(address)") }
        return trie
    }

    /// The root of the state after a block, had it been changed so. The same limit holds as for
    /// proofs.
    package nonisolated func stateRoot(
        after changes: StateChanges, at id: BlockID
    ) throws(ChainError) -> Hash32 {
        let view = try view()
        let state = try view.state(at: id)
        let past = try Self.changes(since: state, view)
        let head = try view.state(at: .latest)
        return try Self.reading { () throws(LedgerStoreError) in
            // From the head back to that state, and on from there.
            var merged = BlockState(head)
            let slots = Dictionary(grouping: past.slots, by: \.address)
            merged.apply(
                StateChanges(
                    accounts: past.accounts.map { address in
                        StateChanges.AccountChange(
                            address: address, account: state.account(address),
                            storage: (slots[address] ?? []).map {
                                (key: $0.slot, value: state.storage($0.slot, of: address))
                            })
                    }))
            merged.apply(changes)
            let update = try StateTrie(view.snapshot).update(
                head.header.stateRoot, with: merged.changes())
            try state.check()
            return update.root
        }
    }

    /// What has changed since a block, in order.
    private struct Past {
        var accounts: [Address] = []
        var slots: [SlotKey] = []
    }

    private static func changes(
        since state: ChainState, _ view: ChainView
    ) throws(ChainError) -> Past {
        guard state.header.number < view.headNumber else { return Past() }
        var accounts: Set<Address> = []
        var slots: Set<SlotKey> = []
        for number in state.header.number + 1...view.headNumber {
            let set = try reading { () throws(LedgerStoreError) in
                try view.snapshot.read { reader throws(LedgerStoreError) in
                    try reader.withBytes(LedgerTables.changes, number) {
                        ChangeSetView($0)?.decoded
                    }
                }
            }
            guard let found = set, let set = found else {
                throw .store(.corrupt("changes of block \(number)"))
            }
            accounts.formUnion(set.accounts.map(\.address))
            slots.formUnion(set.slots.map(\.key))
            guard accounts.count + slots.count <= ChainLimits.proofChanges else {
                throw .proof(
                    "more than \(ChainLimits.proofChanges) changes since block "
                        + "\(state.header.number)")
            }
        }
        return Past(accounts: accounts.sorted(), slots: slots.sorted())
    }
}
