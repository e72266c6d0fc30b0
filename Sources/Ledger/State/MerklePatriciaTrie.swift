/// Ethereum's trie: a map from bytes to bytes with one hash for all of it (Yellow Paper, appendix D).
///
/// Nodes live in one array and name each other by their place, so that the trie is a value and a
/// change allocates little. A node's hash is kept until something below it changes.
///
/// A trie may be held elsewhere, by the paths of its nodes: then only what is on the way to a key is
/// loaded, and ``takeUpdates()`` says what has to be written.
public struct MerklePatriciaTrie: Sendable {
    enum Node: Sendable {
        case free
        /// Not loaded; what is known is the reference.
        case stored
        case leaf(path: [UInt8], value: [UInt8])
        case branching(path: [UInt8], child: Int)
        case branch(children: TrieChildren, value: [UInt8])
    }

    /// Finds the encoding of a node by its path.
    typealias Loader = @Sendable (NodePath) -> [UInt8]?

    /// The place that means that there is no node.
    static let none = -1

    var nodes: [Node] = []
    /// By place: what a parent calls the node.
    var references: [TrieReference] = []
    var unused: [Int] = []
    var top = MerklePatriciaTrie.none
    var known: Hash32? = .emptyTrie

    var loader: Loader?
    /// By path: what a node has become, `nil` if it is gone. Only kept with a loader.
    var updates: [NodePath: [UInt8]?] = [:]
    /// The first node that should have been there and was not, or was no node.
    var missing: NodePath?

    /// An empty trie.
    public init() {}

    /// A trie that is held elsewhere.
    init(root: Hash32, loader: @escaping Loader) {
        self.loader = loader
        known = root
        guard root != .emptyTrie else { return }
        top = make(.stored)
        references[top] = TrieReference(hash: root)
    }

    /// The root, if nothing has changed since it was computed.
    var cachedRoot: Hash32? { known }

    /// Nodes that have to be written (or removed, `nil`) where the trie is held, since the last time.
    /// The root must have been computed after the last change.
    mutating func takeUpdates() -> [NodePath: [UInt8]?] {
        defer { updates = [:] }
        return updates
    }

    /// Sets a value; an empty one removes.
    public mutating func set(_ key: [UInt8], _ value: [UInt8]) {
        guard !value.isEmpty else { return remove(key) }
        known = nil
        top = insert(NibblePath.nibbles(of: key), 0, value, at: top)
    }

    /// Removes a key, if it is there.
    public mutating func remove(_ key: [UInt8]) {
        known = nil
        top = delete(NibblePath.nibbles(of: key), 0, at: top)
    }

    /// A key's value, or `nil`.
    public mutating func value(_ key: [UInt8]) -> [UInt8]? {
        let key = NibblePath.nibbles(of: key)
        var depth = 0
        var place = top
        while place != Self.none {
            load(place, at: key, depth)
            switch nodes[place] {
            case .free, .stored: return nil
            case .leaf(let path, let value):
                return key[depth...].elementsEqual(path) ? value : nil
            case .branching(let path, let child):
                guard key[depth...].starts(with: path) else { return nil }
                depth += path.count
                place = child
            case .branch(let children, let value):
                guard depth < key.count else { return value.isEmpty ? nil : value }
                place = children[Int(key[depth])]
                depth += 1
            }
        }
        return nil
    }

    /// The hash of everything.
    public mutating func root() -> Hash32 {
        if let known { return known }
        var root = Hash32.emptyTrie
        if top != Self.none {
            if !references[top].isKnown { prepare(top, NodePath()) }
            let encoded = encoding(top)
            root = Keccak256.hash(encoded)
            // The root is found by its path, however short it is.
            if loader != nil { updates[NodePath()] = encoded }
        }
        known = root
        return root
    }

    /// The nodes from the root to a key, or to where it would be, each encoded; those shorter than
    /// 32 bytes stand inside their parents (the form of `eth_getProof`).
    public mutating func proof(of key: [UInt8]) -> [[UInt8]] {
        _ = root()
        let key = NibblePath.nibbles(of: key)
        var depth = 0
        var place = top
        var proof: [[UInt8]] = []
        while place != Self.none {
            load(place, at: key, depth)
            let encoded = encoding(place)
            if proof.isEmpty || encoded.count >= 32 { proof.append(encoded) }
            switch nodes[place] {
            case .free, .stored, .leaf: return proof
            case .branching(let path, let child):
                guard key[depth...].starts(with: path) else { return proof }
                depth += path.count
                place = child
            case .branch(let children, _):
                guard depth < key.count else { return proof }
                place = children[Int(key[depth])]
                depth += 1
            }
        }
        return proof
    }

    // MARK: Nodes

    mutating func make(_ node: Node) -> Int {
        if let place = unused.popLast() {
            nodes[place] = node
            references[place] = .unknown
            return place
        }
        nodes.append(node)
        references.append(.unknown)
        return nodes.count - 1
    }

    mutating func free(_ place: Int, at key: [UInt8], _ depth: Int) {
        nodes[place] = .free
        references[place] = .unknown
        unused.append(place)
        if loader != nil { updates[NodePath(key.prefix(depth))] = .some(nil) }
    }

    mutating func change(_ place: Int, to node: Node) -> Int {
        nodes[place] = node
        references[place] = .unknown
        return place
    }

}
