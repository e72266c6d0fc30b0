/// Ethereum's trie: a map from bytes to bytes with one hash for all of it (Yellow Paper, appendix D).
///
/// Nodes live in one array and name each other by their place, so that the trie is a value and a
/// change allocates little. A node's hash is kept until something below it changes.
public struct MerklePatriciaTrie: Sendable {
    enum Node: Sendable {
        case free
        case leaf(path: [UInt8], value: [UInt8])
        case branching(path: [UInt8], child: Int)
        case branch(children: [Int], value: [UInt8])
    }

    /// The place that means that there is no node.
    static let none = -1

    var nodes: [Node] = []
    /// By place: the node's encoding if it is shorter than a hash, or its hash as RLP.
    var references: [[UInt8]?] = []
    private var unused: [Int] = []
    private var top = MerklePatriciaTrie.none
    private var known: Hash32? = .emptyTrie

    /// An empty trie.
    public init() {}

    /// The root, if nothing has changed since it was computed.
    var cachedRoot: Hash32? { known }

    /// Sets a value; an empty one removes.
    public mutating func set(_ key: [UInt8], _ value: [UInt8]) {
        guard !value.isEmpty else { return remove(key) }
        known = nil
        top = insert(NibblePath.nibbles(of: key)[...], value, at: top)
    }

    /// Removes a key, if it is there.
    public mutating func remove(_ key: [UInt8]) {
        known = nil
        top = delete(NibblePath.nibbles(of: key)[...], at: top)
    }

    /// A key's value, or `nil`.
    public func value(_ key: [UInt8]) -> [UInt8]? {
        var rest = NibblePath.nibbles(of: key)[...]
        var place = top
        while place != Self.none {
            switch nodes[place] {
            case .free: return nil
            case .leaf(let path, let value): return rest.elementsEqual(path) ? value : nil
            case .branching(let path, let child):
                guard rest.starts(with: path) else { return nil }
                rest = rest.dropFirst(path.count)
                place = child
            case .branch(let children, let value):
                guard let nibble = rest.popFirst() else { return value.isEmpty ? nil : value }
                place = children[Int(nibble)]
            }
        }
        return nil
    }

    /// The hash of everything.
    public mutating func root() -> Hash32 {
        if let known { return known }
        var root = Hash32.emptyTrie
        if top != Self.none {
            _ = reference(top)
            root = Keccak256.hash(encoding(top))
        }
        known = root
        return root
    }

    /// The nodes from the root to a key, or to where it would be, each encoded; those shorter than
    /// 32 bytes stand inside their parents (the form of `eth_getProof`).
    public mutating func proof(of key: [UInt8]) -> [[UInt8]] {
        _ = root()
        var rest = NibblePath.nibbles(of: key)[...]
        var place = top
        var proof: [[UInt8]] = []
        while place != Self.none {
            let encoded = encoding(place)
            if proof.isEmpty || encoded.count >= 32 { proof.append(encoded) }
            switch nodes[place] {
            case .free, .leaf: return proof
            case .branching(let path, let child):
                guard rest.starts(with: path) else { return proof }
                rest = rest.dropFirst(path.count)
                place = child
            case .branch(let children, _):
                guard let nibble = rest.popFirst() else { return proof }
                place = children[Int(nibble)]
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

    private mutating func free(_ place: Int) {
        nodes[place] = .free
        references[place] = nil
        unused.append(place)
    }

    private mutating func change(_ place: Int, to node: Node) -> Int {
        nodes[place] = node
        references[place] = nil
        return place
    }

    // MARK: Insertion

    private mutating func insert(_ rest: ArraySlice<UInt8>, _ value: [UInt8], at place: Int) -> Int
    {
        guard place != Self.none else { return make(.leaf(path: Array(rest), value: value)) }
        switch nodes[place] {
        case .free: return make(.leaf(path: Array(rest), value: value))
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
                let next = insert(rest.dropFirst(shared), value, at: child)
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
            let next = insert(rest.dropFirst(), value, at: children[Int(nibble)])
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

    private mutating func delete(_ rest: ArraySlice<UInt8>, at place: Int) -> Int {
        guard place != Self.none else { return place }
        switch nodes[place] {
        case .free: return Self.none
        case .leaf(let path, _):
            guard rest.elementsEqual(path) else { return place }
            free(place)
            return Self.none
        case .branching(let path, let child):
            guard rest.starts(with: path) else { return place }
            let next = delete(rest.dropFirst(path.count), at: child)
            return join(place, path, next)
        case .branch(var children, var own):
            if let nibble = rest.first {
                let old = children[Int(nibble)]
                guard old != Self.none else { return place }
                let next = delete(rest.dropFirst(), at: old)
                children[Int(nibble)] = next
            } else {
                own = []
            }
            return collapse(place, children, own)
        }
    }

    /// A path over a node, which is merged with that node if it has a path itself.
    private mutating func join(_ place: Int, _ path: [UInt8], _ child: Int) -> Int {
        guard child != Self.none else {
            free(place)
            return Self.none
        }
        switch nodes[child] {
        case .leaf(let below, let value):
            free(child)
            return change(place, to: .leaf(path: path + below, value: value))
        case .branching(let below, let next):
            free(child)
            return change(place, to: .branching(path: path + below, child: next))
        default: return change(place, to: .branching(path: path, child: child))
        }
    }

    /// A branch that may have become superfluous.
    private mutating func collapse(_ place: Int, _ children: [Int], _ own: [UInt8]) -> Int {
        let left = children.indices.filter { children[$0] != Self.none }
        if left.isEmpty {
            if own.isEmpty {
                free(place)
                return Self.none
            }
            return change(place, to: .leaf(path: [], value: own))
        }
        if left.count == 1, own.isEmpty {
            return join(place, [UInt8(truncatingIfNeeded: left[0])], children[left[0]])
        }
        return change(place, to: .branch(children: children, value: own))
    }

    // MARK: Hashing

    /// How a parent names a node: its encoding if that is short, else its hash.
    private mutating func reference(_ place: Int) -> [UInt8] {
        if let known = references[place] { return known }
        switch nodes[place] {
        case .branching(_, let child): _ = reference(child)
        case .branch(let children, _):
            for child in children where child != Self.none { _ = reference(child) }
        default: break
        }
        let encoded = encoding(place)
        let reference = encoded.count < 32 ? encoded : [0xa0] + Keccak256.hash(encoded).bytes
        references[place] = reference
        return reference
    }

    /// The encoding of a node whose children have references.
    private func encoding(_ place: Int) -> [UInt8] {
        var writer = RLPWriter()
        writer.list { list in
            switch nodes[place] {
            case .free: break
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
