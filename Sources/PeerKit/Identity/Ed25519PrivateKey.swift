/// An Ed25519 key held in memory (RFC 8032).
///
/// The secret is overwritten when the last copy of the value goes, and never printed.
public struct Ed25519PrivateKey: Signer {
    /// Seed and public key, 64 bytes.
    private let secret: SecretBytes
    /// The public half.
    public let publicKey: PublicKey

    /// The key that belongs to a seed of 32 bytes.
    ///
    /// - Throws: ``KeyError/wrongLength(_:expected:actual:)`` for other lengths.
    public init(seed: [UInt8]) throws(KeyError) {
        let expected = Sodium.ed25519SeedByteCount
        guard seed.count == expected else {
            throw .wrongLength(.ed25519, expected: expected, actual: seed.count)
        }
        let publicKey = Sodium.ed25519PublicKey(seed: seed)
        var secret = seed + publicKey
        defer { Sodium.wipe(&secret) }
        self.secret = SecretBytes(secret)
        self.publicKey = try PublicKey(ed25519: publicKey)
    }

    /// Decodes libp2p's `PrivateKey` message.
    ///
    /// The data are seed and public key; old files repeat the public key, 96 bytes in all.
    public init(protobuf bytes: [UInt8]) throws(KeyError) {
        let message: KeysProto_PrivateKey
        do {
            message = try KeysProto_PrivateKey(
                bytes: bytes, limit: IdentityLimits.maximumPrivateKeyByteCount)
        } catch {
            switch error {
            case .tooLong(let byteCount, let limit):
                throw .tooLong(byteCount: byteCount, limit: limit)
            case .malformed: throw .malformed
            }
        }
        guard message.type == .ed25519 else { throw .unsupportedType(KeyType(message.type)) }
        var data = Array(message.data)
        defer { Sodium.wipe(&data) }
        guard data.count == 64 || data.count == 96 else {
            throw .wrongLength(.ed25519, expected: 64, actual: data.count)
        }
        var seed = Array(data[..<32])
        defer { Sodium.wipe(&seed) }
        try self.init(seed: seed)
        let halves = stride(from: 32, to: data.count, by: 32).map { data[$0..<($0 + 32)] }
        guard halves.allSatisfy({ $0.elementsEqual(publicKey.data) }) else {
            throw .mismatchedHalves
        }
    }

    /// A new key whose seed is drawn from `generator`. Use the system's generator for keys that
    /// guard anything.
    public static func generate(
        using generator: inout some RandomNumberGenerator
    ) -> Ed25519PrivateKey {
        var seed: [UInt8] = []
        seed.reserveCapacity(Sodium.ed25519SeedByteCount)
        while seed.count < Sodium.ed25519SeedByteCount {
            withUnsafeBytes(of: generator.next().littleEndian) { seed.append(contentsOf: $0) }
        }
        defer { Sodium.wipe(&seed) }
        do {
            return try Ed25519PrivateKey(seed: seed)
        } catch {
            preconditionFailure("a seed of \(seed.count) bytes was refused: \(error)")
        }
    }

    /// libp2p's `PrivateKey` message. This is the secret in the clear.
    public var protobuf: [UInt8] {
        // Type 1, then 64 bytes of data. By hand, so that no serialiser keeps a copy.
        [0x08, 0x01, 0x12, 0x40] + secret.copy
    }

    /// The signature of `message`, 64 bytes, the same each time.
    public func signature(for message: [UInt8]) -> [UInt8] {
        Sodium.ed25519Signature(of: message, secretKey: secret)
    }

    /// The signature of `message`; never suspends.
    public func sign(_ message: [UInt8]) async -> [UInt8] { signature(for: message) }
}

extension Ed25519PrivateKey: CustomStringConvertible, CustomReflectable {
    /// Names the key by its public half.
    public var description: String { "private key of \(publicKey.peerID)" }
    /// Shows the public half only.
    public var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey]) }
}
