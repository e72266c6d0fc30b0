/// The root of a list: a trie from RLP of the index to the item (Yellow Paper, §4.4.3).
public enum ListTrie {
    /// The root of encoded items, by their indices.
    public static func root(of items: [[UInt8]]) -> Hash32 {
        root(of: items.count) { items[$0] }
    }

    /// The root of as many encoded items, each asked for once, so that they need not all be there.
    static func root(of count: Int, item: @escaping (Int) -> [UInt8]) -> Hash32 {
        // By their first bytes: 1 to 127 stand for themselves, 0 is 0x80, then come lengths.
        let indices =
            Array(1..<max(1, min(count, 128))) + (count > 0 ? [0] : [])
            + Array(min(count, 128)..<count)
        let keys = indices.map { index in
            var writer = RLPWriter()
            writer.write(UInt64(index))
            return NodePath(NibblePath.nibbles(of: writer.bytes))
        }
        return SortedTrie(keys) { item(indices[$0]) }.root { _, _ in }
    }
}
