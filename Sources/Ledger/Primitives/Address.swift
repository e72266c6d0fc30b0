/// The 20 bytes that name an account.
@frozen public struct Address: Hashable, Sendable {
    /// The first 4 bytes as a big-endian number.
    @usableFromInline let high: UInt32
    /// The next 8.
    @usableFromInline let middle: UInt64
    /// The last 8.
    @usableFromInline let low: UInt64

    /// The low 160 bits of a word, as the EVM reads addresses.
    @inlinable @inline(__always)
    public init(truncating word: UInt256) {
        high = UInt32(truncatingIfNeeded: word.w2)
        middle = word.w1
        low = word.w0
    }

    /// - Parameter bytes: Exactly 20; `nil` for any other length.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 20, let word = UInt256(bigEndian: bytes) else { return nil }
        self.init(truncating: word)
    }

    /// The address as a word, the upper 12 bytes zero.
    @inlinable @inline(__always)
    public var word: UInt256 { UInt256(low, middle, UInt64(high), 0) }

    /// The bytes, the most significant first.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 20) { buffer, count in
            store(to: UnsafeMutableRawBufferPointer(buffer))
            count = 20
        }
    }

    /// Writes the bytes to the start of a buffer of at least 20.
    func store(to buffer: UnsafeMutableRawBufferPointer) {
        buffer.storeBytes(of: high.bigEndian, as: UInt32.self)
        buffer.storeBytes(of: middle.bigEndian, toByteOffset: 4, as: UInt64.self)
        buffer.storeBytes(of: low.bigEndian, toByteOffset: 12, as: UInt64.self)
    }

    /// All zeros.
    public static let zero = Address(truncating: .zero)

    /// Where CREATE puts a contract: by its creator and the creator's nonce.
    public static func created(by creator: Address, nonce: UInt64) -> Address {
        var writer = RLPWriter()
        writer.list { list in
            list.write(creator.bytes)
            list.write(nonce)
        }
        return Address(truncating: Keccak256.hash(writer.bytes).word)
    }

    /// Where CREATE2 puts a contract (EIP-1014).
    public static func created(
        by creator: Address, salt: UInt256, initCodeHash: Hash32
    ) -> Address {
        let preimage = [0xff] + creator.bytes + salt.bytes + initCodeHash.bytes
        return Address(truncating: Keccak256.hash(preimage).word)
    }
}

extension Address: Comparable {
    /// The order of the bytes.
    public static func < (a: Address, b: Address) -> Bool { a.word < b.word }
}

extension Address: CustomStringConvertible {
    /// `0x` and 40 digits whose case is a checksum (EIP-55).
    public var description: String {
        let digits = Hexadecimal.digits(of: bytes)
        let hash = Keccak256.hash(Array(digits.utf8)).bytes
        var out = "0x"
        for (index, digit) in digits.enumerated() {
            let nibble = hash[index / 2] >> (index.isMultiple(of: 2) ? 4 : 0) & 15
            out += nibble >= 8 ? digit.uppercased() : String(digit)
        }
        return out
    }

    /// Reads 40 digits after an optional `0x`.
    ///
    /// Digits of one case carry no checksum; in mixed case it must hold (EIP-55).
    public init?(_ text: String) {
        guard let bytes = Hexadecimal.bytes(text), let address = Address(bytes) else { return nil }
        let digits = text.hasPrefix("0x") ? text.dropFirst(2) : text[...]
        if digits != digits.lowercased(), digits != digits.uppercased() {
            guard address.description.dropFirst(2) == digits else { return nil }
        }
        self = address
    }
}
