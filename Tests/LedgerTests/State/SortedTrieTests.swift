import Testing

@testable import Ledger

/// The trie that is built at once must be the one that grows key by key.
@Suite("Trie of sorted keys") struct SortedTrieTests {
    /// Every node that an empty trie with a loader would write.
    private func grown(_ entries: [(key: UInt256, value: [UInt8])]) -> (Hash32, [NodePath: [UInt8]])
    {
        var trie = MerklePatriciaTrie(root: .emptyTrie) { _ in nil }
        for (key, value) in entries { trie.set(key.bytes, value) }
        let root = trie.root()
        return (root, trie.takeUpdates().compactMapValues { $0 })
    }

    @Test("root and nodes are those of the other", arguments: [0, 1, 2, 3, 17, 300])
    func nodes(count: Int) {
        var entries: [UInt256: [UInt8]] = [:]
        for number in 0..<count {
            // Some share long beginnings; values are shorter and longer than a hash.
            var key = Keccak256.hash(UInt256(UInt64(number)).bytes).word
            if number.isMultiple(of: 3) { key = UInt256(UInt64(number)) }
            entries[key] = [UInt8](repeating: UInt8(1 + number % 250), count: 1 + number % 70)
        }
        let sorted = entries.sorted { $0.key < $1.key }
        let (root, nodes) = grown(sorted.map { ($0.key, $0.value) })
        var emitted: [NodePath: [UInt8]] = [:]
        let built = SortedTrie(sorted.map { NodePath($0.key) }) { sorted[$0].value }
            .root { path, node in
                #expect(emitted.updateValue(node, forKey: path) == nil)
            }
        #expect(built == root)
        #expect(emitted == nodes)
    }

    @Test(
        "a list's root is that of its indices, whatever their width",
        arguments: [0, 1, 2, 127, 128, 129, 255, 256, 257, 700])
    func lists(count: Int) {
        let items = (0..<count).map { [UInt8](repeating: UInt8($0 % 251), count: 1 + $0 % 40) }
        var trie = MerklePatriciaTrie()
        for (index, item) in items.enumerated() {
            var writer = RLPWriter()
            writer.write(UInt64(index))
            trie.set(writer.bytes, item)
        }
        #expect(ListTrie.root(of: items) == trie.root())
    }

    @Test func aReferenceIsTheEncodingIfThatIsShorterThanAHash() {
        let short: [UInt8] = [0xc2, 0x01, 0x02]
        var writer = RLPWriter()
        TrieReference(naming: short).write(to: &writer)
        #expect(writer.bytes == short)
        let long = [UInt8](repeating: 7, count: 32)
        writer = RLPWriter()
        TrieReference(naming: long).write(to: &writer)
        #expect(writer.bytes == [0xa0] + Keccak256.hash(long).bytes)
        writer = RLPWriter()
        TrieReference.unknown.write(to: &writer)
        #expect(writer.bytes == [0x80])
    }

    @Test func aPathIsItsNibbles() {
        let word = Keccak256.hash([1]).word
        let path = NodePath(word)
        let nibbles = NibblePath.nibbles(of: word.bytes)
        #expect((0..<64).map { path[$0] } == nibbles)
        for length in [0, 1, 15, 16, 17, 63, 64] {
            #expect(path.prefix(length) == NodePath(nibbles.prefix(length)))
            #expect(path.nibbles(from: length) == Array(nibbles.dropFirst(length)))
        }
    }
}
