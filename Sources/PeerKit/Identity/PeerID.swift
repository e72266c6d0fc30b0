/// Why bytes or a text are not a peer ID.
public enum PeerIDError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes are not a multihash.
    case malformedMultihash(MultihashError)
    /// A hash that peer IDs do not use: neither SHA2-256 nor a whole key of at most 42 bytes.
    case unsuitableMultihash(code: UInt64, digestByteCount: Int)
    /// The text is neither base58 nor a CID.
    case malformedText(BaseEncodingError)
    /// The text begins like a CID and is none.
    case malformedCID(CIDError)
    /// A CID of something that is not a libp2p key.
    case notAKey(codec: UInt64)

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .malformedMultihash(let error): "not a peer ID: \(error)"
        case .unsuitableMultihash(let code, let digestByteCount):
            "not a peer ID: multihash of code \(code) with \(digestByteCount) bytes"
        case .malformedText(let error): "not a peer ID: \(error)"
        case .malformedCID(let error): "not a peer ID: \(error)"
        case .notAKey(let codec): "not a peer ID: a CID of codec \(codec), not of a libp2p key"
        }
    }
}

/// The name of a peer: the multihash of its public key.
///
/// Short keys (Ed25519) are contained whole, so that ``publicKey`` gives them back.
/// Source: https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md
public struct PeerID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The binary form, a multihash.
    public let bytes: [UInt8]

    /// All bytes in one step: an array by itself feeds the hasher one byte after another, and nearly
    /// every table of a node is keyed by peers.
    public func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// The peer ID of the holder of `publicKey`.
    public init(publicKey: PublicKey) {
        let encoded = publicKey.protobuf
        // The length fits one byte of varint, as does the code of the identity hash.
        bytes =
            encoded.count <= IdentityLimits.maximumInlineKeyByteCount
            ? [UInt8(Multihash.Code.identity.rawValue), UInt8(encoded.count)] + encoded
            : Multihash.sha256(of: encoded).bytes
    }

    /// Decodes the binary form.
    public init(bytes: [UInt8]) throws(PeerIDError) {
        let multihash: Multihash
        do {
            multihash = try Multihash(bytes: bytes)
        } catch {
            throw .malformedMultihash(error)
        }
        try self.init(multihash)
    }

    private init(_ multihash: Multihash) throws(PeerIDError) {
        let isSuitable =
            switch multihash.code {
            // A hash of no bytes at all is the SHA2-256 or the identity of no key.
            case .identity:
                (1...IdentityLimits.maximumInlineKeyByteCount).contains(multihash.digest.count)
            case .sha256: true
            default: false
            }
        guard isSuitable else {
            throw .unsuitableMultihash(
                code: multihash.code.rawValue, digestByteCount: multihash.digest.count)
        }
        bytes = multihash.bytes
    }

    /// Decodes text: base58 ("12D3Koo…", "Qm…") or a CID of a libp2p key ("bafz…").
    ///
    /// - Note: The rule of the specification: what begins with "1" or "Qm" is base58, all else
    ///   a CID.
    public init(_ text: String) throws(PeerIDError) {
        if text.hasPrefix("1") || text.hasPrefix("Qm") {
            let bytes: [UInt8]
            do {
                bytes = try Base58.decode(text)
            } catch {
                throw .malformedText(error)
            }
            try self.init(bytes: bytes)
            return
        }
        let cid: CID
        do {
            cid = try CID(text)
        } catch {
            throw .malformedCID(error)
        }
        guard cid.codec == .libp2pKey else { throw .notAKey(codec: cid.codec.rawValue) }
        try self.init(cid.multihash)
    }

    /// The public key, when the peer ID holds it: `nil` for hashed keys and for IDs whose bytes
    /// are no key.
    public var publicKey: PublicKey? {
        guard bytes.first == UInt8(Multihash.Code.identity.rawValue) else { return nil }
        return try? PublicKey(protobuf: Array(bytes.dropFirst(2)))
    }

    /// The peer ID as a CID of version 1 in base32, "bafz…".
    public var cidText: String {
        Multibase.base32.encode([1, UInt8(CID.Codec.libp2pKey.rawValue)] + bytes)
    }

    /// Base58, the form that people see.
    public var description: String { Base58.encode(bytes) }

    /// The last eight characters of ``description``: peer IDs of one kind all begin alike.
    public var shortDescription: String { String(description.suffix(8)) }

    /// Orders peer IDs by their bytes.
    public static func < (lhs: PeerID, rhs: PeerID) -> Bool {
        lhs.bytes.lexicographicallyPrecedes(rhs.bytes)
    }
}

extension PeerID: Codable {
    /// Decodes the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(try container.decode(String.self))
        } catch let error as PeerIDError {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: error.description)
        }
    }

    /// Encodes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
