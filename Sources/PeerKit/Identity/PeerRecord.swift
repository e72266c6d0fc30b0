import FoundationEssentials

/// Why bytes are not a peer record that can be trusted.
public enum PeerRecordError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The envelope around the record cannot be opened.
    case envelope(EnvelopeError)
    /// The payload is not an encoded record.
    case malformed
    /// The record names no valid peer.
    case malformedPeerID(PeerIDError)
    /// The record speaks for another peer than the one who signed it.
    case wrongSigner(record: PeerID, signer: PeerID)
    /// More addresses than ``IdentityLimits/maximumRecordAddressCount``.
    case tooManyAddresses(count: Int, limit: Int)

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .envelope(let error): error.description
        case .malformed: "the envelope does not hold a peer record"
        case .malformedPeerID(let error): "peer record: \(error)"
        case .wrongSigner(let record, let signer):
            "a peer record of \(record) is signed by \(signer)"
        case .tooManyAddresses(let count, let limit):
            "a peer record with \(count) addresses, allowed are \(limit)"
        }
    }
}

/// Where a peer says that it listens.
///
/// Source: https://github.com/libp2p/specs/blob/master/RFC/0003-routing-records.md
public struct PeerRecord: Hashable, Sendable {
    /// What signatures on peer records are made for.
    public static let domain = "libp2p-peer-record"
    /// The type of the payload in a signed envelope (multicodec `libp2p-peer-record`).
    public static let payloadType: [UInt8] = [0x03, 0x01]

    /// The peer.
    public let peerID: PeerID
    /// Grows with every new record of the same peer; usually nanoseconds of its clock.
    public let sequence: UInt64
    /// Where the peer listens, without `/p2p` of the peer itself.
    public let addresses: [Multiaddr]

    /// A record of the given parts. A `/p2p` of `peerID` at the end of an address is dropped.
    public init(peerID: PeerID, sequence: UInt64, addresses: [Multiaddr]) {
        self.peerID = peerID
        self.sequence = sequence
        self.addresses = addresses.map { $0.peerID == peerID ? $0.withoutPeerID : $0 }
    }

    /// Signs the record.
    ///
    /// - Throws: ``PeerRecordError/wrongSigner(record:signer:)`` when the signer is not the peer,
    ///   ``PeerRecordError/tooManyAddresses(count:limit:)``, and what the signer throws.
    public func sealed(with signer: any Signer) async throws -> SignedEnvelope {
        guard signer.publicKey.peerID == peerID else {
            throw PeerRecordError.wrongSigner(record: peerID, signer: signer.publicKey.peerID)
        }
        try checkAddressCount(addresses.count)
        return try await SignedEnvelope.seal(
            bytes, payloadType: Self.payloadType, domain: Self.domain, with: signer)
    }

    /// Opens an envelope with a record in it and checks that the record's peer signed it.
    ///
    /// Addresses that we cannot read, that are empty or that name another peer are left out: one
    /// protocol that we do not know must not hide the peer's other addresses.
    public static func open(_ envelope: [UInt8]) throws(PeerRecordError) -> PeerRecord {
        let opened: SignedEnvelope
        do {
            opened = try SignedEnvelope.open(envelope, domain: domain, payloadType: payloadType)
        } catch {
            throw .envelope(error)
        }
        let record = try PeerRecord(bytes: opened.payload)
        let signer = opened.publicKey.peerID
        guard record.peerID == signer else {
            throw .wrongSigner(record: record.peerID, signer: signer)
        }
        return record
    }

    /// Decodes the payload of an envelope, which by itself proves nothing.
    init(bytes: [UInt8]) throws(PeerRecordError) {
        let message: PeerRecordProto_PeerRecord
        do {
            message = try PeerRecordProto_PeerRecord(
                bytes: bytes, limit: IdentityLimits.maximumEnvelopeByteCount)
        } catch {
            throw .malformed
        }
        let peerID: PeerID
        do {
            peerID = try PeerID(bytes: Array(message.peerID))
        } catch {
            throw .malformedPeerID(error)
        }
        try checkAddressCount(message.addresses.count)
        let addresses = message.addresses.compactMap { info -> Multiaddr? in
            guard let address = try? Multiaddr(bytes: Array(info.multiaddr)),
                address.peerID == nil || address.peerID == peerID,
                !address.withoutPeerID.isEmpty
            else { return nil }
            return address
        }
        self.init(peerID: peerID, sequence: message.seq, addresses: addresses)
    }

    /// The payload of an envelope.
    var bytes: [UInt8] {
        var message = PeerRecordProto_PeerRecord()
        message.peerID = Data(peerID.bytes)
        message.seq = sequence
        message.addresses = addresses.map { address in
            var info = PeerRecordProto_PeerRecord.AddressInfo()
            info.multiaddr = Data(address.bytes)
            return info
        }
        // Nothing in this message can make serialising fail.
        return (try? message.serializedBytes()) ?? []
    }
}

private func checkAddressCount(_ count: Int) throws(PeerRecordError) {
    let limit = IdentityLimits.maximumRecordAddressCount
    guard count <= limit else { throw .tooManyAddresses(count: count, limit: limit) }
}
