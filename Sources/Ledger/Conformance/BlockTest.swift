#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A case of the official blockchain tests (ethereum/tests, "BlockchainTests").
package struct BlockTest: Decodable, Sendable {
    struct Entry: Decodable, Sendable {
        var rlp: String
        var expectException: String?
    }

    package var name: String?
    package var file: String?
    var blocks: [Entry]
    var genesisRLP: String
    var lastblockhash: String
    package var network: String
    var pre: [String: StateTest.PreAccount]
    var postState: [String: StateTest.PreAccount]?
    var postStateHash: String?

    /// Reads one test, or a file of several by name as the suites have them.
    package static func decode(_ bytes: some Sequence<UInt8>) throws -> [BlockTest] {
        let data = Data(bytes)
        let decoder = JSONDecoder()
        if let single = try? decoder.decode(BlockTest.self, from: data) { return [single] }
        let named = try decoder.decode([String: BlockTest].self, from: data)
        return named.sorted { $0.key < $1.key }.map { name, test in
            var test = test
            test.name = name
            return test
        }
    }

    /// When the test's rules hold; `nil` for a network that is not supported here.
    package var forks: ForkSchedule? {
        switch network {
        case "Cancun": ForkSchedule()
        case "Prague": ForkSchedule(pragueTime: 0)
        case "CancunToPragueAtTime15k": ForkSchedule(pragueTime: 15_000)
        default: nil
        }
    }
}

extension BlockTest {
    /// What has been found.
    package struct Outcome: Sendable {
        /// What differs; `nil` for a pass.
        package var failure: String?
        /// Blocks executed or refused.
        package var blocks = 0
        /// Gas of the blocks that hold.
        package var gasUsed: UInt64 = 0
    }

    /// Imports all blocks into a state in memory, and compares what comes of it.
    package func run() -> Outcome {
        var outcome = Outcome()
        do {
            try run(&outcome)
        } catch {
            outcome.failure = "\(error)"
        }
        return outcome
    }

    private func run(_ outcome: inout Outcome) throws {
        guard let forks else {
            throw StateTest.Malformed(description: "network \(network) is not supported")
        }
        var state = try StateTest.state(pre)
        var head = try Block(decoding: StateTest.bytes(genesisRLP))
        guard state.root() == head.header.stateRoot else {
            throw StateTest.Malformed(description: "the genesis has another root")
        }
        let executor = BlockExecutor(
            rules: ChainRules(chainID: 1, forks: forks, feePolicy: .eip1559))
        state.blockHashes[head.number] = head.hash
        for (index, entry) in blocks.enumerated() {
            outcome.blocks += 1
            let result = Result {
                try Self.importing(entry, after: head, on: state, by: executor)
            }
            switch (result, entry.expectException) {
            case (.success(let (block, after)), nil):
                (head, state) = (block, after)
                outcome.gasUsed += block.header.gasUsed
            case (.success, let exception?):
                throw StateTest.Malformed(description: "took block \(index): \(exception)")
            case (.failure(let error), nil): throw error
            case (.failure, _?): break
            }
        }
        guard head.hash == Hash32(lastblockhash) else {
            throw StateTest.Malformed(
                description: "head \(head.hash), expected \(lastblockhash)")
        }
        var expected = Hash32(postStateHash ?? "")
        if let postState {
            var after = try StateTest.state(postState)
            expected = after.root()
        }
        guard state.root() == expected else {
            throw StateTest.Malformed(
                description: "root \(state.root()), expected \(expected?.description ?? "?")")
        }
    }

    private static func importing(
        _ entry: Entry, after head: Block, on state: WorldState, by executor: BlockExecutor
    ) throws -> (Block, WorldState) {
        let block = try Block(decoding: StateTest.bytes(entry.rlp))
        guard block.header.parentHash == head.hash else {
            throw BlockError.notNext(parent: block.header.parentHash, head: head.hash)
        }
        let outcome = try executor.execute(block, after: head.header, on: state)
        var after = state
        after.apply(outcome.changes)
        let root = after.root()
        guard root == block.header.stateRoot else {
            throw BlockError.stateRoot(expected: block.header.stateRoot, found: root)
        }
        after.blockHashes[block.number] = block.hash
        return (block, after)
    }
}
