/// Why bytes or steps make no extended key (BIP-32).
public enum ExtendedKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A seed has 16 to 64 bytes.
    case seedLength(Int)
    /// One seed or step in 2¹²⁷ gives no key; the next one does.
    case noKey
    /// Deeper than 255 steps below the master key.
    case tooDeep
    /// A hardened child can't be made from a public key.
    case hardenedFromPublic
    /// Not base58 with a checksum, or another length than 78 bytes.
    case encoding
    /// Another version than `xprv` or `xpub` has, as other coins use.
    case version(UInt32)
    /// A master key that claims a parent or a number among siblings.
    case masterWithParent
    /// The key itself is none: a private key out of range, a public key off the curve, or the one
    /// where the version says the other.
    case key

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .seedLength(let count): "a seed has 16 to 64 bytes, not \(count)"
        case .noKey: "this step gives no key; take the next one"
        case .tooDeep: "an extended key is at most 255 steps below its master key"
        case .hardenedFromPublic: "a public key has no hardened children"
        case .encoding: "not an extended key: base58 with checksum of 78 bytes"
        case .version(let version): "version 0x\(String(version, radix: 16)) is neither xprv nor xpub"
        case .masterWithParent: "an extended key of depth 0 that names a parent"
        case .key: "the extended key holds no valid key of its kind"
        }
    }
}
