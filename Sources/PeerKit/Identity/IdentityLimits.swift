/// Bounds on what the decoders of this folder take, checked before anything is parsed.
public enum IdentityLimits {
    /// Longest encoded public key. The largest that peers use, RSA with 8192 bits, takes about
    /// 1,060 bytes.
    public static let maximumPublicKeyByteCount = 2048

    /// Longest encoded private key that we load. We make Ed25519 keys only (68 bytes, 100 in the
    /// old layout); the room is for telling "other type of key" from "not a key".
    public static let maximumPrivateKeyByteCount = 8192

    /// Longest encoded public key that a peer ID holds itself instead of its hash (peer-ids
    /// specification).
    public static let maximumInlineKeyByteCount = 42

    /// Longest signed envelope. A peer record with 128 usual addresses takes about 5 KiB, and
    /// peers cut identify messages at 8 KiB.
    public static let maximumEnvelopeByteCount = 16 << 10

    /// Most addresses in a peer record. Hosts with many interfaces announce some dozens.
    public static let maximumRecordAddressCount = 128

    /// Largest key file; a sealed one has less than 200 bytes.
    public static let maximumKeyFileByteCount = 4096

    /// Longest passphrase, in bytes of UTF-8.
    public static let maximumPassphraseByteCount = 1024
}
