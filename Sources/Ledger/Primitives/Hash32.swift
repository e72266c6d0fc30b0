/// 32 bytes that name something: a Keccak-256 digest, a state root, a block.
@frozen public struct Hash32: Hashable, Sendable {
    /// The bytes as a big-endian number.
    public var word: UInt256

    /// The 32 bytes of a number.
    @inlinable @inline(__always)
    public init(word: UInt256) { self.word = word }

    /// - Parameter bytes: Exactly 32; `nil` for any other length.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32, let word = UInt256(bigEndian: bytes) else { return nil }
        self.word = word
    }

    /// The bytes, the most significant first.
    public var bytes: [UInt8] { word.bytes }

    /// All zeros.
    public static let zero = Hash32(word: .zero)
    /// Keccak-256 of nothing: the code hash of an account without code.
    public static let emptyCode = Keccak256.hash([])
    /// Keccak-256 of RLP's empty string: the root of an empty trie.
    public static let emptyTrie = Keccak256.hash([0x80])
}

extension Hash32: CustomStringConvertible {
    /// `0x` and 64 lower-case digits.
    public var description: String { Hexadecimal.data(bytes) }

    /// Reads 64 digits after an optional `0x`.
    public init?(_ text: String) {
        guard let bytes = Hexadecimal.bytes(text) else { return nil }
        self.init(bytes)
    }
}
