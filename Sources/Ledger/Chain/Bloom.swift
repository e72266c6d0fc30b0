/// The 2048 bits by which a block is passed over in a search for logs (Yellow Paper, §4.3.1).
///
/// Each address and topic sets three bits; a search whose bits are not all set has no match here.
public struct Bloom: Hashable, Sendable {
    /// Always 256.
    public private(set) var bytes: [UInt8]

    /// How many bytes there are.
    public static let byteCount = 256

    /// No bits.
    public static let empty = Bloom()

    private init() { bytes = [UInt8](repeating: 0, count: Self.byteCount) }

    /// - Parameter bytes: Exactly 256; `nil` for any other length.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    /// The bits of some logs.
    public init(logs: [EVMLog]) {
        self = logs.isEmpty ? .empty : Bloom()
        for log in logs {
            insert(log.address.bytes)
            for topic in log.topics { insert(topic.bytes) }
        }
    }

    /// Sets the three bits of an address or a topic.
    public mutating func insert(_ item: [UInt8]) {
        for place in Self.places(of: item) { bytes[place.byte] |= place.mask }
    }

    /// Takes over all bits of another.
    public mutating func formUnion(_ other: Bloom) {
        for index in bytes.indices { bytes[index] |= other.bytes[index] }
    }

    /// Whether an address or topic may be among what was inserted; `false` is certain.
    public func mayContain(_ item: [UInt8]) -> Bool {
        Self.places(of: item).allSatisfy { bytes[$0.byte] & $0.mask != 0 }
    }

    /// Where a bit stands.
    struct Place: Hashable, Sendable {
        var byte: Int
        var mask: UInt8
    }

    /// The three bits of an item: the low 11 bits of the first three pairs of its hash's bytes.
    static func places(of item: [UInt8]) -> [Place] {
        let word = Keccak256.hash(item).word.w3
        return [48, 32, 16].map { (shift: UInt64) in
            let bit = Int(word >> shift & 0x7ff)
            return Place(byte: byteCount - 1 - bit / 8, mask: 1 << UInt8(bit % 8))
        }
    }
}
