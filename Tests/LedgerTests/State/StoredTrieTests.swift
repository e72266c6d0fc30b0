import Synchronization
import Testing

@testable import Ledger

@Suite("Trie that is held elsewhere") struct StoredTrieTests {
    /// Nodes by path, and how often one was asked for.
    private final class Shelf: Sendable {
        let nodes = Mutex<[NodePath: [UInt8]]>([:])
        let loads = Mutex(0)

        func trie(_ root: Hash32) -> MerklePatriciaTrie {
            MerklePatriciaTrie(root: root) { path in
                self.loads.withLock { $0 += 1 }
                return self.nodes.withLock { $0[path] }
            }
        }

        func write(_ updates: [NodePath: [UInt8]?]) {
            nodes.withLock { nodes in
                for (path, node) in updates { nodes[path] = node }
            }
        }
    }

    @Test(
        "has the root and the nodes of one that was made at once", arguments: [1, 2, 3] as [UInt64])
    func equivalence(_ seed: UInt64) {
        var generator = SplitMix(state: seed)
        let shelf = Shelf()
        var root = Hash32.emptyTrie
        var content: [UInt8: [UInt8]] = [:]
        for _ in 0..<60 {
            var trie = shelf.trie(root)
            for _ in 0..<1 + generator.next() % 12 {
                let key = UInt8(truncatingIfNeeded: generator.next() % 200)
                // Few, so that short nodes inside of others occur as well.
                let value =
                    generator.next() % 2 == 0
                    ? [] : [UInt8](repeating: key, count: 1 + Int(generator.next() % 40))
                trie.set(Keccak256.hash([key]).bytes, value)
                content[key] = value.isEmpty ? nil : value
            }
            root = trie.root()
            #expect(trie.missing == nil)
            shelf.write(trie.takeUpdates())
            var fresh = MerklePatriciaTrie(root: .emptyTrie) { _ in nil }
            for (key, value) in content { fresh.set(Keccak256.hash([key]).bytes, value) }
            #expect(fresh.root() == root)
            let expected = fresh.takeUpdates().compactMapValues { $0 }
            #expect(shelf.nodes.withLock { $0 } == expected)
        }
    }

    @Test(
        "short keys, whose nodes stand inside of others, are held the same way",
        arguments: [4, 5] as [UInt64])
    func shortKeys(_ seed: UInt64) {
        var generator = SplitMix(state: seed)
        let shelf = Shelf()
        var root = Hash32.emptyTrie
        var content: [[UInt8]: [UInt8]] = [:]
        for _ in 0..<200 {
            var trie = shelf.trie(root)
            for _ in 0..<3 {
                let key = [
                    UInt8(truncatingIfNeeded: generator.next() & 0x31),
                    UInt8(truncatingIfNeeded: generator.next() & 0x13),
                ]
                let value: [UInt8] = generator.next() % 2 == 0 ? [] : [key[0] | 1]
                trie.set(key, value)
                content[key] = value.isEmpty ? nil : value
            }
            root = trie.root()
            shelf.write(trie.takeUpdates())
            var fresh = MerklePatriciaTrie(root: .emptyTrie) { _ in nil }
            for (key, value) in content { fresh.set(key, value) }
            #expect(fresh.root() == root)
            #expect(
                shelf.nodes.withLock { $0 } == fresh.takeUpdates().compactMapValues { $0 })
        }
    }

    @Test("loads only what is on the way to a key") func loads() {
        let shelf = Shelf()
        var trie = shelf.trie(.emptyTrie)
        for number in 0..<4000 {
            trie.set(Keccak256.hash(UInt256(count: number).bytes).bytes, [1, 2, 3])
        }
        let root = trie.root()
        shelf.write(trie.takeUpdates())
        var again = shelf.trie(root)
        again.set(Keccak256.hash(UInt256(count: 7).bytes).bytes, [4])
        _ = again.root()
        // 16³ is 4096: three levels of branches, perhaps one more, and the leaf.
        #expect(shelf.loads.withLock { $0 } <= 6)
        #expect(again.takeUpdates().count <= 6)
    }

    @Test("a node that is missing or damaged is named, and nothing traps") func damage() throws {
        let shelf = Shelf()
        var trie = shelf.trie(.emptyTrie)
        for number in 0..<100 { trie.set(Keccak256.hash([UInt8(number)]).bytes, [1, 2]) }
        let root = trie.root()
        shelf.write(trie.takeUpdates())
        for damage in [nil, [], [0xc0], [0xff, 1]] as [[UInt8]?] {
            let key = Keccak256.hash([7]).bytes
            let path = NodePath([key[0] >> 4])
            let before = shelf.nodes.withLock { nodes in
                defer { nodes[path] = damage }
                return nodes[path]
            }
            var broken = shelf.trie(root)
            broken.set(key, [9])
            broken.remove(key)
            _ = broken.value(key)
            _ = broken.proof(of: key)
            #expect(broken.missing == path)
            shelf.nodes.withLock { $0[path] = before }
        }
    }
}
