import CSecp256k1
import PeerKit

/// A secp256k1 private key.
///
/// Copies share one place in memory, which stands between guard pages, is kept from being swapped out
/// where the system allows, and is erased with the last of them. The key appears in no description,
/// dump or error.
public struct Secp256k1PrivateKey: Sendable {
    /// Always a valid key: checked on the way in, never written again.
    private let secret: GuardedBytes

    /// Takes a key.
    ///
    /// - Parameter bytes: 32 bytes, big-endian, copied; the caller erases its own copy.
    /// - Throws: ``Secp256k1Error/privateKeyLength(_:)`` or
    ///   ``Secp256k1Error/privateKeyOutOfRange``.
    public init(bytes: some Collection<UInt8>) throws(Secp256k1Error) {
        guard bytes.count == 32 else { throw .privateKeyLength(bytes.count) }
        try self.init(GuardedBytes(bytes))
    }

    /// Takes 32 bytes that are guarded already.
    init(_ secret: GuardedBytes) throws(Secp256k1Error) {
        let isValid = secret.withUnsafePointer {
            secp256k1_ec_seckey_verify(Secp256k1Context.shared, $0)
        }
        guard isValid == 1 else { throw .privateKeyOutOfRange }
        self.secret = secret
    }

    /// A new key. Use the system's generator for one that guards anything.
    public static func generate(
        using generator: inout some RandomNumberGenerator
    ) -> Secp256k1PrivateKey {
        var bytes = [UInt8](repeating: 0, count: 32)
        defer { Sodium.wipe(&bytes) }
        while true {
            for index in bytes.indices { bytes[index] = .random(in: 0...255, using: &generator) }
            // All but one in 2¹²⁷ strings of 32 bytes are keys.
            if let key = try? Secp256k1PrivateKey(bytes: bytes) { return key }
        }
    }

    /// The key as 32 bytes, lent for the time of a call. Whoever copies them wipes the copy.
    public func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        secret.withUnsafePointer { body(UnsafeBufferPointer(start: $0, count: 32)) }
    }

    /// The sum of this key and a number, modulo the group's order (BIP-32).
    ///
    /// - Parameter tweak: 32 bytes, big-endian.
    /// - Returns: `nil` if the number is not below the order, or the sum is 0.
    func adding(_ tweak: [UInt8]) -> Secp256k1PrivateKey? {
        precondition(tweak.count == 32, "a number of \(tweak.count) bytes added to a key")
        var isValid: Int32 = 0
        let sum = GuardedBytes(count: 32) { target in
            withBytes { _ = target.initialize(fromContentsOf: $0) }
            guard let base = target.baseAddress else { return }
            isValid = secp256k1_ec_seckey_tweak_add(Secp256k1Context.shared, base, tweak)
        }
        return isValid == 1 ? try? Secp256k1PrivateKey(sum) : nil
    }

    /// The account of this key.
    public var address: Address { Address(publicKey) }

    /// The public key that belongs to this one.
    ///
    /// - Complexity: One multiplication on the curve, some 20 µs; keep the result.
    public var publicKey: Secp256k1PublicKey {
        var point = secp256k1_pubkey()
        let isValid = secret.withUnsafePointer {
            secp256k1_ec_pubkey_create(Secp256k1Context.shared, &point, $0)
        }
        precondition(isValid == 1, "a checked private key has a public key")
        return Secp256k1PublicKey(point: point)
    }

    /// Signs a hash.
    ///
    /// Deterministic: the nonce comes from key and hash alone (RFC 6979, §3.2, with SHA-256). `s` is
    /// at most half of the group's order (EIP-2), so that nobody can make a second signature of it.
    ///
    /// - Parameter hash: 32 bytes, the output of a collision-resistant hash; signing bytes of
    ///   another's choice instead gives that other a signature on anything.
    /// - Throws: ``Secp256k1Error/hashLength(_:)``.
    public func recoverableSignature(
        forHash hash: [UInt8]
    ) throws(Secp256k1Error) -> Secp256k1RecoverableSignature {
        guard hash.count == 32 else { throw .hashLength(hash.count) }
        var raw = secp256k1_ecdsa_recoverable_signature()
        let isSigned = secret.withUnsafePointer {
            secp256k1_ecdsa_sign_recoverable(
                Secp256k1Context.shared, &raw, hash, $0, secp256k1_nonce_function_rfc6979, nil)
        }
        precondition(isSigned == 1, "a checked private key signs every hash")
        return Secp256k1RecoverableSignature(raw)
    }
}

extension Secp256k1PrivateKey: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// Says that this is a private key, and nothing of it.
    public var description: String { "Secp256k1PrivateKey(hidden)" }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// A mirror without children, so that `dump` shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
