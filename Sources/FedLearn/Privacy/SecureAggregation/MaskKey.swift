import Crypto
import PeerKit

/// An X25519 key pair of one member for one round.
///
/// The secret is wiped when its last owner lets go of it. It is of one round only: should its owner
/// drop out, the others put it together from their shares.
public struct MaskKeyPair: Sendable {
    /// The secret scalar, 32 bytes.
    let secret: SymmetricKey
    /// The public key, 32 bytes.
    public let publicKey: [UInt8]

    /// Creates the pair of a secret of 32 bytes that nobody else knows.
    ///
    /// - Precondition: the secret has 32 bytes.
    public init(secret: [UInt8]) {
        self.secret = SymmetricKey(data: secret)
        publicKey = secret.withUnsafeBytes { Sodium.x25519PublicKey(secret: $0) }
    }

    /// The key that both owners of a pair derive (and nobody else): HKDF-SHA256 of their X25519
    /// secret, without salt, over `purpose` and both public keys, the smaller first.
    ///
    /// - Returns: 32 bytes; `nil` for a remote key that would make the secret known to everybody.
    func sharedKey(with remote: [UInt8], purpose: String) -> SymmetricKey? {
        let agreed = secret.withUnsafeBytes {
            Sodium.x25519SharedSecret(secret: $0, remote: remote)
        }
        guard var shared = agreed else { return nil }
        defer { Sodium.wipe(&shared) }
        let ordered =
            publicKey.lexicographicallyPrecedes(remote)
            ? publicKey + remote : remote + publicKey
        return HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: shared), info: Array(purpose.utf8) + ordered,
            outputByteCount: 32)
    }

    /// The key of the mask that is added by one member of a pair and subtracted by the other.
    public func pairMaskKey(with remote: [UInt8]) -> SymmetricKey? {
        sharedKey(with: remote, purpose: "fedlearn-secagg-v1")
    }
}
