/// A node of a trie as its encoding has it (Yellow Paper, appendix D).
indirect enum TrieNode: Sendable, Equatable {
    case leaf(path: [UInt8], value: [UInt8])
    case branching(path: [UInt8], child: Child)
    case branch(children: [Child?], value: [UInt8])

    /// A node below.
    enum Child: Sendable, Equatable {
        /// By its hash.
        case hashed(Hash32)
        /// Itself, as it is shorter than a hash; with its encoding.
        case embedded(TrieNode, [UInt8])
    }

    /// Reads a node and nothing after it.
    init(decoding bytes: [UInt8]) throws(RLPError) {
        var reader = RLPReader(bytes)
        self = try TrieNode(try reader.list(), depth: 0)
        try reader.finish()
    }

    /// Nodes inside of nodes are shorter each time, from 31 bytes on.
    private static let maximumDepth = 16

    private init(_ list: RLPReader, depth: Int) throws(RLPError) {
        guard depth < Self.maximumDepth else { throw .tooDeep(limit: Self.maximumDepth) }
        var list = list
        var items: [ArraySlice<UInt8>] = []
        while !list.isAtEnd, items.count < 18 { items.append(try list.nextEncoded()) }
        switch items.count {
        case 2:
            let (path, isLeaf) = try NibblePath.expand(Self.string(items[0]))
            if isLeaf {
                self = .leaf(path: path, value: Array(try Self.string(items[1])))
            } else {
                guard !path.isEmpty, let child = try Self.child(items[1], depth) else {
                    throw .unexpectedKind
                }
                self = .branching(path: path, child: child)
            }
        case 17:
            var children: [Child?] = []
            children.reserveCapacity(16)
            for item in items.prefix(16) { children.append(try Self.child(item, depth)) }
            self = .branch(children: children, value: Array(try Self.string(items[16])))
        default: throw .width(expected: 17, found: items.count)
        }
    }

    private static func string(_ item: ArraySlice<UInt8>) throws(RLPError) -> ArraySlice<UInt8> {
        var reader = RLPReader(item)
        return try reader.string()
    }

    private static func child(
        _ item: ArraySlice<UInt8>, _ depth: Int
    ) throws(RLPError) -> Child? {
        if item.count == 1, item.first == 0x80 { return nil }
        if item.count == 33, item.first == 0xa0, let hash = Hash32(item.dropFirst()) {
            return .hashed(hash)
        }
        var reader = RLPReader(item)
        return .embedded(try TrieNode(try reader.list(), depth: depth + 1), Array(item))
    }
}
