/// The wire form of a beacon: `PSB1`, then a signed envelope.
enum BeaconCodec {
    static let magic: [UInt8] = Array("PSB1".utf8)
    static let domain = "psic-lan-beacon"
    static let payloadType: [UInt8] = Array("/psic/lan-beacon/1".utf8)

    /// A beacon before its signature is checked, which costs far more than everything before.
    struct Unverified: Sendable {
        var beacon: Beacon
        var envelope: [UInt8]
    }

    static func seal(_ beacon: Beacon, by signer: any Signer) async throws -> [UInt8] {
        var message = BeaconProto_Beacon()
        message.network = beacon.network
        message.peerID = .init(beacon.peerID.bytes)
        message.addresses = beacon.addresses.map { .init($0.bytes) }
        message.sequence = beacon.sequence
        message.expiry = beacon.expiry
        let payload: [UInt8] = try message.serializedBytes()
        let envelope = try await SignedEnvelope.seal(
            payload, payloadType: payloadType, domain: domain, with: signer)
        return magic + envelope.bytes
    }

    static func read(
        _ datagram: [UInt8], limits: BeaconLimits
    ) throws(BeaconFault) -> Unverified {
        guard datagram.count <= limits.maximumDatagramBytes, datagram.starts(with: magic) else {
            throw .malformed
        }
        let envelope = Array(datagram.dropFirst(magic.count))
        guard
            let outer = try? EnvelopeProto_Envelope(
                bytes: envelope, limit: limits.maximumDatagramBytes),
            let message = try? BeaconProto_Beacon(
                bytes: Array(outer.payload), limit: limits.maximumDatagramBytes),
            message.network.utf8.count <= limits.maximumNetworkNameBytes,
            message.addresses.count <= limits.maximumAddresses,
            let peerID = try? PeerID(bytes: Array(message.peerID))
        else { throw .malformed }
        return Unverified(
            beacon: Beacon(
                network: message.network, peerID: peerID,
                addresses: message.addresses.compactMap { try? Multiaddr(bytes: Array($0)) },
                sequence: message.sequence, expiry: message.expiry),
            envelope: envelope)
    }

    static func verify(_ unverified: Unverified) throws(BeaconFault) {
        guard
            let opened = try? SignedEnvelope.open(
                unverified.envelope, domain: domain, payloadType: payloadType),
            opened.publicKey.peerID == unverified.beacon.peerID
        else { throw .forged }
    }
}
