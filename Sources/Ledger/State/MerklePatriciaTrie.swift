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
        case branch(children: [Int], value: [UInt8])
    }

    /// Finds the encoding of a node by its path.
    typealias Loader = @Sendable (NodePath) -> [UInt8]?

    /// The place that means that there is no node.
    static let none = -1

    var nodes: [Node] = []
    /// By place: the node's encoding if it is shorter than a hash, or its hash as RLP.
    var references: [[UInt8]?] = []
    private var unused: [Int] = []
    private var top = MerklePatriciaTrie.none
    private var known: Hash32? = .emptyTrie

    private var loader: Loader?
    /// By path: what a node has become, `nil` if it is gone. Only kept with a loader.
    private var updates: [NodePath: [UInt8]?] = [:]
    /// The first node that should have been there and was not, or was no node.
    private(set) var missing: NodePath?

    /// An empty trie.
    public init() {}

    /// A trie that is held elsewhere.
    init(root: Hash32, loader: @escaping Loader) {
        self.loader = loader
        known = root
        guard root != .emptyTrie else { return }
        top = make(.stored)
        references[top] = [0xa0] + root.bytes
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
            if references[top] == nil { prepare(top, NodePath()) }
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

    private mutating func make(_ node: Node) -> Int {
        if let place = unused.popLast() {
            nodes[place] = node
            references[place] = nil
            return place
        }
        nodes.append(node)
        references.append(nil)
        return nodes.count - 1
    }

    private mutating func free(_ place: Int, at key: [UInt8], _ depth: Int) {
        nodes[place] = .free
        references[place] = nil
        unused.append(place)
        if loader != nil { updates[NodePath(key.prefix(depth))] = .some(nil) }
    }

    private mutating func change(_ place: Int, to node: Node) -> Int {
        nodes[place] = node
        references[place] = nil
        return place
    }

    // MARK: Loading

    /// Fetches a node that is not here yet. What is not found stays as it is, and is remembered.
    private mutating func load(_ place: Int, at key: [UInt8], _ depth: Int) {
        guard case .stored = nodes[place] else { return }
        let path = NodePath(key.prefix(depth))
        guard let encoded = loader?(path), let node = try? TrieNode(decoding: encoded) else {
            missing = missing ?? path
            return
        }
        nodes[place] = adopt(node)
    }

    /// A node of a decoded one; short nodes that stand inside it get places of their own.
    private mutating func adopt(_ node: TrieNode) -> Node {
        switch node {
        case .leaf(let path, let value): return .leaf(path: path, value: value)
        case .branching(let path, let child):
            return .branching(path: path, child: adopt(child))
        case .branch(let children, let value):
            var places = [Int](repeating: Self.none, count: 16)
            for (index, child) in children.enumerated() {
                if let child { places[index] = adopt(child) }
            }
            return .branch(children: places, value: value)
        }
    }

    private mutating func adopt(_ child: TrieNode.Child) -> Int {
        switch child {
        case .hashed(let reference):
            let place = make(.stored)
            references[place] = reference
            return place
        case .embedded(let node, let encoded):
            let node = adopt(node)
            let place = make(node)
            references[place] = encoded
            return place
        }
    }

    // MARK: Insertion

    private mutating func insert(
        _ key: [UInt8], _ depth: Int, _ value: [UInt8], at place: Int
    ) -> Int {
        guard place != Self.none else {
            return make(.leaf(path: Array(key[depth...]), value: value))
        }
        load(place, at: key, depth)
        let rest = key[depth...]
        switch nodes[place] {
        case .free: return make(.leaf(path: Array(rest), value: value))
        case .stored: return place
        case .leaf(let path, let old):
            if rest.elementsEqual(path) {
                return change(place, to: .leaf(path: path, value: value))
            }
            let shared = NibblePath.shared(rest, path)
            var children = [Int](repeating: Self.none, count: 16)
            var own: [UInt8] = []
            let tail = path.dropFirst(shared)
            if let nibble = tail.first {
                children[Int(nibble)] = make(.leaf(path: Array(tail.dropFirst()), value: old))
            } else {
                own = old
            }
            return split(place, path.prefix(shared), rest.dropFirst(shared), value, children, own)
        case .branching(let path, let child):
            let shared = NibblePath.shared(rest, path)
            if shared == path.count {
                let next = insert(key, depth + shared, value, at: child)
                return change(place, to: .branching(path: path, child: next))
            }
            var children = [Int](repeating: Self.none, count: 16)
            let below = path.dropFirst(shared + 1)
            children[Int(path[shared])] =
                below.isEmpty ? child : make(.branching(path: Array(below), child: child))
            return split(place, path.prefix(shared), rest.dropFirst(shared), value, children, [])
        case .branch(var children, let own):
            guard let nibble = rest.first else {
                return change(place, to: .branch(children: children, value: value))
            }
            nodes[place] = .free
            let next = insert(key, depth + 1, value, at: children[Int(nibble)])
            children[Int(nibble)] = next
            return change(place, to: .branch(children: children, value: own))
        }
    }

    /// Puts a branch, perhaps under a shared path, where a node was, and a value into it.
    private mutating func split(
        _ place: Int, _ shared: ArraySlice<UInt8>, _ rest: ArraySlice<UInt8>, _ value: [UInt8],
        _ children: [Int], _ own: [UInt8]
    ) -> Int {
        var children = children
        var own = own
        if let nibble = rest.first {
            children[Int(nibble)] = make(.leaf(path: Array(rest.dropFirst()), value: value))
        } else {
            own = value
        }
        let branch = Node.branch(children: children, value: own)
        if shared.isEmpty { return change(place, to: branch) }
        let below = make(branch)
        return change(place, to: .branching(path: Array(shared), child: below))
    }

    // MARK: Removal

    private mutating func delete(_ key: [UInt8], _ depth: Int, at place: Int) -> Int {
        guard place != Self.none else { return place }
        load(place, at: key, depth)
        let rest = key[depth...]
        switch nodes[place] {
        case .free: return Self.none
        case .stored: return place
        case .leaf(let path, _):
            guard rest.elementsEqual(path) else { return place }
            free(place, at: key, depth)
            return Self.none
        case .branching(let path, let child):
            guard rest.starts(with: path) else { return place }
            let next = delete(key, depth + path.count, at: child)
            return join(place, key, depth, path, next)
        case .branch(var children, var own):
            if let nibble = rest.first {
                let old = children[Int(nibble)]
                guard old != Self.none else { return place }
                let next = delete(key, depth + 1, at: old)
                children[Int(nibble)] = next
            } else {
                own = []
            }
            return collapse(place, key, depth, children, own)
        }
    }

    /// A path over a node, which is merged with that node if it has a path itself.
    private mutating func join(
        _ place: Int, _ key: [UInt8], _ depth: Int, _ path: [UInt8], _ child: Int
    ) -> Int {
        guard child != Self.none else {
            free(place, at: key, depth)
            return Self.none
        }
        let way = key.prefix(depth) + path
        load(child, at: Array(way), way.count)
        switch nodes[child] {
        case .leaf(let below, let value):
            free(child, at: Array(way), way.count)
            return change(place, to: .leaf(path: path + below, value: value))
        case .branching(let below, let next):
            free(child, at: Array(way), way.count)
            return change(place, to: .branching(path: path + below, child: next))
        default: return change(place, to: .branching(path: path, child: child))
        }
    }

    /// A branch that may have become superfluous.
    private mutating func collapse(
        _ place: Int, _ key: [UInt8], _ depth: Int, _ children: [Int], _ own: [UInt8]
    ) -> Int {
        let left = children.indices.filter { children[$0] != Self.none }
        if left.isEmpty {
            if own.isEmpty {
                free(place, at: key, depth)
                return Self.none
            }
            return change(place, to: .leaf(path: [], value: own))
        }
        if left.count == 1, own.isEmpty {
            let nibble = UInt8(truncatingIfNeeded: left[0])
            return join(place, key, depth, [nibble], children[left[0]])
        }
        return change(place, to: .branch(children: children, value: own))
    }

    // MARK: Hashing

    /// Sees to it that the children of a node, whose own reference is not known, have theirs.
    private mutating func prepare(_ place: Int, _ path: NodePath) {
        switch nodes[place] {
        case .branching(let below, let child):
            refer(to: child, path.appending(below))
        case .branch(let children, _):
            for nibble in 0..<16 where children[nibble] != Self.none {
                refer(to: children[nibble], path, UInt8(nibble))
            }
        default: break
        }
    }

    private mutating func refer(to place: Int, _ path: NodePath, _ nibble: UInt8) {
        if references[place] == nil { refer(to: place, path.appending(nibble)) }
    }

    /// Computes how a parent names a node: its encoding if that is short, else its hash.
    private mutating func refer(to place: Int, _ path: NodePath) {
        guard references[place] == nil else { return }
        prepare(place, path)
        let encoded = encoding(place)
        if encoded.count < 32 {
            references[place] = encoded
            if loader != nil { updates[path] = .some(nil) }
        } else {
            references[place] = Self.reference(Keccak256.hash(encoded))
            if loader != nil { updates[path] = encoded }
        }
    }

    /// A hash as RLP.
    private static func reference(_ hash: Hash32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 33) { buffer, count in
            buffer[0] = 0xa0
            if let base = buffer.baseAddress { hash.word.store(to: base + 1) }
            count = 33
        }
    }

    /// The encoding of a node whose children have references.
    private func encoding(_ place: Int) -> [UInt8] {
        var writer = RLPWriter()
        writer.list { list in
            switch nodes[place] {
            case .free, .stored: break
            case .leaf(let path, let value):
                list.write(NibblePath.compact(path, isLeaf: true))
                list.write(value)
            case .branching(let path, let child):
                list.write(NibblePath.compact(path, isLeaf: false))
                list.writeEncoded(references[child] ?? [])
            case .branch(let children, let value):
                for child in children {
                    list.writeEncoded(child == Self.none ? [0x80] : references[child] ?? [])
                }
                list.write(value)
            }
        }
        return writer.bytes
    }
}
