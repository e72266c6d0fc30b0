/// Why bytes or a text are not a content identifier.
public enum CIDError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A version other than 0 and 1.
    case unknownVersion(UInt64)
    /// The version or the codec is not a valid varint.
    case malformedVarInt(VarIntError)
    /// The hash inside is malformed.
    case malformedMultihash(MultihashError)
    /// The text is not valid in its base.
    case malformedText(BaseEncodingError)
    /// Version 0 holds a SHA2-256 hash only, and its text is base58 without prefix.
    case notVersion0

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .unknownVersion(let version): "CID version \(version) is not known"
        case .malformedVarInt(let error): "not a CID: \(error)"
        case .malformedMultihash(let error): "not a CID: \(error)"
        case .malformedText(let error): "not a CID: \(error)"
        case .notVersion0: "a CID of version 0 is a SHA2-256 hash, in text without prefix"
        }
    }
}

/// A content identifier: the hash of some content, and how to read that content.
///
/// Source: https://github.com/multiformats/cid
public struct CID: Hashable, Sendable, CustomStringConvertible {
    /// The layout of the identifier.
    public enum Version: UInt8, Sendable {
        /// A bare SHA2-256 multihash of dag-pb content.
        case v0 = 0
        /// Version, codec and multihash.
        case v1 = 1
    }

    /// How to read the content, by multicodec code.
    public struct Codec: RawRepresentable, Hashable, Sendable {
        /// The multicodec code.
        public let rawValue: UInt64

        /// The codec with the given multicodec code.
        public init(rawValue: UInt64) { self.rawValue = rawValue }

        /// Plain bytes.
        public static let raw = Codec(rawValue: 0x55)
        /// Merkle DAG in protocol buffers.
        public static let dagPB = Codec(rawValue: 0x70)
        /// Merkle DAG in CBOR.
        public static let dagCBOR = Codec(rawValue: 0x71)
        /// A libp2p public key: the codec of peer IDs written as CIDs.
        public static let libp2pKey = Codec(rawValue: 0x72)
    }

    /// The layout of the identifier.
    public let version: Version
    /// How to read the content.
    public let codec: Codec
    /// The hash of the content.
    public let multihash: Multihash

    /// An identifier of version 1. `codec` must be a varint (below 2^63).
    public init(codec: Codec, multihash: Multihash) {
        precondition(codec.rawValue <= VarInt.maximumValue, "no codec \(codec.rawValue)")
        self.init(version: .v1, codec: codec, multihash: multihash)
    }

    /// An identifier of version 0.
    ///
    /// - Throws: ``CIDError/notVersion0`` when the hash is not SHA2-256.
    public init(version0 multihash: Multihash) throws(CIDError) {
        guard multihash.code == .sha256 else { throw .notVersion0 }
        self.init(version: .v0, codec: .dagPB, multihash: multihash)
    }

    private init(version: Version, codec: Codec, multihash: Multihash) {
        self.version = version
        self.codec = codec
        self.multihash = multihash
    }

    /// Decodes an identifier that fills `bytes` entirely.
    public init(bytes: [UInt8]) throws(CIDError) {
        // The specification tells the versions apart by these two bytes and the length.
        if bytes.count == 34, bytes.starts(with: [0x12, 0x20]) {
            try self.init(version0: CID.multihash(bytes))
            return
        }
        var rest = bytes[...]
        let version = try CID.varInt(&rest)
        guard version == 1 else { throw .unknownVersion(version) }
        let codec = try CID.varInt(&rest)
        self.init(codec: Codec(rawValue: codec), multihash: try CID.multihash(Array(rest)))
    }

    /// Decodes a text: base58 without prefix for version 0, any multibase for version 1.
    public init(_ text: String) throws(CIDError) {
        let isVersion0 = text.utf8.count == 46 && text.hasPrefix("Qm")
        let bytes: [UInt8]
        do {
            bytes = isVersion0 ? try Base58.decode(text) : try Multibase.decode(text).bytes
        } catch {
            throw .malformedText(error)
        }
        try self.init(bytes: bytes)
        // A version 0 identifier behind a multibase prefix is forbidden.
        guard isVersion0 == (version == .v0) else { throw .notVersion0 }
    }

    private static func varInt(_ bytes: inout ArraySlice<UInt8>) throws(CIDError) -> UInt64 {
        do {
            return try VarInt.decode(&bytes)
        } catch {
            throw .malformedVarInt(error)
        }
    }

    private static func multihash(_ bytes: [UInt8]) throws(CIDError) -> Multihash {
        do {
            return try Multihash(bytes: bytes)
        } catch {
            throw .malformedMultihash(error)
        }
    }

    /// The binary form.
    public var bytes: [UInt8] {
        switch version {
        case .v0: multihash.bytes
        case .v1: [1] + VarInt.encode(codec.rawValue) + multihash.bytes
        }
    }

    /// The text in the given base; version 0 is always base58 without prefix.
    public func text(in base: Multibase = .base32) -> String {
        switch version {
        case .v0: Base58.encode(bytes)
        case .v1: base.encode(bytes)
        }
    }

    /// The text form.
    public var description: String { text() }
}
