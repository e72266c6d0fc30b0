/// Checks proofs of Merkle-Patricia tries (EIP-1186) against a root that is trusted.
///
/// Reads nothing but the proof and believes none of it: every node's hash must be the one that its
/// parent, or the root, names.
public enum ProofCheck {
    /// Why a proof proves nothing.
    public enum Fault: Error, Hashable, Sendable {
        /// A node is missing or is not the one whose hash was named.
        case wrongNode(depth: Int)
        /// A node that is no node.
        case malformed(depth: Int)
        /// Nodes behind the end.
        case surplus
    }

    /// The value of a key; `nil` where the proof shows that there is none.
    ///
    /// - Parameters:
    ///   - key: As the trie has it: for accounts and slots the hash of address or slot.
    ///   - proof: Nodes from the root on; those below 32 bytes stand inside their parents.
    public static func value(
        of key: [UInt8], root: Hash32, proof: [[UInt8]]
    ) throws(Fault) -> [UInt8]? {
        if root == .emptyTrie {
            guard proof.isEmpty else { throw .surplus }
            return nil
        }
        var rest = key.flatMap { [$0 >> 4, $0 & 15] }[...]
        var expected = root
        var depth = 0
        while true {
            guard depth < proof.count, Keccak256.hash(proof[depth]) == expected else {
                throw .wrongNode(depth: depth)
            }
            let step: Step
            do throws(RLPError) {
                var reader = RLPReader(proof[depth])
                let list = try reader.list()
                try reader.finish()
                step = try follow(list, &rest)
            } catch {
                throw .malformed(depth: depth)
            }
            depth += 1
            switch step {
            case .next(let hash): expected = hash
            case .end(let value):
                guard depth == proof.count else { throw .surplus }
                return value
            }
        }
    }

    private enum Step {
        case next(Hash32)
        case end([UInt8]?)
    }

    /// Goes from a node to a child that stands outside of it, or to the end.
    private static func follow(
        _ node: RLPReader, _ rest: inout ArraySlice<UInt8>
    ) throws(RLPError) -> Step {
        var node = node
        while true {
            var items: [RLPReader.Item] = []
            while !node.isAtEnd, items.count < 18 { items.append(try node.next()) }
            let child: RLPReader.Item
            if items.count == 17 {
                guard let nibble = rest.popFirst() else {
                    return .end(try string(items[16]).nonEmpty)
                }
                child = items[Int(nibble)]
            } else {
                guard items.count == 2 else { throw .unexpectedKind }
                let (nibbles, isLeaf) = try Self.path(string(items[0]))
                guard rest.starts(with: nibbles) else { return .end(nil) }
                rest = rest.dropFirst(nibbles.count)
                if isLeaf { return .end(rest.isEmpty ? try string(items[1]) : nil) }
                child = items[1]
            }
            switch child {
            case .list(let inner): node = inner
            case .string(let bytes):
                if bytes.isEmpty { return .end(nil) }
                guard let hash = Hash32(bytes) else {
                    throw .width(expected: 32, found: bytes.count)
                }
                return .next(hash)
            }
        }
    }

    private static func string(_ item: RLPReader.Item) throws(RLPError) -> [UInt8] {
        guard case .string(let bytes) = item else { throw .unexpectedKind }
        return Array(bytes)
    }

    /// Yellow Paper, appendix C: the first nibble says whether it is a leaf, and whether the count is
    /// odd.
    private static func path(_ bytes: [UInt8]) throws(RLPError) -> (nibbles: [UInt8], isLeaf: Bool)
    {
        guard let first = bytes.first, first >> 4 < 4 else { throw .unexpectedKind }
        var nibbles: [UInt8] = first & 0x10 == 0 ? [] : [first & 15]
        for byte in bytes.dropFirst() { nibbles += [byte >> 4, byte & 15] }
        return (nibbles, first & 0x20 != 0)
    }
}

extension AccountProof {
    /// Whether account and slots are as a state's root says.
    public func check(against stateRoot: Hash32) throws(ProofCheck.Fault) -> Bool {
        let found = try ProofCheck.value(
            of: Keccak256.hash(address.bytes).bytes, root: stateRoot, proof: proof)
        let isAbsent = account.isEmpty && storageRoot == .emptyTrie
        guard found == (isAbsent ? nil : account.encoded(storageRoot: storageRoot)) else {
            return false
        }
        for slot in slots {
            let found = try ProofCheck.value(
                of: Keccak256.hash(slot.key.bytes).bytes, root: storageRoot, proof: slot.proof)
            var writer = RLPWriter()
            writer.write(slot.value)
            guard found == (slot.value.isZero ? nil : writer.bytes) else { return false }
        }
        return true
    }
}

extension [UInt8] {
    fileprivate var nonEmpty: [UInt8]? { isEmpty ? nil : self }
}
