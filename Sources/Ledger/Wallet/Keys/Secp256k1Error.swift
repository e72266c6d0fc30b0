/// Why bytes are not a key, hash or signature on secp256k1.
public enum Secp256k1Error: Error, Hashable, Sendable {
    /// A private key is 32 bytes.
    case privateKeyLength(Int)
    /// A private key is a big-endian integer from 1 to the group's order less 1.
    case privateKeyOutOfRange
    /// A public key is 33 bytes starting with 2 or 3, or 65 bytes starting with 4.
    case publicKeyFormat(length: Int)
    /// The bytes have the form of a public key, but name no point of the curve.
    case pointNotOnCurve
    /// A message hash is 32 bytes.
    case hashLength(Int)
    /// A signature is 64 bytes: `r`, then `s`.
    case signatureLength(Int)
    /// `r` and `s` are each from 1 to the group's order less 1.
    case signatureOutOfRange
    /// A recovery identifier is 0 to 3.
    case recoveryID(UInt8)
    /// No public key belongs to this signature and hash.
    case notRecoverable
}
