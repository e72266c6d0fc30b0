/// Finds where in a list a word stands, for lists that only grow: storage slots in the order of access.
///
/// Open addressing over places instead of a dictionary: the words stay in the list, and hashing four
/// limbs takes two multiplications. Their factors are secret to the process, because whoever writes a
/// contract chooses the words.
struct WordIndex {
    /// A place + 1, or 0 for nothing; a power of 2 of them, at most three quarters in use.
    private var cells: [UInt32] = []
    private var count = 0

    private static let secret = Secret()

    private struct Secret {
        let a, b, c, d, e: UInt64

        /// From the seed that the process's hash tables have.
        init() {
            func word(_ index: Int) -> UInt64 {
                var hasher = Hasher()
                hasher.combine(index)
                return UInt64(bitPattern: Int64(hasher.finalize()))
            }
            (a, b, c, d, e) = (word(0), word(1), word(2), word(3), word(4) | 1)
        }
    }

    @inline(__always)
    private static func hash(_ word: UInt256) -> UInt64 {
        @inline(__always)
        func folded(_ x: UInt64, _ y: UInt64) -> UInt64 {
            let product = x.multipliedFullWidth(by: y)
            return product.high ^ product.low
        }
        let secret = secret
        let low = folded(word.w0 ^ secret.a, word.w1 ^ secret.b)
        let high = folded(word.w2 ^ secret.c, word.w3 ^ secret.d)
        return folded(low ^ high.byteSwapped, secret.e)
    }

    /// The place of a word, if it has one.
    ///
    /// - Parameter wordAt: The word at a place of the list.
    @inline(__always)
    func place(of word: UInt256, wordAt: (Int) -> UInt256) -> Int? {
        if cells.isEmpty { return nil }
        let mask = cells.count &- 1
        var cell = Int(truncatingIfNeeded: Self.hash(word)) & mask
        while cells[cell] != 0 {
            let place = Int(cells[cell]) &- 1
            if wordAt(place) == word { return place }
            cell = (cell &+ 1) & mask
        }
        return nil
    }

    /// Notes the word at the list's end, which is not here yet.
    mutating func append(_ word: UInt256, wordAt: (Int) -> UInt256) {
        if (count + 1) * 4 > cells.count * 3 {
            cells = [UInt32](repeating: 0, count: max(8, cells.count * 4))
            for place in 0..<count { enter(wordAt(place), place) }
        }
        enter(word, count)
        count += 1
    }

    private mutating func enter(_ word: UInt256, _ place: Int) {
        let mask = cells.count &- 1
        var cell = Int(truncatingIfNeeded: Self.hash(word)) & mask
        while cells[cell] != 0 { cell = (cell &+ 1) & mask }
        cells[cell] = UInt32(place) + 1
    }
}
