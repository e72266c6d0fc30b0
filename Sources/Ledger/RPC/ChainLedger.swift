/// A chain on disk as JSON-RPC sees it. Reads are snapshots and never wait for the writer.
package struct ChainLedger: LedgerDriver {
    private let chain: Chain

    package init(_ chain: Chain) { self.chain = chain }

    package var rules: ChainRules { chain.rules }

    package func headBlock() -> Block { chain.head }

    package func block(_ id: BlockID) throws -> Block? { try chain.block(id) }

    package func receipts(of hash: Hash32) throws -> [Receipt]? { try chain.receipts(of: hash) }

    package func transaction(_ hash: Hash32) throws -> (block: Block, index: Int)? {
        try chain.transaction(hash).map { (block: $0.0, index: $0.1) }
    }

    package func state(at id: BlockID) throws -> any StateSource & Sendable {
        try chain.state(at: id)
    }

    package func proof(
        of address: Address, slots: [UInt256], at id: BlockID
    ) throws -> AccountProof {
        try chain.proof(of: address, slots: slots, at: id)
    }

    package func stateRoots(
        at id: BlockID
    ) throws -> @Sendable (StateChanges) throws -> Hash32 {
        let chain = chain
        return { try chain.stateRoot(after: $0, at: id) }
    }

    package func logs(_ filter: LogFilter) throws -> [FoundLog] { try chain.logs(filter) }

    package func chainEvents() -> AsyncStream<ChainEvent> { chain.events() }

    /// Makes a block of candidates and imports it: durable when this returns.
    package func extend(
        from candidates: [SignedTransaction], _ draft: BlockDraft
    ) async throws -> BuiltBlock {
        let built = try await chain.buildBlock(from: candidates, draft)
        try await chain.importBlock(built.block)
        return built
    }
}
