import Foundation
import Ledger

/// The blocks of a file with the state of its genesis: what JSON-RPC shows of blocks, transactions and
/// calls on overridden accounts can be compared, although no block older than Cancun can be executed.
struct FileLedger: LedgerBackend {
    let rules: ChainRules
    /// `nil`: a block with ommers, from before this ledger's time.
    let blocks: [Block?]
    private let genesis: WorldState

    struct Absent: Error {}

    init(_ directory: String) throws {
        let json = try Data(contentsOf: URL(fileURLWithPath: directory + "/genesis.json"))
        let genesis = try Genesis(json: Array(json))
        var rules = genesis.rules
        rules.feePolicy = .eip1559
        self.rules = rules
        var state = WorldState()
        state.apply(genesis.changes)
        let file = try Data(contentsOf: URL(fileURLWithPath: directory + "/chain.json"))
        let chain = try JSONValue(parsing: file, limit: 64 << 20)
        var blocks: [Block?] = [genesis.block()]
        var reader = RLPReader(try chain.bytes("chain_rlp_hex"))
        while !reader.isAtEnd {
            let encoded = Array(try reader.nextEncoded())
            do throws(BlockDecodingError) {
                blocks.append(try Block(decoding: encoded))
            } catch .ommers {
                blocks.append(nil)
            }
        }
        for case let block? in blocks { state.blockHashes[block.number] = block.hash }
        self.blocks = blocks
        self.genesis = state
    }

    func headBlock() throws -> Block {
        guard case let head?? = blocks.last else { throw Absent() }
        return head
    }

    func block(_ id: BlockID) throws -> Block? {
        switch id {
        case .latest, .pending: blocks.last ?? nil
        case .earliest: blocks.first ?? nil
        case .number(let number): number < UInt64(blocks.count) ? blocks[Int(number)] : nil
        case .hash(let hash): blocks.lazy.compactMap(\.self).first { $0.hash == hash }
        }
    }

    func receipts(of hash: Hash32) throws -> [Receipt]? { nil }

    func transaction(_ hash: Hash32) throws -> (block: Block, index: Int)? {
        for case let block? in blocks {
            if let index = block.transactions.firstIndex(where: { $0.hash == hash }) {
                return (block, index)
            }
        }
        return nil
    }

    func state(at id: BlockID) throws -> any StateSource & Sendable {
        guard try block(id) != nil else { throw ChainError.unknownBlock(id) }
        return genesis
    }

    func stateRoots(at id: BlockID) -> @Sendable (StateChanges) throws -> Hash32 {
        let genesis = genesis
        return { changes in
            var state = genesis
            state.apply(changes)
            return state.root()
        }
    }

    func proof(
        of address: Address, slots: [UInt256], at id: BlockID
    ) throws -> AccountProof { throw Absent() }
    func logs(_ filter: LogFilter) throws -> [FoundLog] { throw Absent() }
    func chainEvents() -> AsyncStream<ChainEvent> { AsyncStream { $0.finish() } }
}
