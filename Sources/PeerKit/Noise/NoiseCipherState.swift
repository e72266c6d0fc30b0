import CSodium
import Crypto
import FoundationEssentials

/// One direction's key and message counter (Noise specification, §5.1 CipherState) with
/// ChaCha20-Poly1305: the nonce is four zero bytes and the counter, little-endian (§12.3).
///
/// Two implementations make the same bytes: libsodium for short messages, BoringSSL for long ones.
struct NoiseCipherState: Sendable {
    private let key: SymmetricKey

    /// How many messages were sealed or opened; the next one's nonce.
    private(set) var counter: UInt64

    init(key: SymmetricKey, counter: UInt64 = 0) {
        self.key = key
        self.counter = counter
    }

    /// The nonce as it lies in memory: three 32-bit words, little-endian.
    private typealias Nonce = (UInt32, UInt32, UInt32)

    /// The next message's nonce. The last counter is kept back, as the specification asks.
    private func nonce() throws(NoiseError) -> Nonce {
        guard counter != .max else { throw .nonceExhausted }
        return (
            0, UInt32(truncatingIfNeeded: counter).littleEndian,
            UInt32(truncatingIfNeeded: counter >> 32).littleEndian
        )
    }

    /// Encrypts `plaintext` to `ciphertext`, which has room for the 16 bytes of the tag.
    ///
    /// The two may start at the same address; otherwise they do not overlap.
    mutating func seal(
        _ plaintext: UnsafeRawBufferPointer, authenticating data: [UInt8] = [],
        into ciphertext: UnsafeMutableRawBufferPointer
    ) throws(NoiseError) {
        precondition(ciphertext.count >= plaintext.count + NoiseLimits.tagBytes)
        let nonce = try nonce()
        if plaintext.count >= NoiseLimits.bulkSealThreshold {
            try Self.sealBulk(
                plaintext, authenticating: data, nonce: nonce, key: key, into: ciphertext)
        } else {
            withUnsafeBytes(of: nonce) { nonce in
                key.withUnsafeBytes { key in
                    guard let target = ciphertext.bytes, let nonce = nonce.bytes,
                        let key = key.bytes
                    else { return }
                    // Cannot fail: lengths are far below the cipher's bound.
                    _ = crypto_aead_chacha20poly1305_ietf_encrypt(
                        target, nil, plaintext.bytes, UInt64(plaintext.count),
                        data, UInt64(data.count), nil, nonce, key)
                }
            }
        }
        counter &+= 1
    }

    /// Decrypts `ciphertext`, the tag at its end, to `plaintext`, which is 16 bytes shorter.
    ///
    /// - Throws: ``NoiseError/authenticationFailed``; the counter stays and `plaintext` holds
    ///   nothing of value.
    mutating func open(
        _ ciphertext: UnsafeRawBufferPointer, authenticating data: [UInt8] = [],
        into plaintext: UnsafeMutableRawBufferPointer
    ) throws(NoiseError) {
        let count = ciphertext.count - NoiseLimits.tagBytes
        guard count >= 0 else { throw .messageTooShort(bytes: ciphertext.count) }
        precondition(plaintext.count >= count)
        let nonce = try nonce()
        if count >= NoiseLimits.bulkOpenThreshold {
            try Self.openBulk(
                ciphertext, authenticating: data, nonce: nonce, key: key, into: plaintext)
        } else {
            let result: CInt = withUnsafeBytes(of: nonce) { nonce in
                key.withUnsafeBytes { key in
                    guard let source = ciphertext.bytes, let nonce = nonce.bytes,
                        let key = key.bytes
                    else { return -1 }
                    return crypto_aead_chacha20poly1305_ietf_decrypt(
                        plaintext.bytes, nil, nil, source, UInt64(ciphertext.count),
                        data, UInt64(data.count), nonce, key)
                }
            }
            guard result == 0 else { throw .authenticationFailed }
        }
        counter &+= 1
    }

    private static func sealBulk(
        _ plaintext: UnsafeRawBufferPointer, authenticating data: [UInt8], nonce: Nonce,
        key: SymmetricKey, into ciphertext: UnsafeMutableRawBufferPointer
    ) throws(NoiseError) {
        do {
            let nonce = try withUnsafeBytes(of: nonce) { try ChaChaPoly.Nonce(data: $0) }
            let box = try ChaChaPoly.seal(
                plaintext, using: key, nonce: nonce, authenticating: data)
            box.combined.withUnsafeBytes { combined in
                ciphertext.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: combined.dropFirst(nonceBytes)))
            }
        } catch {
            // The library refuses only keys and nonces of a wrong length.
            throw .authenticationFailed
        }
    }

    private static func openBulk(
        _ ciphertext: UnsafeRawBufferPointer, authenticating data: [UInt8], nonce: Nonce,
        key: SymmetricKey, into plaintext: UnsafeMutableRawBufferPointer
    ) throws(NoiseError) {
        do {
            // In one piece: the library would put parts together itself, slowly beyond 64 KiB.
            var combined = Data(capacity: nonceBytes + ciphertext.count)
            withUnsafeBytes(of: nonce) { combined.append(contentsOf: $0) }
            combined.append(contentsOf: ciphertext)
            let box = try ChaChaPoly.SealedBox(combined: combined)
            let opened = try ChaChaPoly.open(box, using: key, authenticating: data)
            opened.withUnsafeBytes { plaintext.copyMemory(from: $0) }
        } catch {
            throw .authenticationFailed
        }
    }

    /// Length of a nonce.
    static let nonceBytes = 12
}

extension UnsafeRawBufferPointer {
    /// The start address as libsodium wants it.
    fileprivate var bytes: UnsafePointer<UInt8>? {
        baseAddress?.assumingMemoryBound(to: UInt8.self)
    }
}

extension UnsafeMutableRawBufferPointer {
    fileprivate var bytes: UnsafeMutablePointer<UInt8>? {
        baseAddress?.assumingMemoryBound(to: UInt8.self)
    }
}
