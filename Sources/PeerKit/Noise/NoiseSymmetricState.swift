import Crypto
import FoundationEssentials

import struct NIOCore.ByteBuffer

/// Handshake hash, chaining key and the key of the moment (Noise specification, §5.2
/// SymmetricState) with SHA-256.
struct NoiseSymmetricState: Sendable {
    /// The hash of everything sent so far; at the end it names the channel.
    private(set) var handshakeHash: [UInt8]
    private var chainingKey: SymmetricKey
    private var cipher: NoiseCipherState?

    /// - Parameter protocolName: At most 32 bytes; padded with zeros it is the first hash.
    init(protocolName: String, prologue: [UInt8]) {
        var name = Array(protocolName.utf8)
        precondition(name.count <= SHA256.byteCount, "a longer name would have to be hashed")
        name.append(contentsOf: repeatElement(0, count: SHA256.byteCount - name.count))
        handshakeHash = name
        chainingKey = SymmetricKey(data: name)
        mixHash(prologue)
    }

    mutating func mixHash(_ bytes: [UInt8]) {
        var hash = SHA256()
        hash.update(data: handshakeHash)
        hash.update(data: bytes)
        handshakeHash = Array(hash.finalize())
    }

    mutating func mixKey(_ material: SymmetricKey) {
        let (first, second) = derive(from: material)
        chainingKey = first
        cipher = NoiseCipherState(key: second)
    }

    /// Appends `plaintext` to `message`, encrypted once there is a key.
    mutating func encryptAndHash(
        _ plaintext: [UInt8], into message: inout ByteBuffer
    ) throws(NoiseError) {
        guard cipher != nil else {
            message.writeBytes(plaintext)
            return mixHash(plaintext)
        }
        var ciphertext = [UInt8](repeating: 0, count: plaintext.count + NoiseLimits.tagBytes)
        var failure: NoiseError?
        plaintext.withUnsafeBytes { source in
            ciphertext.withUnsafeMutableBytes { target in
                do throws(NoiseError) {
                    try cipher?.seal(source, authenticating: handshakeHash, into: target)
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        message.writeBytes(ciphertext)
        mixHash(ciphertext)
    }

    /// Undoes ``encryptAndHash(_:into:)``.
    mutating func decryptAndHash(_ bytes: [UInt8]) throws(NoiseError) -> [UInt8] {
        guard cipher != nil else {
            mixHash(bytes)
            return bytes
        }
        guard bytes.count >= NoiseLimits.tagBytes else {
            throw .messageTooShort(bytes: bytes.count)
        }
        var plaintext = [UInt8](repeating: 0, count: bytes.count - NoiseLimits.tagBytes)
        var failure: NoiseError?
        bytes.withUnsafeBytes { source in
            plaintext.withUnsafeMutableBytes { target in
                do throws(NoiseError) {
                    try cipher?.open(source, authenticating: handshakeHash, into: target)
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        mixHash(bytes)
        return plaintext
    }

    /// How many bytes `plaintext` bytes take in a message now.
    func encryptedCount(_ plaintext: Int) -> Int {
        cipher == nil ? plaintext : plaintext + NoiseLimits.tagBytes
    }

    /// The two directions' ciphers: the initiator sends with the first.
    func split() -> (NoiseCipherState, NoiseCipherState) {
        let (first, second) = derive(from: SymmetricKey(data: [UInt8]()))
        return (NoiseCipherState(key: first), NoiseCipherState(key: second))
    }

    /// HKDF with two outputs (§4.3). It equals RFC 5869 with the chaining key as salt and no info.
    private func derive(from material: SymmetricKey) -> (SymmetricKey, SymmetricKey) {
        let key = SymmetricKey(
            data: material.withUnsafeBytes {
                HMAC<SHA256>.authenticationCode(for: $0, using: chainingKey)
            })
        let first = HMAC<SHA256>.authenticationCode(for: [UInt8(1)], using: key)
        var second = HMAC<SHA256>(key: key)
        first.withUnsafeBytes { second.update(data: $0) }
        second.update(data: [UInt8(2)])
        return (SymmetricKey(data: first), SymmetricKey(data: second.finalize()))
    }
}
