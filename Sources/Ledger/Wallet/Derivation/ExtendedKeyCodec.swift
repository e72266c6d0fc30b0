import Crypto
import PeerKit

/// The 78 bytes of an extended key, and their text (BIP-32, "Serialization format").
struct ExtendedKeyFields {
    static let privateVersion: UInt32 = 0x0488_ADE4
    static let publicVersion: UInt32 = 0x0488_B21E

    var version: UInt32
    var depth: UInt8
    /// The first bytes of the parent's ``fingerprint(of:)``; 0 for a master key.
    var parent: UInt32
    /// Which child of its parent.
    var step: UInt32
    var chainCode: [UInt8]
    /// 33 bytes: a compressed point, or 0 and a private key.
    var key: [UInt8]

    /// The first four bytes by which a key's children name it.
    static func fingerprint(of key: Secp256k1PublicKey) -> UInt32 {
        let hash = RIPEMD160.hash(Array(SHA256.hash(data: key.compressed)))
        return hash.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func checksum(of bytes: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: Array(SHA256.hash(data: bytes))).prefix(4))
    }

    /// `xprv…` or `xpub…`.
    var text: String {
        var bytes = bigEndian(version) + [depth] + bigEndian(parent) + bigEndian(step)
        bytes += chainCode + key
        defer { Sodium.wipe(&bytes) }
        return Base58.encode(bytes + Self.checksum(of: bytes))
    }

    /// Reads the text of a key with this version.
    init(_ text: String, version expected: UInt32) throws(ExtendedKeyError) {
        guard text.utf8.count <= 112, var bytes = try? Base58.decode(text), bytes.count == 82 else {
            throw .encoding
        }
        defer { Sodium.wipe(&bytes) }
        let body = Array(bytes.prefix(78))
        guard Self.checksum(of: body).elementsEqual(bytes.suffix(4)) else { throw .encoding }
        func number(at start: Int) -> UInt32 {
            body[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) }
        }
        version = number(at: 0)
        depth = body[4]
        parent = number(at: 5)
        step = number(at: 9)
        chainCode = Array(body[13..<45])
        key = Array(body[45...])
        guard version == expected else { throw .version(version) }
        guard depth > 0 || (parent == 0 && step == 0) else { throw .masterWithParent }
    }

    init(
        version: UInt32, depth: UInt8, parent: UInt32, step: UInt32, chainCode: [UInt8],
        key: [UInt8]
    ) {
        self.version = version
        self.depth = depth
        self.parent = parent
        self.step = step
        self.chainCode = chainCode
        self.key = key
    }
}

/// The four bytes of a number.
func bigEndian(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
}
