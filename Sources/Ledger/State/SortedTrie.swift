/// A trie built in one pass from all of its keys, as when a state begins or a list is named by a root.
///
/// Each node is made once, after those below it, and nothing of it is kept: what a large trie takes
/// is its keys. For a trie that changes, see ``MerklePatriciaTrie``.
struct SortedTrie {
    /// In order (``NodePath/<``), each once, none the beginning of another.
    private let keys: [NodePath]
    /// The value of the key at a place; not empty.
    private let value: (Int) -> [UInt8]

    /// - Parameters:
    ///   - keys: In ascending order, each once, none the beginning of another.
    ///   - value: Asked once for each place.
    init(_ keys: [NodePath], value: @escaping (Int) -> [UInt8]) {
        self.keys = keys
        self.value = value
    }

    /// The root, and on the way every node that stands by itself, those below a node before it.
    func root<Failure: Error>(
        emit: (NodePath, [UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> Hash32 {
        guard !keys.isEmpty else { return .emptyTrie }
        let encoded = try node(0..<keys.count, depth: 0, emit)
        // The root is found by its path, however short it is.
        try emit(NodePath(), encoded)
        return Keccak256.hash(encoded)
    }

    /// The node above a range of keys, all of which share their first nibbles.
    private func node<Failure: Error>(
        _ range: Range<Int>, depth: Int, _ emit: (NodePath, [UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> [UInt8] {
        let first = keys[range.lowerBound]
        var writer = RLPWriter()
        guard range.count > 1 else {
            writer.writeLeaf(first.nibbles(from: depth), value(range.lowerBound))
            return writer.bytes
        }
        // What the first and the last share, all between them share.
        let shared = Self.shared(first, keys[range.upperBound - 1])
        if shared > depth {
            let child = try reference(range, depth: shared, emit)
            writer.writeBranching(first.prefix(shared).nibbles(from: depth), child)
            return writer.bytes
        }
        var children = InlineArray<16, TrieReference>(repeating: .unknown)
        var start = range.lowerBound
        while start < range.upperBound {
            let nibble = keys[start][depth]
            let end = self.end(of: nibble, at: depth, in: start..<range.upperBound)
            children[Int(nibble)] = try reference(start..<end, depth: depth + 1, emit)
            start = end
        }
        writer.writeBranch([]) { children[$0] }
        return writer.bytes
    }

    private func reference<Failure: Error>(
        _ range: Range<Int>, depth: Int, _ emit: (NodePath, [UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> TrieReference {
        let encoded = try node(range, depth: depth, emit)
        let reference = TrieReference(naming: encoded)
        if !reference.isEmbedded { try emit(keys[range.lowerBound].prefix(depth), encoded) }
        return reference
    }

    /// Where the keys end that have a nibble at a depth; the first of the range has it.
    private func end(of nibble: UInt8, at depth: Int, in range: Range<Int>) -> Int {
        var (low, high) = (range.lowerBound + 1, range.upperBound)
        while low < high {
            let middle = low + (high - low) / 2
            if keys[middle][depth] == nibble { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func shared(_ a: NodePath, _ b: NodePath) -> Int {
        let difference = a.word ^ b.word
        return min((256 - difference.bitWidth) / 4, a.count, b.count)
    }
}
