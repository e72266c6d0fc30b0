extension MerklePatriciaTrie {
    /// Sees to it that the children of a node, whose own reference is not known, have theirs.
    mutating func prepare(_ place: Int, _ path: NodePath) {
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
        if !references[place].isKnown { refer(to: place, path.appending(nibble)) }
    }

    /// Computes how a parent names a node.
    private mutating func refer(to place: Int, _ path: NodePath) {
        guard !references[place].isKnown else { return }
        prepare(place, path)
        let encoded = encoding(place)
        let reference = TrieReference(naming: encoded)
        references[place] = reference
        if loader != nil { updates[path] = .some(reference.isEmbedded ? nil : encoded) }
    }

    /// The encoding of a node whose children have references.
    func encoding(_ place: Int) -> [UInt8] {
        var writer = RLPWriter()
        switch nodes[place] {
        case .free, .stored: writer.list { _ in }
        case .leaf(let path, let value): writer.writeLeaf(path, value)
        case .branching(let path, let child): writer.writeBranching(path, references[child])
        case .branch(let children, let value):
            writer.writeBranch(value) { nibble in
                let child = children[nibble]
                return child == Self.none ? .unknown : references[child]
            }
        }
        return writer.bytes
    }
}

/// The three kinds of nodes (Yellow Paper, appendix D).
extension RLPWriter {
    /// A value with what is left of its key.
    mutating func writeLeaf(_ path: some RandomAccessCollection<UInt8>, _ value: [UInt8]) {
        reserve(path.count / 2 + value.count + 8)
        list { list in
            list.write(NibblePath.compact(path, isLeaf: true))
            list.write(value)
        }
    }

    /// A path that several keys share, and the node at its end.
    mutating func writeBranching(
        _ path: some RandomAccessCollection<UInt8>, _ child: TrieReference
    ) {
        list { list in
            list.write(NibblePath.compact(path, isLeaf: false))
            child.write(to: &list)
        }
    }

    /// Sixteen children, and a value that ends here.
    mutating func writeBranch(_ value: [UInt8], _ child: (Int) -> TrieReference) {
        // Sixteen hashes and the two headers.
        reserve(16 * 33 + 4 + value.count)
        list { list in
            for nibble in 0..<16 { child(nibble).write(to: &list) }
            list.write(value)
        }
    }
}
