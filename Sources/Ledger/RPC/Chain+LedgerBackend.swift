extension Chain: LedgerDriver {
    /// As ``LedgerBackend`` has it; reads never wait for the writer.
    package nonisolated func headBlock() async throws -> Block { head }

    package nonisolated func state(at id: BlockID) async throws -> any StateSource & Sendable {
        let state: ChainState = try state(at: id)
        return state
    }

    package nonisolated func transaction(
        _ hash: Hash32
    ) async throws -> (block: Block, index: Int)? {
        let found: (Block, Int)? = try transaction(hash)
        return found
    }

    package nonisolated func chainEvents() async -> AsyncStream<ChainEvent> { events() }

    /// Makes a block of candidates and imports it: durable when this returns.
    package func extend(
        from candidates: [SignedTransaction], _ draft: BlockDraft
    ) async throws -> BuiltBlock {
        let built = try buildBlock(from: candidates, draft)
        try importBlock(built.block)
        return built
    }
}
