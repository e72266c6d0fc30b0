import struct NIOCore.ByteBuffer

/// The wire form of identify: one or more length-prefixed `Identify` messages up to the end of the
/// stream, whose fields are merged.
///
/// Source: libp2p specs, "identify".
enum IdentifyCodec {
    /// The message of a node.
    static func encode(
        publicKey: PublicKey, info: IdentifyInfo, signedRecord: [UInt8]?
    ) -> [UInt8] {
        var message = IdentifyProto_Identify()
        message.publicKey = .init(publicKey.protobuf)
        message.listenAddrs = info.listenAddresses.map { .init($0.bytes) }
        message.protocols = info.protocols
        if let observed = info.observedAddress { message.observedAddr = .init(observed.bytes) }
        message.protocolVersion = info.protocolVersion
        message.agentVersion = info.agentVersion
        if let signedRecord { message.signedPeerRecord = .init(signedRecord) }
        // Serialising cannot fail: every field is set and no required one is missing.
        return (try? message.serializedBytes()) ?? []
    }

    /// Reads everything a peer has sent, checking it against the peer that the handshake proved.
    static func decode(
        _ bytes: ByteBuffer, from peer: PeerID
    ) throws(IdentifyError) -> IdentifyInfo {
        var bytes = bytes
        var merged = IdentifyProto_Identify()
        var parts = 0
        while bytes.readableBytes > 0 {
            parts += 1
            guard parts <= IdentifyLimits.maximumParts else { throw .tooManyParts }
            let part = try readPart(&bytes)
            merge(part, into: &merged)
        }
        guard parts > 0 else { throw .empty }
        return try info(merged, peer)
    }

    private static func readPart(
        _ bytes: inout ByteBuffer
    ) throws(IdentifyError) -> IdentifyProto_Identify {
        let length: UInt64?
        do { length = try bytes.readVarInt() } catch { throw .malformed }
        guard let length, let count = Int(exactly: length),
            let part = bytes.readBytes(length: count)
        else { throw .malformed }
        do {
            return try IdentifyProto_Identify(bytes: part, limit: IdentifyLimits.maximumBytes)
        } catch {
            throw .malformed
        }
    }

    private static func merge(
        _ part: IdentifyProto_Identify, into merged: inout IdentifyProto_Identify
    ) {
        if part.hasPublicKey { merged.publicKey = part.publicKey }
        if part.hasObservedAddr { merged.observedAddr = part.observedAddr }
        if part.hasProtocolVersion { merged.protocolVersion = part.protocolVersion }
        if part.hasAgentVersion { merged.agentVersion = part.agentVersion }
        if part.hasSignedPeerRecord { merged.signedPeerRecord = part.signedPeerRecord }
        merged.listenAddrs += part.listenAddrs
        merged.protocols += part.protocols
    }

    private static func info(
        _ message: IdentifyProto_Identify, _ peer: PeerID
    ) throws(IdentifyError) -> IdentifyInfo {
        if message.hasPublicKey, !message.publicKey.isEmpty {
            // A key that is not the peer's is a lie, not a mistake.
            guard let key = try? PublicKey(protobuf: Array(message.publicKey)),
                key.peerID == peer
            else { throw .foreignKey }
        }
        var record: PeerRecord?
        if message.hasSignedPeerRecord, !message.signedPeerRecord.isEmpty {
            record = try? PeerRecord.open(Array(message.signedPeerRecord))
            guard let record, record.peerID == peer else { throw .badRecord }
        }
        // Addresses this node cannot parse are skipped: other peers use protocols we lack.
        let addresses = message.listenAddrs.prefix(IdentifyLimits.maximumAddresses)
            .compactMap { try? Multiaddr(bytes: Array($0)) }
        return IdentifyInfo(
            protocolVersion: clip(message.protocolVersion),
            agentVersion: clip(message.agentVersion), listenAddresses: addresses,
            protocols: message.protocols.prefix(IdentifyLimits.maximumProtocols)
                .filter(\.isNegotiable),
            observedAddress: message.hasObservedAddr
                ? try? Multiaddr(bytes: Array(message.observedAddr)) : nil,
            record: record,
            signedRecord: record == nil ? nil : Array(message.signedPeerRecord))
    }

    /// Bounds a text and keeps control characters out of logs and terminals.
    private static func clip(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(IdentifyLimits.maximumVersionLength)
                .map { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) ? "?" : Character($0) })
    }
}

/// Why what a peer said of itself is not accepted.
public enum IdentifyError: Error, Hashable, Sendable {
    /// Nothing came.
    case empty
    /// Not the protocol's messages.
    case malformed
    /// More parts than allowed.
    case tooManyParts
    /// A public key that is not the peer's.
    case foreignKey
    /// A signed record that is invalid or another peer's.
    case badRecord
}
