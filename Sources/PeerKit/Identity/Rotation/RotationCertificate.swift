/// Why bytes are not a certificate that can be believed.
public enum RotationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not a certificate.
    case malformed
    /// Longer than allowed.
    case tooLong(byteCount: Int, limit: Int)
    /// A signature is missing or wrong.
    case invalidSignature
    /// Signed by another key than the one it speaks for.
    case wrongSigner
    /// The new key has not agreed, so it may be somebody else's.
    case notAccepted
    /// From a key to itself.
    case circular
    /// Not valid yet or no more, or for longer than allowed.
    case expired
    /// A chain whose certificates do not follow on each other, or is too long.
    case brokenChain

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .malformed: "not a rotation certificate"
        case .tooLong(let count, let limit):
            "a certificate of \(count) bytes, allowed are \(limit)"
        case .invalidSignature: "the certificate's signature is not valid"
        case .wrongSigner: "the certificate is signed by another key"
        case .notAccepted: "the new key has not signed that it takes over"
        case .circular: "the certificate leads from a key to itself"
        case .expired: "the certificate is not valid now"
        case .brokenChain: "the certificates do not follow on each other"
        }
    }
}

/// One key's word that another takes its place, agreed to by the other.
///
/// Both sign: the old key, that the new one speaks for it from now on; the new key, that it takes
/// over. Without the second signature anybody could declare another peer to be its successor, and
/// burden it with its own past.
///
/// A signed envelope (libp2p RFC 0002) with the domain `psic-key-rotation` and the payload type
/// `/psic/key-rotation/1` around
///
///     message Rotation {
///       bytes old = 1;          // peer ID
///       bytes newKey = 2;       // libp2p PublicKey message
///       uint64 sequence = 3;    // 1 for the first rotation of an identity, then one more each
///       uint64 issued = 4;      // seconds since 1970
///       uint64 expires = 5;     // seconds since 1970
///       bytes recoveryKey = 6;  // libp2p PublicKey message of a key that may revoke the new one
///     }
///     message Certificate { bytes envelope = 1; bytes acceptance = 2; }
///
/// `acceptance` is the new key's signature over the same payload in the domain
/// `psic-key-acceptance`.
public struct RotationCertificate: Hashable, Sendable {
    static let domain = "psic-key-rotation"
    static let acceptanceDomain = "psic-key-acceptance"
    static let payloadType: [UInt8] = Array("/psic/key-rotation/1".utf8)

    /// The key that steps back.
    public let old: PeerID
    /// The key that takes over.
    public let newKey: PublicKey
    /// Which rotation of the identity this is, from 1.
    public let sequence: UInt64
    /// When it was signed, in seconds since 1970.
    public let issued: UInt64
    /// Until when it may be shown to who has not seen it, in seconds since 1970.
    public let expires: UInt64
    /// A key that may revoke the new one.
    public let recoveryKey: PublicKey?
    /// The certificate as it goes over the wire.
    public let bytes: [UInt8]

    /// The peer that takes over.
    public var new: PeerID { newKey.peerID }

    /// Makes a certificate; both keys sign.
    public static func issue(
        from old: any Signer, to new: any Signer, sequence: UInt64, at unixSeconds: UInt64,
        validFor validity: Duration, recoveryKey: PublicKey? = nil
    ) async throws -> RotationCertificate {
        var payload = WireWriter()
        payload.write(old.publicKey.peerID.bytes, tag: 1)
        payload.write(new.publicKey.protobuf, tag: 2)
        payload.write(sequence, tag: 3)
        payload.write(unixSeconds, tag: 4)
        let (expires, overflow) = unixSeconds.addingReportingOverflow(validity.wholeSeconds)
        payload.write(overflow ? .max : expires, tag: 5)
        if let recoveryKey { payload.write(recoveryKey.protobuf, tag: 6) }
        let envelope = try await SignedEnvelope.seal(
            payload.bytes, payloadType: payloadType, domain: domain, with: old)
        let acceptance = try await new.sign(acceptanceBytes(payload.bytes))
        var outer = WireWriter()
        outer.write(envelope.bytes, tag: 1)
        outer.write(acceptance, tag: 2)
        return try open(outer.bytes)
    }

