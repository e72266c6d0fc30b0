extension MerklePatriciaTrie {
    /// Fetches a node that is not here yet. What is not found stays as it is, and is remembered.
    mutating func load(_ place: Int, at key: [UInt8], _ depth: Int) {
        guard case .stored = nodes[place] else { return }
        let path = NodePath(key.prefix(depth))
        guard let encoded = loader?(path) else {
            missing = missing ?? path
            return
        }
        if let branch = branchOfHashes(encoded) {
            nodes[place] = branch
        } else if let node = try? TrieNode(decoding: encoded) {
            nodes[place] = adopt(node)
        } else {
            missing = missing ?? path
        }
    }

    /// Most nodes that are read: a branch that has no value and names its children by hashes. `nil`
    /// for anything else, which the reader of all kinds then looks at.
    private mutating func branchOfHashes(_ encoded: [UInt8]) -> Node? {
        encoded.withUnsafeBytes { bytes -> Node? in
            let header = bytes.count > 258 ? 3 : 2
            guard bytes.count >= 2 + 2 * 33 else { return nil }
            let length = bytes.count - header
            guard
                header == 3
                    ? bytes[0] == 0xf9 && Int(bytes[1]) << 8 | Int(bytes[2]) == length
                    : bytes[0] == 0xf8 && Int(bytes[1]) == length,
                bytes[bytes.count - 1] == 0x80
            else { return nil }
            // Looked at whole before anything is made of it.
            var at = header
            for _ in 0..<16 {
                guard at < bytes.count, bytes[at] == 0x80 || bytes[at] == 0xa0 else { return nil }
                at += bytes[at] == 0x80 ? 1 : 33
            }
            guard at == bytes.count - 1, let base = bytes.bindMemory(to: UInt8.self).baseAddress
            else { return nil }
            var children = TrieChildren()
            at = header
            for nibble in 0..<16 {
                guard bytes[at] == 0xa0 else {
                    at += 1
                    continue
                }
                let place = make(.stored)
                references[place] = TrieReference(
                    hash: Hash32(word: UInt256(loading: base + at + 1)))
                children[nibble] = place
                at += 33
            }
            return .branch(children: children, value: [])
        }
    }

    /// A node of a decoded one; short nodes that stand inside it get places of their own.
    private mutating func adopt(_ node: TrieNode) -> Node {
        switch node {
        case .leaf(let path, let value): return .leaf(path: path, value: value)
        case .branching(let path, let child):
            return .branching(path: path, child: adopt(child))
        case .branch(let children, let value):
            var places = TrieChildren()
            for (index, child) in children.enumerated() {
                if let child { places[index] = adopt(child) }
            }
            return .branch(children: places, value: value)
        }
    }

    private mutating func adopt(_ child: TrieNode.Child) -> Int {
        switch child {
        case .hashed(let hash):
            let place = make(.stored)
            references[place] = TrieReference(hash: hash)
            return place
        case .embedded(let node, let encoded):
            let node = adopt(node)
            let place = make(node)
            references[place] = TrieReference(embedded: encoded[...])
            return place
        }
    }
}
