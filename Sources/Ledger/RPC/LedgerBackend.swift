import PeerKit

/// What JSON-RPC needs of a chain: `Chain` is one, and tests have one of blocks from a file.
package protocol LedgerBackend: SenderAccounts {
    /// What the genesis says of all blocks.
    var rules: ChainRules { get }

    /// The last block.
    func head() async throws -> Block
    /// A block; `nil` where there is none.
    func block(_ id: BlockID) async throws -> Block?
    /// A block's receipts.
    func receipts(of hash: Hash32) async throws -> [Receipt]?
    /// Where a transaction stands.
    func transaction(_ hash: Hash32) async throws -> (block: Block, index: Int)?
    /// The state after a block, as it stays while whoever asked holds it.
    func state(at id: BlockID) async throws -> any StateSource & Sendable
    /// An account and slots with their proofs.
    func proof(of address: Address, slots: [UInt256], at id: BlockID) async throws -> AccountProof
    /// Logs that a filter matches.
    func logs(_ filter: LogFilter) async throws -> [FoundLog]
    /// New heads from now on.
    func chainEvents() async -> AsyncStream<ChainEvent>
}

/// A state of any kind, for code that is compiled once for all of them.
struct AnyState: StateSource {
    private var base: any StateSource

    init(_ base: any StateSource) { self.base = base }

    mutating func account(_ address: Address) -> Account? { base.account(address) }
    mutating func storage(_ key: UInt256, of address: Address) -> UInt256 {
        base.storage(key, of: address)
    }
    mutating func hasStorage(_ address: Address) -> Bool { base.hasStorage(address) }
    mutating func code(_ hash: Hash32) -> AnalyzedCode { base.code(hash) }
    func blockHash(_ number: UInt64) -> Hash32 { base.blockHash(number) }
}
