import Crypto
import PeerKit

/// A private key that others can be derived from (BIP-32).
///
/// Source: https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki
public struct ExtendedPrivateKey: Sendable {
    /// The key itself.
    public let privateKey: Secp256k1PrivateKey
    /// Steps below the master key.
    public let depth: UInt8
    /// The parent's fingerprint; 0 for a master key.
    public let parent: UInt32
    /// Which child of its parent, with ``BIP32Path/hardened``; 0 for a master key.
    public let step: UInt32
    /// 32 bytes that go into the children; with one child's key they give away this one.
    private let chainCode: GuardedBytes

    /// The master key of a seed.
    ///
    /// - Parameter seed: 16 to 64 bytes; BIP-39 makes 64.
    public init(seed: [UInt8]) throws(ExtendedKeyError) {
        guard (16...64).contains(seed.count) else { throw .seedLength(seed.count) }
        var mac = Self.mac(key: Array("Bitcoin seed".utf8), seed)
        defer { Sodium.wipe(&mac) }
        guard let key = try? Secp256k1PrivateKey(bytes: mac[..<32]) else { throw .noKey }
        self.init(key, chainCode: GuardedBytes(mac[32...]), depth: 0, parent: 0, step: 0)
    }

    private init(
        _ key: Secp256k1PrivateKey, chainCode: GuardedBytes, depth: UInt8, parent: UInt32,
        step: UInt32
    ) {
        privateKey = key
        self.chainCode = chainCode
        self.depth = depth
        self.parent = parent
        self.step = step
    }

    /// Reads `xprv…`.
    public init(_ text: String) throws(ExtendedKeyError) {
        var fields = try ExtendedKeyFields(text, version: ExtendedKeyFields.privateVersion)
        defer {
            Sodium.wipe(&fields.key)
            Sodium.wipe(&fields.chainCode)
        }
        guard fields.key[0] == 0,
            let key = try? Secp256k1PrivateKey(bytes: fields.key.dropFirst())
        else { throw .key }
        self.init(
            key, chainCode: GuardedBytes(fields.chainCode), depth: fields.depth,
            parent: fields.parent, step: fields.step)
    }

    /// `xprv…`: the secret of this key and of all below it.
    public var text: String {
        var fields = fields(version: ExtendedKeyFields.privateVersion)
        fields.key = privateKey.withBytes { [0] + $0 }
        defer {
            Sodium.wipe(&fields.key)
            Sodium.wipe(&fields.chainCode)
        }
        return fields.text
    }

    /// The public half, which makes the public keys of children that are not hardened.
    public var publicKey: ExtendedPublicKey {
        ExtendedPublicKey(
            privateKey.publicKey, fields(version: ExtendedKeyFields.publicVersion))
    }

    private func fields(version: UInt32) -> ExtendedKeyFields {
        ExtendedKeyFields(
            version: version, depth: depth, parent: parent, step: step, chainCode: chainCode.copy,
            key: [])
    }

    /// The key at the end of a path that begins here.
    public func derived(at path: BIP32Path) throws(ExtendedKeyError) -> ExtendedPrivateKey {
        var key = self
        for step in path.steps { key = try key.child(step) }
        return key
    }

    /// A child, hardened if its number has ``BIP32Path/hardened``.
    public func child(_ step: UInt32) throws(ExtendedKeyError) -> ExtendedPrivateKey {
        guard depth < .max else { throw .tooDeep }
        let point = privateKey.publicKey
        var data =
            step & BIP32Path.hardened == 0
            ? point.compressed : privateKey.withBytes { [0] + $0 }
        defer { Sodium.wipe(&data) }
        data += bigEndian(step)
        var code = chainCode.copy
        var mac = Self.mac(key: code, data)
        defer {
            Sodium.wipe(&mac)
            Sodium.wipe(&code)
        }
        var tweak = Array(mac[..<32])
        defer { Sodium.wipe(&tweak) }
        guard let key = privateKey.adding(tweak) else { throw .noKey }
        return ExtendedPrivateKey(
            key, chainCode: GuardedBytes(mac[32...]), depth: depth + 1,
            parent: ExtendedKeyFields.fingerprint(of: point), step: step)
    }

    static func mac(key: [UInt8], _ data: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA512>.authenticationCode(for: data, using: SymmetricKey(data: key)))
    }
}

extension ExtendedPrivateKey: CustomStringConvertible, CustomReflectable {
    /// Says that this is a private key, and nothing of it.
    public var description: String { "ExtendedPrivateKey(hidden)" }
    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension Mnemonic {
    /// The key of an Ethereum account, at `m/44'/60'/0'/0/INDEX` (BIP-44).
    ///
    /// - Parameters:
    ///   - index: Below 2³¹.
    ///   - passphrase: The part of the secret that is not in the words.
    public func account(
        _ index: UInt32, passphrase: String = ""
    ) throws(ExtendedKeyError) -> Secp256k1PrivateKey {
        try key(at: .account(index), passphrase: passphrase)
    }

    /// The key at a path below the words' master key.
    public func key(
        at path: BIP32Path, passphrase: String = ""
    ) throws(ExtendedKeyError) -> Secp256k1PrivateKey {
        var seed = seed(passphrase: passphrase)
        defer { Sodium.wipe(&seed) }
        return try ExtendedPrivateKey(seed: seed).derived(at: path).privateKey
    }
}
