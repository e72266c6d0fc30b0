extension MerklePatriciaTrie {
    // MARK: Insertion

    mutating func insert(
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
            var children = TrieChildren()
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
            var children = TrieChildren()
            let below = path.dropFirst(shared + 1)
            children[Int(path[shared])] =
                below.isEmpty ? child : make(.branching(path: Array(below), child: child))
            return split(place, path.prefix(shared), rest.dropFirst(shared), value, children, [])
        case .branch(var children, let own):
            guard let nibble = rest.first else {
                return change(place, to: .branch(children: children, value: value))
            }
            let next = insert(key, depth + 1, value, at: children[Int(nibble)])
            children[Int(nibble)] = next
            return change(place, to: .branch(children: children, value: own))
        }
    }

    /// Puts a branch, perhaps under a shared path, where a node was, and a value into it.
    private mutating func split(
        _ place: Int, _ shared: ArraySlice<UInt8>, _ rest: ArraySlice<UInt8>, _ value: [UInt8],
        _ children: TrieChildren, _ own: [UInt8]
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

    mutating func delete(_ key: [UInt8], _ depth: Int, at place: Int) -> Int {
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
        _ place: Int, _ key: [UInt8], _ depth: Int, _ children: TrieChildren, _ own: [UInt8]
    ) -> Int {
        let left = children.left
        if left.count == 0 {
            if own.isEmpty {
                free(place, at: key, depth)
                return Self.none
            }
            return change(place, to: .leaf(path: [], value: own))
        }
        if left.count == 1, own.isEmpty {
            let nibble = UInt8(truncatingIfNeeded: left.last)
            return join(place, key, depth, [nibble], children[left.last])
        }
        return change(place, to: .branch(children: children, value: own))
    }
}
