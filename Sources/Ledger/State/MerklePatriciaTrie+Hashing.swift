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
    func encoding(_ place: Int) -> [UInt8] {
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
