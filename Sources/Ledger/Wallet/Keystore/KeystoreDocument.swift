import PeerKit

/// A private key sealed by a passphrase, as all Ethereum wallets read and write it.
///
/// Source: https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage/
///
/// The passphrase's UTF-8 is used as it is, as other wallets do; normal forms are not applied.
public struct KeystoreDocument: Hashable, Sendable {
    /// Sixteen bytes that name the file.
    public let id: [UInt8]
    /// The account; some wallets leave it out.
    public let address: Address?
    /// How the key is made from the passphrase.
    public let kdf: KeystoreKDF
    let salt: [UInt8]
    let counter: [UInt8]
    let ciphertext: [UInt8]
    let mac: [UInt8]

    /// Seals a key.
    ///
    /// - Parameters:
    ///   - kdf: How hard it is to try passphrases.
    ///   - generator: Salt, counter and name are drawn from it.
    public init(
        sealing key: Secp256k1PrivateKey, passphrase: String, kdf: KeystoreKDF = .standard,
        using generator: inout some RandomNumberGenerator
    ) throws(KeystoreError) {
        func random(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in .random(in: 0...255, using: &generator) }
        }
        var id = random(16)
        // A random UUID (RFC 9562, §5.4).
        id[6] = id[6] & 0x0f | 0x40
        id[8] = id[8] & 0x3f | 0x80
        self.id = id
        address = key.address
        self.kdf = kdf
        salt = random(32)
        counter = random(16)
        var password = Array(passphrase.utf8)
        defer { Sodium.wipe(&password) }
        var derived = try kdf.key(passphrase: password, salt: salt)
        defer { Sodium.wipe(&derived) }
        var plain = key.withBytes { Array($0) }
        defer { Sodium.wipe(&plain) }
        ciphertext = AES128.counterMode(plain, key: Array(derived[..<16]), counter: counter)
        mac = Self.mac(derived, ciphertext)
    }

    /// Opens it.
    ///
    /// - Throws: ``KeystoreError/wrongPassphrase``, or ``KeystoreError/wrongAddress(stated:actual:)``
    ///   if the address outside, which nothing protects, is another's.
    public func key(passphrase: String) throws(KeystoreError) -> Secp256k1PrivateKey {
        var password = Array(passphrase.utf8)
        defer { Sodium.wipe(&password) }
        var derived = try kdf.key(passphrase: password, salt: salt)
        defer { Sodium.wipe(&derived) }
        // Both are hashes of secrets, and comparing takes the same time for all.
        let difference = zip(Self.mac(derived, ciphertext), mac).reduce(0) { $0 | ($1.0 ^ $1.1) }
        guard difference == 0 else { throw .wrongPassphrase }
        var plain = AES128.counterMode(ciphertext, key: Array(derived[..<16]), counter: counter)
        defer { Sodium.wipe(&plain) }
        guard let key = try? Secp256k1PrivateKey(bytes: plain) else {
            throw .malformed("what it holds is no private key")
        }
        if let address, address != key.address {
            throw .wrongAddress(stated: address, actual: key.address)
        }
        return key
    }

    private static func mac(_ derived: [UInt8], _ ciphertext: [UInt8]) -> [UInt8] {
        Keccak256.hash(Array(derived[16..<32]) + ciphertext).bytes
    }

    init(
        id: [UInt8], address: Address?, kdf: KeystoreKDF, salt: [UInt8], counter: [UInt8],
        ciphertext: [UInt8], mac: [UInt8]
    ) {
        self.id = id
        self.address = address
        self.kdf = kdf
        self.salt = salt
        self.counter = counter
        self.ciphertext = ciphertext
        self.mac = mac
    }
}
