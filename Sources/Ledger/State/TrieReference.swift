/// How a parent names a node: by its hash, or by its encoding if that is shorter than a hash. Either
/// fits into a word, so that no reference takes memory of its own.
struct TrieReference: Sendable, Equatable {
    /// The hash, or the encoding from the highest byte on, zeros behind it.
    private var word: UInt256
    /// 32 for a hash, fewer for an encoding, 0 where neither is known yet.
    private var count: UInt8

    private init(_ word: UInt256, _ count: UInt8) {
        self.word = word
        self.count = count
    }

    /// Of a node that has changed since it was encoded.
    static let unknown = TrieReference(.zero, 0)

    init(hash: Hash32) { self.init(hash.word, 32) }

    /// Names a node by its encoding, which is hashed if it is long.
    init(naming encoding: [UInt8]) {
        if encoding.count < 32 {
            self.init(embedded: encoding[...])
        } else {
            self.init(hash: Keccak256.hash(encoding))
        }
    }

    /// - Parameter encoding: Of 1 to 31 bytes.
    init(embedded encoding: ArraySlice<UInt8>) {
        precondition((1..<32).contains(encoding.count), "\(encoding.count) bytes embedded")
        let number = UInt256(bigEndian: encoding) ?? .zero
        self.init(
            number << UInt64(8 * (32 - encoding.count)),
            UInt8(truncatingIfNeeded: encoding.count))
    }

    var isKnown: Bool { count != 0 }

    /// Whether the node stands inside of its parent.
    var isEmbedded: Bool { count != 0 && count < 32 }

    /// Writes what a parent has at this place; as if there were no node where it is not known.
    func write(to list: inout RLPWriter) {
        switch count {
        case 0: list.write(0 as UInt64)
        case 32: list.writeWord(word)
        default: list.writeEncoded(word.bytes.prefix(Int(count)))
        }
    }
}

/// The places of a branch's sixteen children, in the value itself.
struct TrieChildren: Sendable {
    private var places = InlineArray<16, Int32>(repeating: -1)

    /// A place, ``MerklePatriciaTrie/none`` where there is no child.
    subscript(nibble: Int) -> Int {
        get { Int(places[nibble]) }
        set { places[nibble] = Int32(truncatingIfNeeded: newValue) }
    }

    /// How many children there are, and the nibble of the last one.
    var left: (count: Int, last: Int) {
        var left = (count: 0, last: 0)
        for nibble in 0..<16 where places[nibble] >= 0 { left = (left.count + 1, nibble) }
        return left
    }
}
