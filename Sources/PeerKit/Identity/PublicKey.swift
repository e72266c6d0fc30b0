import FoundationEssentials

/// Why bytes are not a usable key.
public enum KeyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// More bytes than any key that peers use.
    case tooLong(byteCount: Int, limit: Int)
    /// Not an encoded key: a field is missing, or the type is unknown.
    case malformed
    /// The key has not the length of its type.
    case wrongLength(KeyType, expected: Int, actual: Int)
    /// A type of key for which this package has no operations.
    case unsupportedType(KeyType)
    /// The public half stored in a private key does not belong to its secret half.
    case mismatchedHalves

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .tooLong(let byteCount, let limit):
            "a key of \(byteCount) bytes, allowed are \(limit)"
        case .malformed: "the bytes are not a libp2p key"
        case .wrongLength(let type, let expected, let actual):
            "a key of type \(type) has \(expected) bytes, not \(actual)"
        case .unsupportedType(let type): "keys of type \(type) are not supported, only ed25519"
        case .mismatchedHalves: "the public half of the key does not belong to its secret half"
        }
    }
}

/// The types of keys that libp2p knows.
public enum KeyType: String, Sendable, CaseIterable, CustomStringConvertible {
    /// RSA, at least 2048 bits; carried, not verified.
    case rsa
    /// Ed25519: the type of all keys we make.
    case ed25519
    /// ECDSA on secp256k1; carried, not verified.
    case secp256k1
    /// ECDSA on P-256; carried, not verified.
    case ecdsa

    /// The text form.
    public var description: String { rawValue }
}

/// The public half of the key that a peer proves to hold.
///
/// Keys of any libp2p type can be carried and hashed to peer IDs; signatures are verified for
/// Ed25519 only.
/// Source: https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md#keys
public struct PublicKey: Hashable, Sendable, CustomStringConvertible {
    /// The type of the key.
    public let type: KeyType
    /// The key as its type encodes it; for Ed25519 the 32 bytes of RFC 8032.
    public let data: [UInt8]

    /// A key of 32 bytes (RFC 8032).
    public init(ed25519 bytes: [UInt8]) throws(KeyError) {
        try self.init(type: .ed25519, data: bytes)
    }

    private init(type: KeyType, data: [UInt8]) throws(KeyError) {
        let limit = IdentityLimits.maximumPublicKeyByteCount
        guard data.count <= limit else { throw .tooLong(byteCount: data.count, limit: limit) }
        guard !data.isEmpty else { throw .malformed }
        let expected = Sodium.ed25519PublicKeyByteCount
        guard type != .ed25519 || data.count == expected else {
            throw .wrongLength(type, expected: expected, actual: data.count)
        }
        self.type = type
        self.data = data
    }

    /// Decodes libp2p's `PublicKey` message.
    public init(protobuf bytes: [UInt8]) throws(KeyError) {
        // What every Ed25519 key looks like; it is read for each message that is verified.
        let header: [UInt8] = [0x08, 0x01, 0x12, 0x20]
        if bytes.count == header.count + Sodium.ed25519PublicKeyByteCount,
            bytes.starts(with: header)
        {
            try self.init(type: .ed25519, data: Array(bytes[header.count...]))
            return
        }
        let message: KeysProto_PublicKey
        do {
            message = try KeysProto_PublicKey(
                bytes: bytes, limit: IdentityLimits.maximumPublicKeyByteCount)
        } catch {
            switch error {
            case .tooLong(let byteCount, let limit):
                throw .tooLong(byteCount: byteCount, limit: limit)
            case .malformed: throw .malformed
            }
        }
        try self.init(message)
    }

    init(_ message: KeysProto_PublicKey) throws(KeyError) {
        try self.init(type: KeyType(message.type), data: Array(message.data))
    }

    var message: KeysProto_PublicKey {
        var message = KeysProto_PublicKey()
        message.type = type.proto
        message.data = Data(data)
        return message
    }

    /// libp2p's `PublicKey` message, in the one encoding that peer IDs are computed from.
    public var protobuf: [UInt8] {
        // Type and length of the data, each a field header and a varint: written here by hand,
        // because peer IDs need exactly these bytes, always.
        var bytes: [UInt8] = [0x08, UInt8(type.proto.rawValue), 0x12]
        VarInt.append(UInt64(data.count), to: &bytes)
        return bytes + data
    }

    /// Whether signatures of this type can be verified here.
    public var isSupported: Bool { type == .ed25519 }

    /// Whether the holder of this key signed `message`. Always `false` when ``isSupported`` is.
    public func isValidSignature(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        guard isSupported else { return false }
        return Sodium.ed25519IsValid(signature, for: message, publicKey: data)
    }

    /// The peer ID that this key stands for.
    public var peerID: PeerID { PeerID(publicKey: self) }

    /// The text form.
    public var description: String { "\(type):\(Base16.encode(data))" }
}

extension KeyType {
    init(_ proto: KeysProto_KeyType) {
        self =
            switch proto {
            case .rsa: .rsa
            case .ed25519: .ed25519
            case .secp256K1: .secp256k1
            case .ecdsa: .ecdsa
            }
    }

    var proto: KeysProto_KeyType {
        switch self {
        case .rsa: .rsa
        case .ed25519: .ed25519
        case .secp256k1: .secp256K1
        case .ecdsa: .ecdsa
        }
    }
}
