/// How hard deriving a key from a passphrase is (Argon2id, RFC 9106), between libsodium's
/// INTERACTIVE and MODERATE.
public struct PassphraseCost: Hashable, Sendable {
    /// Passes over the memory.
    public let operations: UInt32
    /// Memory in KiB.
    public let memoryKiB: UInt32

    /// 2 passes over 64 MiB: about 0.1 s. libsodium's INTERACTIVE.
    public static let interactive = PassphraseCost(operations: 2, memoryKiB: 64 << 10)
    /// 3 passes over 256 MiB: about 0.7 s. libsodium's MODERATE.
    public static let moderate = PassphraseCost(operations: 3, memoryKiB: 256 << 10)

    /// Whether the parameters are between ``interactive`` and ``moderate``. Outside, a file is
    /// either easy to guess or a demand for memory by someone who wrote it for that purpose.
    var isAcceptable: Bool {
        (Self.interactive.operations...Self.moderate.operations).contains(operations)
            && (Self.interactive.memoryKiB...Self.moderate.memoryKiB).contains(memoryKiB)
    }

    var memoryByteCount: Int { Int(memoryKiB) << 10 }
}

/// The bytes of a key file.
///
///     plain:  "psic-key" 01 00 key
///     sealed: "psic-key" 01 01 operations[4] memoryKiB[4] salt[16] nonce[24] sealedKey
///
/// The second byte pair is version and kind, numbers are big-endian, `key` is libp2p's
/// `PrivateKey` message to the end of the file. `sealedKey` is that message encrypted with
/// XChaCha20-Poly1305 under the Argon2id key of the passphrase, with everything before it as
/// associated data. A damaged plain file is noticed because the message holds the public key
/// twice over: as bytes, and as what the seed yields.
enum KeyFileFormat {
    /// Why bytes are not a key file; ``KeyFileError`` adds the path.
    enum Failure: Error, Equatable {
        case corrupt(reason: String)
        case passphraseNeeded
        case wrongPassphrase
        case outOfMemory(byteCount: Int)
    }

    static let magic = Array("psic-key".utf8)
    static let version: UInt8 = 1
    private enum Kind: UInt8 { case plain = 0, sealed = 1 }

    static func encode(_ key: Ed25519PrivateKey) -> [UInt8] {
        magic + [version, Kind.plain.rawValue] + key.protobuf
    }

    static func encode(
        _ key: Ed25519PrivateKey, passphrase: [UInt8], cost: PassphraseCost, salt: [UInt8],
        nonce: [UInt8]
    ) throws(Failure) -> [UInt8] {
        let header =
            magic + [version, Kind.sealed.rawValue] + cost.operations.bigEndianBytes
            + cost.memoryKiB.bigEndianBytes + salt + nonce
        var sealingKey = try derive(passphrase, cost: cost, salt: salt)
        defer { Sodium.wipe(&sealingKey) }
        var message = key.protobuf
        defer { Sodium.wipe(&message) }
        return header
            + Sodium.xchachaSeal(message, key: sealingKey, nonce: nonce, associatedData: header)
    }

    static func isSealed(_ bytes: [UInt8]) -> Bool {
        bytes.count > magic.count + 1 && bytes[magic.count + 1] == Kind.sealed.rawValue
    }

    static func decode(
        _ bytes: [UInt8], passphrase: [UInt8]?
    ) throws(Failure) -> Ed25519PrivateKey {
        guard bytes.starts(with: magic) else {
            throw .corrupt(reason: "it does not begin with the mark of key files")
        }
        var rest = bytes.dropFirst(magic.count)
        guard rest.popFirst() == version else {
            throw .corrupt(reason: "it has a version that this program does not know")
        }
        guard let kind = rest.popFirst().flatMap(Kind.init(rawValue:)) else {
            throw .corrupt(reason: "it is neither plain nor sealed")
        }
        switch kind {
        case .plain:
            var message = Array(rest)
            defer { Sodium.wipe(&message) }
            return try key(from: message)
        case .sealed:
            guard let operations = UInt32(takingBigEndianFrom: &rest),
                let memoryKiB = UInt32(takingBigEndianFrom: &rest),
                rest.count > Sodium.argon2SaltByteCount + Sodium.xchachaNonceByteCount
            else { throw .corrupt(reason: "it is too short") }
            let cost = PassphraseCost(operations: operations, memoryKiB: memoryKiB)
            guard cost.isAcceptable else {
                throw .corrupt(
                    reason: "it asks for \(operations) passes over \(memoryKiB) KiB of memory")
            }
            guard let passphrase else { throw .passphraseNeeded }
            let salt = Array(rest.prefix(Sodium.argon2SaltByteCount))
            rest = rest.dropFirst(salt.count)
            let nonce = Array(rest.prefix(Sodium.xchachaNonceByteCount))
            rest = rest.dropFirst(nonce.count)
            var sealingKey = try derive(passphrase, cost: cost, salt: salt)
            defer { Sodium.wipe(&sealingKey) }
            let opened = Sodium.xchachaOpen(
                Array(rest), key: sealingKey, nonce: nonce,
                associatedData: Array(bytes[..<rest.startIndex]))
            guard var message = opened else { throw .wrongPassphrase }
            defer { Sodium.wipe(&message) }
            return try key(from: message)
        }
    }

    private static func key(from message: [UInt8]) throws(Failure) -> Ed25519PrivateKey {
        do {
            return try Ed25519PrivateKey(protobuf: message)
        } catch {
            throw .corrupt(reason: error.description)
        }
    }

    private static func derive(
        _ passphrase: [UInt8], cost: PassphraseCost, salt: [UInt8]
    ) throws(Failure) -> [UInt8] {
        guard
            let key = Sodium.argon2idKey(
                passphrase: passphrase, salt: salt, operations: UInt64(cost.operations),
                memoryByteCount: cost.memoryByteCount)
        else { throw .outOfMemory(byteCount: cost.memoryByteCount) }
        return key
    }
}

extension UInt32 {
    fileprivate var bigEndianBytes: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) }
    }

    fileprivate init?(takingBigEndianFrom bytes: inout ArraySlice<UInt8>) {
        guard bytes.count >= 4 else { return nil }
        self = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        bytes = bytes.dropFirst(4)
    }
}
