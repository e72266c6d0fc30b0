extension MerklePatriciaTrie {
    /// Fetches a node that is not here yet. What is not found stays as it is, and is remembered.
    mutating func load(_ place: Int, at key: [UInt8], _ depth: Int) {
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
}
