import CSodium

/// The parts of libsodium that identities use. Every call goes through here, so that the library
/// is initialised before its first use.
package enum Sodium {
    // Swift runs this initialiser once, even when several threads ask first at the same time.
    private static let isInitialised = sodium_init() >= 0

    /// Initialises the library. It fails only where the system has no source of randomness, and
    /// then no key could be trusted.
    package static func start() {
        precondition(isInitialised, "libsodium found no source of randomness")
    }

    /// Overwrites `bytes` with zeros in a way the compiler does not remove, and empties it.
    package static func wipe(_ bytes: inout [UInt8]) {
        // Writing to an array that shares its storage would copy it and zero the copy. There is
        // nothing better to do then; callers wipe arrays they own alone.
        sodium_memzero(&bytes, bytes.count)
        bytes.removeAll()
    }

    /// Overwrites memory with zeros in a way the compiler does not remove.
    static func wipe(_ bytes: UnsafeMutablePointer<UInt8>, count: Int) {
        sodium_memzero(bytes, count)
    }

    /// Bytes from the system's random generator.
    static func randomBytes(count: Int) -> [UInt8] {
        start()
        var bytes = [UInt8](repeating: 0, count: count)
        randombytes_buf(&bytes, count)
        return bytes
    }
}

// MARK: Ed25519 (RFC 8032)

extension Sodium {
    static let ed25519SeedByteCount = 32
    static let ed25519PublicKeyByteCount = 32
    static let ed25519SignatureByteCount = 64

    /// The public key that belongs to a seed of 32 bytes.
    static func ed25519PublicKey(seed: [UInt8]) -> [UInt8] {
        start()
        precondition(seed.count == ed25519SeedByteCount)
        var expanded = [UInt8](repeating: 0, count: Int(crypto_sign_ed25519_SECRETKEYBYTES))
        defer { wipe(&expanded) }
        var publicKey = [UInt8](repeating: 0, count: ed25519PublicKeyByteCount)
        crypto_sign_ed25519_seed_keypair(&publicKey, &expanded, seed)
        return publicKey
    }

    /// The signature of `message`; `secretKey` is seed and public key.
    static func ed25519Signature(of message: [UInt8], secretKey: SecretBytes) -> [UInt8] {
        start()
        precondition(secretKey.count == Int(crypto_sign_ed25519_SECRETKEYBYTES))
        var signature = [UInt8](repeating: 0, count: ed25519SignatureByteCount)
        secretKey.withUnsafePointer {
            _ = crypto_sign_ed25519_detached(
                &signature, nil, message, UInt64(message.count), $0)
        }
        return signature
    }

    /// Whether `signature` is valid. Small-order keys and non-canonical encodings are not.
    static func ed25519IsValid(
        _ signature: [UInt8], for message: [UInt8], publicKey: [UInt8]
    ) -> Bool {
        start()
        guard signature.count == ed25519SignatureByteCount,
            publicKey.count == ed25519PublicKeyByteCount
        else { return false }
        return crypto_sign_ed25519_verify_detached(
            signature, message, UInt64(message.count), publicKey) == 0
    }
}

// MARK: Passphrases of Web3 Secret Storage (scrypt, RFC 7914)

extension Sodium {
    /// A key from a passphrase, or `nil` when the memory is not to be had or the parameters are none.
    ///
    /// Takes 128 · `blocks` · `blockSize` bytes of memory; the caller has bounded that.
    package static func scryptKey(
        passphrase: [UInt8], salt: [UInt8], blocks: UInt64, blockSize: UInt32,
        parallelism: UInt32, byteCount: Int
    ) -> [UInt8]? {
        start()
        var key = [UInt8](repeating: 0, count: byteCount)
        let status = crypto_pwhash_scryptsalsa208sha256_ll(
            passphrase, passphrase.count, salt, salt.count, blocks, blockSize, parallelism, &key,
            byteCount)
        return status == 0 ? key : nil
    }
}

// MARK: Passphrases (Argon2id, RFC 9106) and XChaCha20-Poly1305

extension Sodium {
    static let argon2SaltByteCount = Int(crypto_pwhash_argon2id_SALTBYTES)
    static let xchachaKeyByteCount = Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES)
    static let xchachaNonceByteCount = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
    static let xchachaTagByteCount = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)

    /// A key of 32 bytes from a passphrase, or `nil` when the memory is not to be had.
    static func argon2idKey(
        passphrase: [UInt8], salt: [UInt8], operations: UInt64, memoryByteCount: Int
    ) -> [UInt8]? {
        start()
        precondition(salt.count == argon2SaltByteCount)
        var key = [UInt8](repeating: 0, count: xchachaKeyByteCount)
        var characters = passphrase.map { CChar(bitPattern: $0) }
        defer { sodium_memzero(&characters, characters.count) }
        let status = crypto_pwhash(
            &key, UInt64(xchachaKeyByteCount), characters, UInt64(characters.count), salt,
            operations, memoryByteCount, crypto_pwhash_ALG_ARGON2ID13)
        return status == 0 ? key : nil
    }

    /// Encrypts `plaintext` and appends the tag.
    static func xchachaSeal(
        _ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], associatedData: [UInt8]
    ) -> [UInt8] {
        start()
        precondition(key.count == xchachaKeyByteCount && nonce.count == xchachaNonceByteCount)
        var sealed = [UInt8](repeating: 0, count: plaintext.count + xchachaTagByteCount)
        crypto_aead_xchacha20poly1305_ietf_encrypt(
            &sealed, nil, plaintext, UInt64(plaintext.count),
            associatedData, UInt64(associatedData.count), nil, nonce, key)
        return sealed
    }

    /// The plaintext, or `nil` when key, nonce, associated data or bytes are not the ones sealed.
    static func xchachaOpen(
        _ sealed: [UInt8], key: [UInt8], nonce: [UInt8], associatedData: [UInt8]
    ) -> [UInt8]? {
        start()
        precondition(key.count == xchachaKeyByteCount && nonce.count == xchachaNonceByteCount)
        guard sealed.count >= xchachaTagByteCount else { return nil }
        var plaintext = [UInt8](repeating: 0, count: sealed.count - xchachaTagByteCount)
        let status = crypto_aead_xchacha20poly1305_ietf_decrypt(
            &plaintext, nil, nil, sealed, UInt64(sealed.count),
            associatedData, UInt64(associatedData.count), nonce, key)
        return status == 0 ? plaintext : nil
    }
}
