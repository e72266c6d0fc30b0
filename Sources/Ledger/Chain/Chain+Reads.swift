extension Chain {
    /// The newest block.
    public nonisolated var head: Block { headBox.withLock { $0.block } }

    /// What holds of all blocks.
    public nonisolated var rules: ChainRules { executor.rules }

    /// The chain as it is now, for several reads that have to agree.
    public nonisolated func view() throws(ChainError) -> ChainView { try store.view() }

    /// A block, or `nil` if there is none.
    public nonisolated func block(_ id: BlockID) throws(ChainError) -> Block? {
        let head = head
        switch id {
        case .latest, .pending, .hash(head.hash), .number(head.number): return head
        default: break
        }
        let view = try view()
        return try Self.reading { () throws(LedgerStoreError) in
            guard let number = try view.number(of: id) else { return nil }
            return try view.block(number)
        }
    }

    /// A block's header, or `nil` if there is none.
    public nonisolated func header(_ id: BlockID) throws(ChainError) -> BlockHeader? {
        let head = head
        switch id {
        case .latest, .pending, .hash(head.hash), .number(head.number): return head.header
        default: break
        }
        let view = try view()
        return try Self.reading { () throws(LedgerStoreError) in
            guard let number = try view.number(of: id) else { return nil }
            return try view.header(number)
        }
    }

    /// A block's receipts, or `nil` if there is no such block.
    public nonisolated func receipts(of hash: Hash32) throws(ChainError) -> [Receipt]? {
        let head = headBox.withLock { $0 }
        if head.block.hash == hash { return head.receipts }
        let view = try view()
        return try Self.reading { () throws(LedgerStoreError) in
            guard let number = try view.number(of: .hash(hash)),
                let block = try view.block(number)
            else { return nil }
            return try view.receipts(of: block)
        }
    }

    /// The block that a transaction is in, and its place there; `nil` if there is none.
    public nonisolated func transaction(
        _ hash: Hash32
    ) throws(ChainError) -> (Block, Int)? {
        let view = try view()
        return try Self.reading { () throws(LedgerStoreError) in
            guard let place = try view.place(of: hash), let block = try view.block(place.number)
            else { return nil }
            guard block.transactions.indices.contains(place.index) else {
                throw .corrupt("the place of transaction \(hash)")
            }
            return (block, place.index)
        }
    }

    /// The state after a block: a snapshot, which keeps the store from using space again for as long
    /// as it is held.
    public nonisolated func state(at id: BlockID) throws(ChainError) -> ChainState {
        try view().state(at: id)
    }

    /// News of the chain from now on. Whoever falls behind loses the oldest.
    public nonisolated func events() -> AsyncStream<ChainEvent> { subscribers.subscribe() }

    static func reading<Result>(
        _ body: () throws(LedgerStoreError) -> Result
    ) throws(ChainError) -> Result {
        do throws(LedgerStoreError) {
            return try body()
        } catch {
            throw .store(error)
        }
    }
}
