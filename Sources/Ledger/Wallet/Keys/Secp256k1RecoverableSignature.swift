import CSecp256k1

/// An ECDSA signature that names its signer: hash and signature together give the public key.
public struct Secp256k1RecoverableSignature: Hashable, Sendable {
    /// 64 bytes: `r` then `s`, each a big-endian integer from 1 to the group's order less 1.
    public let compact: [UInt8]

    /// Which of the four candidate points belongs to `r`: bit 0 is the parity of its *y*, bit 1 says
    /// that its *x* was `r` plus the order. Ethereum's `yParity` is 0 or 1; 2 and 3 occur once in
    /// 2¹²⁷ honest signatures.
    public let recoveryID: UInt8

    /// The first half of ``compact``.
    public var r: [UInt8] { Array(compact.prefix(32)) }
    /// The second half of ``compact``.
    public var s: [UInt8] { Array(compact.suffix(32)) }

    /// Checks a signature's form; whether it signs anything shows when it is used.
    ///
    /// - Parameters:
    ///   - compact: 64 bytes, `r` then `s`.
    ///   - recoveryID: 0 to 3.
    /// - Throws: ``Secp256k1Error/signatureLength(_:)``, ``Secp256k1Error/signatureOutOfRange`` or
    ///   ``Secp256k1Error/recoveryID(_:)``.
    public init(compact: [UInt8], recoveryID: UInt8) throws(Secp256k1Error) {
        guard compact.count == 64 else { throw .signatureLength(compact.count) }
        guard recoveryID < 4 else { throw .recoveryID(recoveryID) }
        var raw = secp256k1_ecdsa_signature()
        let context = Secp256k1Context.shared
        // The library takes zeros here, and only fails later.
        guard UInt256(bigEndian: compact.prefix(32)) != .zero,
            UInt256(bigEndian: compact.suffix(32)) != .zero,
            secp256k1_ecdsa_signature_parse_compact(context, &raw, compact) == 1
        else { throw .signatureOutOfRange }
        self.compact = compact
        self.recoveryID = recoveryID
    }

    /// No signature at all: zeros, as they stand in transactions that nobody has signed, only
    /// imagined.
    static let none = Secp256k1RecoverableSignature(unchecked: [UInt8](repeating: 0, count: 64))

    private init(unchecked compact: [UInt8]) {
        self.compact = compact
        recoveryID = 0
    }

    /// Takes a signature that libsecp256k1 has made.
    init(_ raw: secp256k1_ecdsa_recoverable_signature) {
        var bytes = [UInt8](repeating: 0, count: 64)
        var identifier: Int32 = 0
        withUnsafePointer(to: raw) { raw in
            _ = secp256k1_ecdsa_recoverable_signature_serialize_compact(
                Secp256k1Context.shared, &bytes, &identifier, raw)
        }
        compact = bytes
        recoveryID = UInt8(identifier)
    }

    /// Whether `s` is at most half of the group's order, as Ethereum demands of transactions (EIP-2).
    public var hasLowS: Bool {
        var raw = secp256k1_ecdsa_signature()
        let context = Secp256k1Context.shared
        // `normalize` says 1 when it had to change `s`; without an output it only looks.
        return secp256k1_ecdsa_signature_parse_compact(context, &raw, compact) == 1
            && secp256k1_ecdsa_signature_normalize(context, nil, &raw) == 0
    }
}
