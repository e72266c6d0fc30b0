import CSodium

extension Sodium {
    /// Bytes of X25519 secrets, public keys and shared secrets.
    package static let x25519ByteCount = Int(crypto_scalarmult_BYTES)

    /// The public key of an X25519 secret (RFC 7748, §6.1).
    ///
    /// - Precondition: the secret has 32 bytes; they are clamped when used.
    package static func x25519PublicKey(secret: UnsafeRawBufferPointer) -> [UInt8] {
        start()
        precondition(secret.count == x25519ByteCount, "an X25519 secret has 32 bytes")
        var key = [UInt8](repeating: 0, count: x25519ByteCount)
        if let secret = secret.bindMemory(to: UInt8.self).baseAddress {
            crypto_scalarmult_base(&key, secret)
        }
        return key
    }

    /// The shared secret with a remote public key; `nil` for keys that give all zeros, which a
    /// remote may choose to make the secret known, and for keys of another length than 32 bytes.
    package static func x25519SharedSecret(
        secret: UnsafeRawBufferPointer, remote: [UInt8]
    ) -> [UInt8]? {
        start()
        precondition(secret.count == x25519ByteCount, "an X25519 secret has 32 bytes")
        guard remote.count == x25519ByteCount,
            let secret = secret.bindMemory(to: UInt8.self).baseAddress
        else { return nil }
        var shared = [UInt8](repeating: 0, count: x25519ByteCount)
        return crypto_scalarmult(&shared, secret, remote) == 0 ? shared : nil
    }
}
