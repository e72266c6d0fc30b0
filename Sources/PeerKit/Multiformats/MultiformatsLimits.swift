/// Bounds on what the decoders of this folder take, checked before anything is allocated.
public enum MultiformatsLimits {
    /// Longest digest of a multihash: SHA2-512 has 64 bytes; twice that leaves room for
    /// identity hashes, of which 42 bytes are the most that a peer ID holds.
    public static let maximumDigestByteCount = 128

    /// Longest text in base58, whose decoding takes quadratic time. A multihash of the longest
    /// digest is 131 bytes, a CID 10 more; base58 needs 1.37 characters per byte.
    public static let maximumBase58Length = 256

    /// Longest text in the other bases, whose decoding takes linear time.
    public static let maximumBaseTextLength = 1 << 16

    /// Longest binary multiaddr: a relayed address with the longest DNS name (253 bytes) and two
    /// peer IDs of 45 bytes takes about 360 bytes.
    public static let maximumMultiaddrByteCount = 1024

    /// Longest text of a multiaddr; base58 and names of protocols make it longer than the bytes.
    public static let maximumMultiaddrTextLength = 2048

    /// Most components of a multiaddr. Real ones have up to about ten.
    public static let maximumMultiaddrComponentCount = 32
}
