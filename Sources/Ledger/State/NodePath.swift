/// The way from a trie's root to a node: up to 64 nibbles, in the value itself.
struct NodePath: Hashable, Sendable {
    /// The nibbles, the first in the highest place; zeros behind them.
    private(set) var word = UInt256.zero
    private(set) var count = 0

    /// The root's.
    init() {}

    /// The first nibbles of a key; those beyond 64 do not count, as no key here is that long.
    init(_ nibbles: some Collection<UInt8>) {
        for nibble in nibbles.prefix(64) { append(nibble) }
    }

    /// The nibbles of a word of 32 bytes.
    init(_ word: UInt256) {
        self.word = word
        count = 64
    }

    /// The nibble at a place below ``count``.
    subscript(place: Int) -> UInt8 {
        let limb =
            switch place >> 4 {
            case 0: word.w3
            case 1: word.w2
            case 2: word.w1
            default: word.w0
            }
        return UInt8(truncatingIfNeeded: limb &>> UInt64(60 - place % 16 * 4)) & 15
    }

    /// The first nibbles; all where there are not as many.
    func prefix(_ length: Int) -> NodePath {
        guard length < count else { return self }
        var path = NodePath()
        path.count = max(0, length)
        let rest = UInt64(256 - 4 * max(0, length))
        path.word = (word >> rest) << rest
        return path
    }

    /// The nibbles from a place on.
    func nibbles(from start: Int) -> [UInt8] {
        guard start < count else { return [] }
        return (start..<count).map { self[$0] }
    }

    mutating func append(_ nibble: UInt8) {
        guard count < 64 else { return }
        let shift = UInt64(60 - count % 16 * 4)
        let bits = UInt64(nibble & 15) << shift
        switch count / 16 {
        case 0: word.w3 |= bits
        case 1: word.w2 |= bits
        case 2: word.w1 |= bits
        default: word.w0 |= bits
        }
        count += 1
    }

    func appending(_ nibble: UInt8) -> NodePath {
        var path = self
        path.append(nibble)
        return path
    }

    func appending(_ nibbles: [UInt8]) -> NodePath {
        var path = self
        for nibble in nibbles { path.append(nibble) }
        return path
    }

    /// The nibbles two to a byte, and then how many there are: so that a node stands beside those
    /// below it, which change together.
    var bytes: [UInt8] {
        var bytes = Array(word.bytes.prefix((count + 1) / 2))
        bytes.append(UInt8(truncatingIfNeeded: count))
        return bytes
    }

    /// Reads ``bytes``.
    init?(bytes: ArraySlice<UInt8>) {
        guard let last = bytes.last, last <= 64, bytes.count == (Int(last) + 1) / 2 + 1 else {
            return nil
        }
        let packed = bytes.dropLast()
        word = UInt256(bigEndian: packed + [UInt8](repeating: 0, count: 32 - packed.count)) ?? 0
        count = Int(last)
    }
}
