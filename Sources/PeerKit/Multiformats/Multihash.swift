import Crypto

/// Why bytes are not a multihash.
public enum MultihashError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The code or the length is not a valid varint.
    case malformedVarInt(VarIntError)
    /// The digest has another length than the prefix or the hash function says.
    case wrongDigestLength(expected: Int, actual: Int)
    /// A digest longer than ``MultiformatsLimits/maximumDigestByteCount``.
    case digestTooLong(byteCount: UInt64, limit: Int)
    /// The text is not base58.
    case malformedText(BaseEncodingError)

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .malformedVarInt(let error): "not a multihash: \(error)"
        case .wrongDigestLength(let expected, let actual):
            "a digest of \(actual) bytes where \(expected) were expected"
        case .digestTooLong(let byteCount, let limit):
            "a digest of \(byteCount) bytes, allowed are \(limit)"
        case .malformedText(let error): "not base58: \(error)"
        }
    }
}

/// A digest that says which function made it.
///
/// Digests of functions that this package cannot compute are carried all the same, because
/// content keys of other peers use them.
/// Source: https://github.com/multiformats/multihash
public struct Multihash: Hashable, Sendable, CustomStringConvertible {
    /// A hash function, by its multicodec code.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The multicodec code.
        public let rawValue: UInt64

        /// The function with the given multicodec code.
        public init(rawValue: UInt64) { self.rawValue = rawValue }

        /// The digest is the data itself.
        public static let identity = Code(rawValue: 0x00)
        /// SHA2-256.
        public static let sha256 = Code(rawValue: 0x12)
    }

    /// The function that made the digest.
    public let code: Code
    /// The digest, at most ``MultiformatsLimits/maximumDigestByteCount`` bytes.
    public let digest: [UInt8]

    /// A multihash of the given parts.
    ///
    /// - Throws: When the digest is too long, or has not the length that SHA2-256 has.
    public init(code: Code, digest: [UInt8]) throws(MultihashError) {
        let limit = MultiformatsLimits.maximumDigestByteCount
        guard digest.count <= limit else {
            throw .digestTooLong(byteCount: UInt64(digest.count), limit: limit)
        }
        guard code != .sha256 || digest.count == SHA256.byteCount else {
            throw .wrongDigestLength(expected: SHA256.byteCount, actual: digest.count)
        }
        guard code.rawValue <= VarInt.maximumValue else { throw .malformedVarInt(.tooLong) }
        self.init(uncheckedCode: code, digest: digest)
    }

    private init(uncheckedCode code: Code, digest: [UInt8]) {
        self.code = code
        self.digest = digest
    }

    /// Decodes a multihash that fills `bytes` entirely.
    public init(bytes: [UInt8]) throws(MultihashError) {
        var rest = bytes[...]
        let code: UInt64
        let length: UInt64
        do {
            code = try VarInt.decode(&rest)
            length = try VarInt.decode(&rest)
        } catch {
            throw .malformedVarInt(error)
        }
        let limit = MultiformatsLimits.maximumDigestByteCount
        guard length <= UInt64(limit) else {
            throw .digestTooLong(byteCount: length, limit: limit)
        }
        guard rest.count == Int(length) else {
            throw .wrongDigestLength(expected: Int(length), actual: rest.count)
        }
        try self.init(code: Code(rawValue: code), digest: Array(rest))
    }

    /// Decodes base58 text.
    public init(base58 text: String) throws(MultihashError) {
        let bytes: [UInt8]
        do {
            bytes = try Base58.decode(text)
        } catch {
            throw .malformedText(error)
        }
        try self.init(bytes: bytes)
    }

    /// The SHA2-256 of `data`.
    public static func sha256(of data: [UInt8]) -> Multihash {
        Multihash(uncheckedCode: .sha256, digest: Array(SHA256.hash(data: data)))
    }

    /// Code, length and digest.
    public var bytes: [UInt8] {
        var bytes = VarInt.encode(code.rawValue)
        VarInt.append(UInt64(digest.count), to: &bytes)
        return bytes + digest
    }

    /// The bytes in base58.
    public var base58: String { Base58.encode(bytes) }

    /// The text form.
    public var description: String { base58 }
}