    /// Reads a certificate and checks both signatures, not its time.
    public static func open(
        _ bytes: [UInt8], limits: RotationLimits = .init()
    ) throws(RotationError) -> RotationCertificate {
        guard bytes.count <= limits.maximumCertificateBytes else {
            throw .tooLong(byteCount: bytes.count, limit: limits.maximumCertificateBytes)
        }
        let outer = try RotationFields(bytes)
        guard let envelopeBytes = outer.bytes[1], let acceptance = outer.bytes[2] else {
            throw .malformed
        }
        let envelope = try openEnvelope(envelopeBytes, domain: domain, payloadType: payloadType)
        let fields = try RotationFields(envelope.payload)
        guard let old = fields.bytes[1].flatMap({ try? PeerID(bytes: $0) }),
            let newKey = fields.bytes[2].flatMap({ try? PublicKey(protobuf: $0) }),
            let sequence = fields.numbers[3], let issued = fields.numbers[4],
            let expires = fields.numbers[5], issued <= expires
        else { throw .malformed }
        let recoveryKey = fields.bytes[6].flatMap { try? PublicKey(protobuf: $0) }
        guard fields.bytes[6] == nil || recoveryKey != nil else { throw .malformed }
        guard envelope.publicKey.peerID == old else { throw .wrongSigner }
        guard newKey.peerID != old else { throw .circular }
        guard newKey.isSupported,
            newKey.isValidSignature(acceptance, for: acceptanceBytes(envelope.payload))
        else { throw .notAccepted }
        return RotationCertificate(
            old: old, newKey: newKey, sequence: sequence, issued: issued, expires: expires,
            recoveryKey: recoveryKey, bytes: bytes)
    }

    /// Whether the certificate may be believed at a time by who has not seen it before.
    func isValid(at unixSeconds: UInt64, limits: RotationLimits) -> Bool {
        let tolerance = limits.clockTolerance.wholeSeconds
        let (latest, overflow) = unixSeconds.addingReportingOverflow(tolerance)
        return issued <= (overflow ? .max : latest)
            && (expires >= unixSeconds || unixSeconds - expires <= tolerance)
            && expires - issued <= limits.maximumValidity.wholeSeconds
    }

    private static func acceptanceBytes(_ payload: [UInt8]) -> [UInt8] {
        SignedEnvelope.signedBytes(
            domain: acceptanceDomain, payloadType: payloadType, payload: payload)
    }

    static func openEnvelope(
        _ bytes: [UInt8], domain: String, payloadType: [UInt8]
    ) throws(RotationError) -> SignedEnvelope {
        do throws(EnvelopeError) {
            return try SignedEnvelope.open(bytes, domain: domain, payloadType: payloadType)
        } catch {
            if case .invalidSignature = error { throw .invalidSignature }
            throw .malformed
        }
    }
}

/// A key's word, or its recovery key's, that nobody shall believe the key any more.
///
/// A signed envelope with the domain `psic-key-revocation` and the payload type
/// `/psic/key-revocation/1` around
///
///     message Revocation { bytes peer = 1; uint64 issued = 2; }
public struct RevocationCertificate: Hashable, Sendable {
    static let domain = "psic-key-revocation"
    static let payloadType: [UInt8] = Array("/psic/key-revocation/1".utf8)

    /// The key that is revoked.
    public let peer: PeerID
    /// When it was signed, in seconds since 1970.
    public let issued: UInt64
    /// Who signed: the key itself or its recovery key.
    public let signer: PublicKey
    /// The certificate as it goes over the wire.
    public let bytes: [UInt8]

    /// Revokes a key; `signer` is the key itself or its recovery key.
    public static func issue(
        of peer: PeerID, by signer: any Signer, at unixSeconds: UInt64
    ) async throws -> RevocationCertificate {
        var payload = WireWriter()
        payload.write(peer.bytes, tag: 1)
        payload.write(unixSeconds, tag: 2)
        return try open(
            try await SignedEnvelope.seal(
                payload.bytes, payloadType: payloadType, domain: domain, with: signer
            ).bytes)
    }

    /// Reads a certificate and checks its signature, not whether the signer may revoke the key.
    public static func open(
        _ bytes: [UInt8], limits: RotationLimits = .init()
    ) throws(RotationError) -> RevocationCertificate {
        guard bytes.count <= limits.maximumCertificateBytes else {
            throw .tooLong(byteCount: bytes.count, limit: limits.maximumCertificateBytes)
        }
        let envelope = try RotationCertificate.openEnvelope(
            bytes, domain: domain, payloadType: payloadType)
        let fields = try RotationFields(envelope.payload)
        guard let peer = fields.bytes[1].flatMap({ try? PeerID(bytes: $0) }),
            let issued = fields.numbers[2]
        else { throw .malformed }
        return RevocationCertificate(
            peer: peer, issued: issued, signer: envelope.publicKey, bytes: bytes)
    }
}

/// The fields of a message of this folder, the last of each tag.
struct RotationFields {
    private(set) var bytes: [UInt64: [UInt8]] = [:]
    private(set) var numbers: [UInt64: UInt64] = [:]

    init(_ message: [UInt8]) throws(RotationError) {
        var fields = WireFields(message, maximumFields: 12)
        do throws(WireError) {
            while let field = try fields.next() {
                switch field.value {
                case .bytes(let range): bytes[field.tag] = Array(fields[range])
                case .number(let value): numbers[field.tag] = value
                case .other: continue
                }
            }
        } catch {
            throw .malformed
        }
    }
}
