/// Looks whether everything on the disk is what it should be.
///
/// Blocks: each names the one before, its roots are those of its transactions, withdrawals and
/// receipts, and the indices lead to it. State: every trie node hashes to what names it, every account
/// and slot stands in its trie as it stands in its table, and there is nothing besides. Optionally
/// all blocks are executed anew from the genesis, in memory.
public struct ChainCheck {
    /// How far the check is.
    public struct Progress: Sendable, Equatable {
        /// What is being looked at.
        public var phase: Phase
        /// How many of it have been looked at.
        public var done: UInt64
        /// How many there are.
        public var total: UInt64
    }

    /// What is being looked at.
    public enum Phase: String, Sendable {
        case blocks, nodes, accounts, execution
    }

    /// What was found.
    public struct Report: Sendable, Equatable {
        /// The head's number.
        public var head: UInt64 = 0
        /// Blocks looked at.
        public var blocks: UInt64 = 0
        /// Their transactions.
        public var transactions = 0
        /// Accounts at the head.
        public var accounts = 0
        /// Slots at the head.
        public var slots = 0
        /// Nodes of all tries.
        public var nodes = 0
        /// Blocks executed anew.
        public var executed: UInt64 = 0
        /// What is wrong; at most ``ChainCheck/maximumFailures``.
        public var failures: [String] = []
    }

    /// Failures that are named; a damaged store may have millions.
    public static let maximumFailures = 100

    let view: ChainView
    let store: ChainStore
    let progress: (Progress) -> Void
    var report = Report()

    /// Looks at everything as it is now.
    ///
    /// - Parameters:
    ///   - executing: Whether to execute all blocks anew; takes the memory of the whole state.
    ///   - progress: Told now and then.
    public static func run(
        _ store: ChainStore, executing: Bool = false,
        progress: @escaping (Progress) -> Void = { _ in }
    ) throws(LedgerStoreError) -> Report {
        var check = ChainCheck(view: try ChainView(store), store: store, progress: progress)
        check.report.head = check.view.headNumber
        try check.checkBlocks()
        try check.checkState()
        if executing { try check.execute() }
        return check.report
    }

    mutating func fail(_ text: String) {
        if report.failures.count < Self.maximumFailures { report.failures.append(text) }
    }

    // MARK: Blocks

    private mutating func checkBlocks() throws(LedgerStoreError) {
        var parent: Block?
        for number in 0...view.headNumber {
            if number.isMultiple(of: 256) { tell(.blocks, number, view.headNumber + 1) }
            do throws(LedgerStoreError) {
                guard let block = try view.block(number) else {
                    fail("block \(number) is missing")
                    parent = nil
                    continue
                }
                try check(block, after: parent)
                parent = block
            } catch .corrupt(let what) {
                fail("\(what) is damaged")
                parent = nil
            }
        }
        if let parent, parent.hash != view.headHash { fail("the head has another hash") }
    }

    private mutating func check(_ block: Block, after parent: Block?) throws(LedgerStoreError) {
        let number = block.number
        let name = "block \(number)"
        report.blocks += 1
        report.transactions += block.transactions.count
        if let parent, block.header.parentHash != parent.hash {
            fail("\(name) does not name the one before")
        }
        if block.header.transactionsRoot != block.transactionsRoot {
            fail("\(name) has other transactions than its root says")
        }
        if block.header.withdrawalsRoot != block.withdrawalsRoot {
            fail("\(name) has other withdrawals than its root says")
        }
        let receipts = try view.receipts(of: block)
        if Receipt.root(of: receipts) != block.header.receiptsRoot {
            fail("\(name) has other receipts than its root says")
        }
        if try view.number(of: .hash(block.hash)) != number {
            fail("\(name) is not found by its hash")
        }
        for (index, transaction) in block.transactions.enumerated() {
            let place = TransactionPlace(number: number, index: index)
            if try view.place(of: transaction.hash) != place {
                fail("\(name), transaction \(index) is not found by its hash")
            }
        }
    }

    func tell(_ phase: Phase, _ done: UInt64, _ total: UInt64) {
        progress(Progress(phase: phase, done: done, total: total))
    }

    // MARK: Execution

    /// Executes all blocks from the genesis on, in memory, with signatures recovered anew.
    private mutating func execute() throws(LedgerStoreError) {
        var replay = ChainReplay(store.genesis)
        guard let first = try view.block(0), first.hash == replay.head.hash else {
            return fail("block 0 is not what the genesis makes")
        }
        for number in 0..<view.headNumber {
            if number.isMultiple(of: 64) { tell(.execution, number, view.headNumber) }
            guard let block = try view.block(number + 1) else { return }
            do {
                try replay.advance(Block(decoding: block.encoded))
            } catch {
                return fail("block \(number + 1) executed anew: \(error)")
            }
            report.executed += 1
        }
    }
}

/// A chain executed in memory, apart from any store.
public struct ChainReplay {
    /// The block executed last.
    public private(set) var head: Block
    /// The state after it.
    public private(set) var state = WorldState()
    private let executor: BlockExecutor

    /// Begins at a genesis.
    public init(_ genesis: Genesis) {
        executor = BlockExecutor(rules: genesis.rules)
        state.apply(genesis.changes)
        head = Block(header: genesis.header(stateRoot: state.root()))
        state.blockHashes[0] = head.hash
    }

    /// Executes the next block, and checks everything about it.
    public mutating func advance(_ block: Block) throws(BlockError) {
        guard block.header.parentHash == head.hash else {
            throw .notNext(parent: block.header.parentHash, head: head.hash)
        }
        let outcome = try executor.execute(block, after: head.header, on: state)
        state.apply(outcome.changes)
        let root = state.root()
        guard root == block.header.stateRoot else {
            throw .stateRoot(expected: block.header.stateRoot, found: root)
        }
        state.blockHashes[block.number] = block.hash
        if block.number >= ChainLimits.ancestors {
            state.blockHashes[block.number - ChainLimits.ancestors] = nil
        }
        head = block
    }
}
