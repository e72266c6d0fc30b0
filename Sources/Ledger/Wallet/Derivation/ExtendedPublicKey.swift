import PeerKit

/// A public key that the public keys of its children can be derived from (BIP-32).
///
/// With it a shop's machine can make the addresses of an account without being able to spend.
public struct ExtendedPublicKey: Hashable, Sendable {
    /// The key itself.
    public let publicKey: Secp256k1PublicKey
    /// Steps below the master key.
    public let depth: UInt8
    /// The parent's fingerprint; 0 for a master key.
    public let parent: UInt32
    /// Which child of its parent, with ``BIP32Path/hardened``; 0 for a master key.
    public let step: UInt32
    private let chainCode: [UInt8]

    init(_ key: Secp256k1PublicKey, _ fields: ExtendedKeyFields) {
        publicKey = key
        depth = fields.depth
        parent = fields.parent
        step = fields.step
        chainCode = fields.chainCode
    }

    /// Reads `xpub…`.
    public init(_ text: String) throws(ExtendedKeyError) {
        let fields = try ExtendedKeyFields(text, version: ExtendedKeyFields.publicVersion)
        guard let key = try? Secp256k1PublicKey(bytes: fields.key) else { throw .key }
        self.init(key, fields)
    }

    /// `xpub…`.
    public var text: String {
        ExtendedKeyFields(
            version: ExtendedKeyFields.publicVersion, depth: depth, parent: parent, step: step,
            chainCode: chainCode, key: publicKey.compressed
        ).text
    }

    /// The key at the end of a path that begins here.
    public func derived(at path: BIP32Path) throws(ExtendedKeyError) -> ExtendedPublicKey {
        var key = self
        for step in path.steps { key = try key.child(step) }
        return key
    }

    /// A child that is not hardened.
    public func child(_ step: UInt32) throws(ExtendedKeyError) -> ExtendedPublicKey {
        guard step & BIP32Path.hardened == 0 else { throw .hardenedFromPublic }
        guard depth < .max else { throw .tooDeep }
        let mac = ExtendedPrivateKey.mac(
            key: chainCode, publicKey.compressed + bigEndian(step))
        guard let key = publicKey.adding(Array(mac[..<32])) else { throw .noKey }
        return ExtendedPublicKey(
            key,
            ExtendedKeyFields(
                version: ExtendedKeyFields.publicVersion, depth: depth + 1,
                parent: ExtendedKeyFields.fingerprint(of: publicKey), step: step,
                chainCode: Array(mac[32...]), key: []))
    }
}
