import PeerKit

/// A chain in memory, which can be put back and whose accounts can be set at will: for development and
/// tests. Nothing of it outlives the process.
package actor MemoryLedger: LedgerDriver {
    private struct Point: Sendable {
        let block: Block
        let receipts: [Receipt]
        /// `nil` once it is too old.
        var state: WorldState?
    }

    private struct Snapshot {
        var count: Int
        var state: WorldState
    }

    /// Blocks whose state can be asked for.
    package static let history = 256
    /// Snapshots at once; the oldest go.
    package static let maximumSnapshots = 1024

    package nonisolated let rules: ChainRules
    private let executor: any RuntimeExecutor
    private var points: [Point]
    private var numbers: [Hash32: Int] = [:]
    private var places: [Hash32: (block: Int, index: Int)] = [:]
    private var snapshots: [UInt64: Snapshot] = [:]
    private var nextSnapshot: UInt64 = 1
    private var listeners: [UInt64: AsyncStream<ChainEvent>.Continuation] = [:]
    private var nextListener: UInt64 = 0

    /// The runtime's home executor, as for every actor of a service.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// The chain of a genesis.
    package init(_ genesis: Genesis, runtime: Runtime) {
        rules = genesis.rules
        executor = runtime.executors.home
        var state = WorldState()
        state.apply(genesis.changes)
        let block = genesis.block()
        state.blockHashes[0] = block.hash
        points = [Point(block: block, receipts: [], state: state)]
        numbers[block.hash] = 0
    }

    // MARK: Reading

    package func headBlock() -> Block { points[points.count - 1].block }

    package func block(_ id: BlockID) -> Block? { number(of: id).map { points[$0].block } }

    private func number(of id: BlockID) -> Int? {
        switch id {
        case .latest, .pending: points.count - 1
        case .earliest: 0
        case .number(let number): number < UInt64(points.count) ? Int(number) : nil
        case .hash(let hash): numbers[hash]
        }
    }

    package func receipts(of hash: Hash32) -> [Receipt]? {
        numbers[hash].map { points[$0].receipts }
    }

    package func transaction(_ hash: Hash32) -> (block: Block, index: Int)? {
        places[hash].map { (points[$0.block].block, $0.index) }
    }

    private func world(at id: BlockID) throws(ChainError) -> WorldState {
        guard let number = number(of: id) else { throw .unknownBlock(id) }
        guard let state = points[number].state else {
            throw .pruned(
                number: UInt64(number), oldest: UInt64(max(0, points.count - Self.history)))
        }
        return state
    }

    package func state(at id: BlockID) throws -> any StateSource & Sendable { try world(at: id) }

    package func proof(
        of address: Address, slots: [UInt256], at id: BlockID
    ) throws -> AccountProof {
        var state = try world(at: id)
        return state.proof(of: address, slots: slots)
    }

    package func stateRoots(
        at id: BlockID
    ) throws -> @Sendable (StateChanges) throws -> Hash32 {
        let state = try world(at: id)
        return { changes in
            var state = state
            state.apply(changes)
            return state.root()
        }
    }

    package func logs(_ filter: LogFilter) throws -> [FoundLog] {
        let range: ClosedRange<Int>
        switch filter.range {
        case .block(let hash):
            guard let number = numbers[hash] else { throw ChainError.unknownBlock(.hash(hash)) }
            range = number...number
        case .blocks(let from, let to):
            guard let first = number(of: from) else { throw ChainError.unknownBlock(from) }
            guard let last = number(of: to) else { throw ChainError.unknownBlock(to) }
            guard first <= last else {
                throw ChainError.emptyRange(from: UInt64(first), to: UInt64(last))
            }
            range = first...last
        }
        return points[range].flatMap { Self.matches(filter, $0) }
    }

    private static func matches(_ filter: LogFilter, _ point: Point) -> [FoundLog] {
        var found: [FoundLog] = []
        var logIndex = 0
        for (index, receipt) in point.receipts.enumerated() {
            for log in receipt.logs {
                if filter.matches(log) {
                    found.append(
                        FoundLog(
                            log: log, blockNumber: point.block.number, blockHash: point.block.hash,
                            timestamp: point.block.header.timestamp,
                            transactionHash: point.block.transactions[index].hash,
                            transactionIndex: index, logIndex: logIndex))
                }
                logIndex += 1
            }
        }
        return found
    }

    // MARK: Growing

    package func extend(
        from candidates: [SignedTransaction], _ draft: BlockDraft
    ) throws -> BuiltBlock {
        let parent = points[points.count - 1]
        let state = try world(at: .latest)
        var next = state
        let built = try BlockExecutor(rules: rules).build(
            from: candidates, draft, after: parent.block, on: state
        ) { changes throws(BlockError) in
            next.apply(changes)
            return next.root()
        }
        let number = points.count
        next.blockHashes[built.block.number] = built.block.hash
        next.blockHashes[built.block.number &- 257] = nil
        points.append(Point(block: built.block, receipts: built.receipts, state: next))
        numbers[built.block.hash] = number
        for (index, transaction) in built.block.transactions.enumerated() {
            places[transaction.hash] = (number, index)
        }
        if number >= Self.history { points[number - Self.history].state = nil }
        publish(.head(built.block, built.receipts))
        return built
    }

    // MARK: Events

    package func chainEvents() -> AsyncStream<ChainEvent> {
        let (stream, listener) = AsyncStream.makeStream(
            of: ChainEvent.self, bufferingPolicy: .bufferingNewest(ChainLimits.pendingEvents))
        listeners[nextListener] = listener
        nextListener += 1
        return stream
    }

    private func publish(_ event: ChainEvent) {
        for (id, listener) in listeners {
            if case .terminated = listener.yield(event) { listeners[id] = nil }
        }
    }

    // MARK: At will

    /// Remembers the chain as it is; answers the snapshot's number.
    package func snapshot() throws -> UInt64 {
        let id = nextSnapshot
        nextSnapshot += 1
        if snapshots.count >= Self.maximumSnapshots, let oldest = snapshots.keys.min() {
            snapshots[oldest] = nil
        }
        snapshots[id] = Snapshot(count: points.count, state: try world(at: .latest))
        return id
    }

    /// Puts the chain back; the snapshot and all later ones are gone. `false` if there is none.
    package func revert(to id: UInt64) -> Bool {
        guard let snapshot = snapshots[id] else { return false }
        snapshots = snapshots.filter { $0.key < id }
        for point in points[snapshot.count...] {
            numbers[point.block.hash] = nil
            for transaction in point.block.transactions { places[transaction.hash] = nil }
        }
        points.removeLast(points.count - snapshot.count)
        points[points.count - 1].state = snapshot.state
        return true
    }

    /// Changes an account of the head's state, without any transaction. The head's own root does not
    /// show it; the next block's does.
    package func setAccount(
        _ address: Address, _ change: StateOverrides.Change
    ) throws {
        var state = try world(at: .latest)
        var account = state.account(address) ?? Account()
        account.balance = change.balance ?? account.balance
        account.nonce = change.nonce ?? account.nonce
        if let code = change.code {
            account.codeHash = code.isEmpty ? .emptyCode : Keccak256.hash(code)
        }
        let slots = change.stateDifference.sorted { $0.key < $1.key }
        state.apply(
            StateChanges(accounts: [
                .init(
                    address: address, account: account.isEmpty ? nil : account, code: change.code,
                    storage: slots.map { (key: $0.key, value: $0.value) })
            ]))
        points[points.count - 1].state = state
    }
}
