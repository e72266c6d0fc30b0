/// The root of a list: a trie from RLP of the index to the item (Yellow Paper, §4.4.3).
public enum ListTrie {
    /// The root of encoded items, by their indices.
    public static func root(of items: [[UInt8]]) -> Hash32 {
        guard !items.isEmpty else { return .emptyTrie }
        var trie = MerklePatriciaTrie()
        for (index, item) in items.enumerated() {
            var writer = RLPWriter()
            writer.write(UInt64(index))
            trie.set(writer.bytes, item)
        }
        return trie.root()
    }
}
