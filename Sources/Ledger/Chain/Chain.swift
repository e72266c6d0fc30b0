import PeerKit
import Synchronization

/// A chain of blocks: executes them, keeps them, and answers about them and the state.
///
/// The actor is the one writer. Everything that only reads is `nonisolated` and works on a snapshot of
/// the store on the caller's thread: it waits neither for a block that is being executed nor for
/// other readers, and sees all of a block or nothing.
///
/// A block counts as soon as it is imported, and its parent is the head: finality is for consensus to
/// decide before, and there is no way back here.
public actor Chain {
    /// What is on the disk.
    public nonisolated let store: ChainStore
    /// Executes blocks.
    public nonisolated let executor: BlockExecutor

    private nonisolated let home: any SerialExecutor
    nonisolated let headBox: Mutex<Head>
    nonisolated let subscribers = ChainSubscribers()
    /// The block built last, so that importing it needs not execute it again.
    private var prepared: Prepared?

    /// The head with its receipts.
    struct Head: Sendable {
        var block: Block
        var receipts: [Receipt]
    }

    private struct Prepared {
        var block: Block
        var receipts: [Receipt]
        var changes: StateChanges
        var update: StateTrie.Update
    }

    /// Where the actor runs: a thread of its own unless told otherwise, since committing waits for
    /// the disk.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        home.asUnownedSerialExecutor()
    }

    /// Continues a chain.
    ///
    /// - Parameters:
    ///   - store: The chain on the disk.
    ///   - executor: Where blocks are executed and committed; `nil` for a thread of their own.
    public init(_ store: ChainStore, executor: (any SerialExecutor)? = nil) throws(ChainError) {
        self.store = store
        self.executor = BlockExecutor(rules: store.genesis.rules)
        home = executor ?? StorageThread()
        do throws(LedgerStoreError) {
            let view = try ChainView(store)
            guard let block = try view.block(view.headNumber), block.hash == view.headHash else {
                throw .corrupt("the head, block \(view.headNumber)")
            }
            headBox = Mutex(Head(block: block, receipts: try view.receipts(of: block)))
        } catch {
            throw .store(error)
        }
    }

    /// Opens or makes a chain in a directory.
    public init(
        at path: String, genesis: Genesis? = nil,
        history: StateHistory = .blocks(ChainLimits.historyBlocks),
        limits: LedgerStoreLimits = LedgerStoreLimits(), executor: (any SerialExecutor)? = nil
    ) throws(ChainError) {
        let store: LedgerStore
        do throws(LedgerStoreError) {
            store = try LedgerStore(at: path, limits: limits)
        } catch {
            throw .store(error)
        }
        try self.init(
            ChainStore(store, genesis: genesis, history: history), executor: executor)
    }

    /// Ends the store; what was imported is on the disk already.
    public func close() {
        subscribers.finish()
        store.store.close()
    }

    // MARK: Blocks

    /// Makes a block of candidates, in their order, on top of the head. Those that can't be in it are
    /// left out, with the reason. Nothing changes until it is imported.
    public func buildBlock(
        from candidates: [SignedTransaction], timestamp: UInt64, beneficiary: Address
    ) throws(BlockError) -> BuiltBlock {
        try buildBlock(
            from: candidates, BlockDraft(timestamp: timestamp, beneficiary: beneficiary))
    }

    /// Makes a block with more of it decided by the caller.
    public func buildBlock(
        from candidates: [SignedTransaction], _ draft: BlockDraft
    ) throws(BlockError) -> BuiltBlock {
        let parent = head
        let state = try stateAtHead()
        var update = StateTrie.Update()
        let built = try executor.build(
            from: candidates, draft, after: parent, on: state
        ) { (changes: StateChanges) throws(BlockError) -> Hash32 in
            update = try Self.update(state, parent, changes)
            return update.root
        }
        prepared = Prepared(
            block: built.block, receipts: built.receipts, changes: built.outcome.changes,
            update: update)
        return built
    }

    /// Executes a block on top of the head, and makes it the head if everything about it holds.
    /// Durable when this returns; after an error, nothing has changed.
    public func importBlock(_ block: Block) throws(BlockError) {
        let parent = head
        guard block.header.parentHash == parent.hash else {
            throw .notNext(parent: block.header.parentHash, head: parent.hash)
        }
        let result: Prepared
        if let known = known(block) {
            result = known
        } else {
            result = try execute(block, after: parent)
        }
        do throws(LedgerStoreError) {
            try store.commit(block, result.receipts, result.changes, result.update)
        } catch {
            throw .store(error)
        }
        prepared = nil
        headBox.withLock { $0 = Head(block: block, receipts: result.receipts) }
        subscribers.send(.head(block, result.receipts))
    }

    /// What is known of a block, if it is the one that was built last to the last transaction: equal
    /// hashes say nothing of what comes with the header.
    private func known(_ block: Block) -> Prepared? {
        guard let prepared, prepared.block.hash == block.hash,
            prepared.block.withdrawals == block.withdrawals,
            prepared.block.transactions.count == block.transactions.count,
            zip(prepared.block.transactions, block.transactions).allSatisfy({ $0.hash == $1.hash })
        else { return nil }
        return prepared
    }

    private func execute(
        _ block: Block, after parent: Block
    ) throws(BlockError) -> Prepared {
        let state = try stateAtHead()
        let outcome = try executor.execute(block, after: parent.header, on: state)
        let update = try Self.update(state, parent, outcome.changes)
        guard update.root == block.header.stateRoot else {
            throw .stateRoot(expected: block.header.stateRoot, found: update.root)
        }
        return Prepared(
            block: block, receipts: outcome.receipts, changes: outcome.changes,
            update: update)
    }

    private func stateAtHead() throws(BlockError) -> ChainState {
        do throws(ChainError) {
            return try state(at: .latest)
        } catch .store(let error) {
            throw .store(error)
        } catch {
            throw .store(.corrupt("the head: \(error)"))
        }
    }

    private static func update(
        _ state: ChainState, _ parent: Block, _ changes: StateChanges
    ) throws(BlockError) -> StateTrie.Update {
        do throws(LedgerStoreError) {
            // Also finds out whether a read during execution has failed.
            return try StateTrie(state.snapshot).update(parent.header.stateRoot, with: changes)
        } catch {
            throw .store(error)
        }
    }
}
