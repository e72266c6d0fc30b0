import CSecp256k1

/// A secp256k1 public key: a point of the curve other than infinity.
public struct Secp256k1PublicKey: Sendable {
    /// The library's own form, which is not portable and never leaves the process.
    private let point: secp256k1_pubkey

    /// Wraps a point that libsecp256k1 has computed or checked.
    init(point: secp256k1_pubkey) { self.point = point }

    /// Parses a key (SEC 1, §2.3.4).
    ///
    /// The hybrid form of SEC 1 (65 bytes starting with 6 or 7) is refused: nothing uses it, and it
    /// would give one key two encodings of the same length.
    ///
    /// - Parameter bytes: 33 bytes (compressed) or 65 (uncompressed).
    /// - Throws: ``Secp256k1Error/publicKeyFormat(length:)`` or
    ///   ``Secp256k1Error/pointNotOnCurve``.
    public init(bytes: [UInt8]) throws(Secp256k1Error) {
        switch (bytes.count, bytes.first) {
        case (33, 2), (33, 3), (65, 4): break
        default: throw .publicKeyFormat(length: bytes.count)
        }
        var point = secp256k1_pubkey()
        let context = Secp256k1Context.shared
        guard secp256k1_ec_pubkey_parse(context, &point, bytes, bytes.count) == 1 else {
            throw .pointNotOnCurve
        }
        self.point = point
    }

    /// 33 bytes: 2 or 3 by the parity of *y*, then *x* (SEC 1, §2.3.3).
    public var compressed: [UInt8] { serialized(length: 33, SECP256K1_EC_COMPRESSED) }

    /// 65 bytes: 4, *x*, *y* (SEC 1, §2.3.3).
    public var uncompressed: [UInt8] { serialized(length: 65, SECP256K1_EC_UNCOMPRESSED) }

    private func serialized(length: Int, _ form: Int32) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: length)
        var written = length
        withUnsafePointer(to: point) { point in
            _ = secp256k1_ec_pubkey_serialize(
                Secp256k1Context.shared, &bytes, &written, point, UInt32(form))
        }
        precondition(written == length, "a checked point has an encoding")
        return bytes
    }

    /// Whether a signature is this key's signature of a hash.
    ///
    /// A signature whose `s` is above half of the group's order is not valid here (EIP-2), so a hash
    /// and a nonce have one signature, not two.
    ///
    /// - Parameters:
    ///   - signature: 64 bytes, `r` then `s`; anything else is not valid.
    ///   - hash: 32 bytes; anything else has no valid signature.
    public func isValidSignature(_ signature: [UInt8], forHash hash: [UInt8]) -> Bool {
        guard signature.count == 64, hash.count == 32 else { return false }
        let context = Secp256k1Context.shared
        var raw = secp256k1_ecdsa_signature()
        guard secp256k1_ecdsa_signature_parse_compact(context, &raw, signature) == 1 else {
            return false
        }
        return withUnsafePointer(to: point) { point in
            secp256k1_ecdsa_verify(context, &raw, hash, point) == 1
        }
    }

    /// The sum of this point and a multiple of the generator (BIP-32).
    ///
    /// - Parameter tweak: 32 bytes, big-endian.
    /// - Returns: `nil` if the number is not below the group's order, or the sum is infinity.
    func adding(_ tweak: [UInt8]) -> Secp256k1PublicKey? {
        precondition(tweak.count == 32, "a number of \(tweak.count) bytes added to a key")
        var sum = point
        guard secp256k1_ec_pubkey_tweak_add(Secp256k1Context.shared, &sum, tweak) == 1 else {
            return nil
        }
        return Secp256k1PublicKey(point: sum)
    }

    /// Finds the key that made a signature (SEC 1, §4.1.6).
    ///
    /// Unlike ``isValidSignature(_:forHash:)`` this takes an `s` in either half, as the EVM's
    /// `ecrecover` does; for a transaction, check
    /// ``Secp256k1RecoverableSignature/hasLowS`` as well.
    ///
    /// - Throws: ``Secp256k1Error/hashLength(_:)`` or ``Secp256k1Error/notRecoverable``.
    public static func recover(
        from signature: Secp256k1RecoverableSignature, forHash hash: [UInt8]
    ) throws(Secp256k1Error) -> Secp256k1PublicKey {
        guard hash.count == 32 else { throw .hashLength(hash.count) }
        var point = secp256k1_pubkey()
        let context = Secp256k1Context.shared
        var raw = secp256k1_ecdsa_recoverable_signature()
        let isParsed = secp256k1_ecdsa_recoverable_signature_parse_compact(
            context, &raw, signature.compact, Int32(signature.recoveryID))
        guard isParsed == 1, secp256k1_ecdsa_recover(context, &point, &raw, hash) == 1 else {
            throw .notRecoverable
        }
        return Secp256k1PublicKey(point: point)
    }
}

extension Secp256k1PublicKey: Hashable, CustomStringConvertible {
    /// Whether both are the same point.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.compressed == rhs.compressed }

    /// Hashes the point.
    public func hash(into hasher: inout Hasher) { hasher.combine(compressed) }

    /// The compressed form in hexadecimal.
    public var description: String {
        compressed.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
