import PeerKit

/// What JSON-RPC needs of a chain: `Chain` is one, and tests have one of blocks from a file.
package protocol LedgerBackend: SenderAccounts {
    /// What the genesis says of all blocks.
    var rules: ChainRules { get }

    /// The last block.
    func headBlock() async throws -> Block
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
    /// Computes the root of the state after a block, had it been changed so.
    func stateRoots(at id: BlockID) async throws -> @Sendable (StateChanges) throws -> Hash32
    /// Logs that a filter matches.
    func logs(_ filter: LogFilter) async throws -> [FoundLog]
    /// New heads from now on.
    func chainEvents() async -> AsyncStream<ChainEvent>
}

extension LedgerBackend {
    /// As ``SenderAccounts`` has it.
    package func accounts(
        of senders: [Address]
    ) async throws -> (head: MempoolHead, accounts: [Address: SenderAccount]) {
        let head = try await headBlock()
        // By its hash, so that head and accounts belong together.
        var state = try await state(at: .hash(head.hash))
        let pool = poolHead(after: head)
        var accounts: [Address: SenderAccount] = [:]
        for sender in senders {
            guard let account = state.account(sender) else { continue }
            let canSend =
                account.codeHash == .emptyCode
                || (pool.rules.hasSetCodeTransactions
                    && state.code(account.codeHash).delegate != nil)
            accounts[sender] = SenderAccount(
                nonce: account.nonce, balance: account.balance, canSend: canSend)
        }
        return (pool, accounts)
    }

    /// What the pool must know of a head.
    package func poolHead(after head: Block) -> MempoolHead {
        MempoolHead(
            number: head.number, baseFee: rules.feePolicy.baseFee(after: head.header),
            gasLimit: head.header.gasLimit, rules: forkRules(of: head), chainID: rules.chainID)
    }
}

/// A chain that this node extends by itself.
package protocol LedgerDriver: LedgerBackend {
    /// Makes a block of candidates, in their order, and takes it as the new head.
    func extend(from candidates: [SignedTransaction], _ draft: BlockDraft) async throws
        -> BuiltBlock
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
