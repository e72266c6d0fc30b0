import struct NIOCore.ByteBuffer

/// The messages' bytes: protocol buffers by hand, so that every count and length is bounded while
/// it is read and nothing is built for the fields that are not looked at.
///
/// Source: libp2p specs, kad-dht, "RPC messages". Unknown fields are skipped, also those that
/// py-libp2p adds (signed records of the sender and of peers).
///
/// Deviations: peers whose ID is none are left out, as are addresses that cannot be read: one
/// strange entry must not hide the others.
enum KademliaCodec {
    // MARK: Writing

    static func encode(_ message: KademliaMessage) -> [UInt8] {
        var writer = WireWriter()
        // Written even when it is zero (PUT_VALUE): the specification has proto2's "optional" here.
        writer.write(message.kind.rawValue, tag: 1)
        if !message.key.isEmpty { writer.write(message.key, tag: 2) }
        if let record = message.record {
            var inner = WireWriter()
            inner.write(record.key, tag: 1)
            inner.write(record.value, tag: 2)
            if let time = record.timeReceived { inner.write(Array(time.utf8), tag: 5) }
            writer.write(inner.bytes, tag: 3)
        }
        for peer in message.closerPeers { writer.write(encode(peer), tag: 8) }
        for peer in message.providerPeers { writer.write(encode(peer), tag: 9) }
        return writer.bytes
    }

    static func encode(_ peer: KademliaPeer) -> [UInt8] {
        var writer = WireWriter()
        writer.write(peer.id.bytes, tag: 1)
        for address in peer.addresses.prefix(KademliaLimits.maximumAddressesPerPeer)
        where !address.isEmpty { writer.write(address.bytes, tag: 2) }
        return writer.bytes
    }

    // MARK: Reading

    static func decode(_ buffer: ByteBuffer) throws(KademliaCodecError) -> KademliaMessage {
        guard buffer.readableBytes <= KademliaLimits.maximumMessageBytes else {
            throw .tooLong("message", buffer.readableBytes)
        }
        var reader = WireFields(Array(buffer.readableBytesView))
        // Absent means zero to those whose library leaves zeros out.
        var message = KademliaMessage(kind: .putValue)
        var peerCount = 0
        while let field = try next(&reader) {
            switch (field.tag, field.value) {
            case (1, .number(let value)):
                guard let kind = KademliaMessage.Kind(rawValue: value) else {
                    throw .unknownKind(value)
                }
                message.kind = kind
            case (2, .bytes(let range)):
                message.key = try take(reader[range], KademliaLimits.maximumKeyBytes, "key")
            case (3, .bytes(let range)):
                message.record = try record(reader.message(in: range))
            case (8, .bytes(let range)), (9, .bytes(let range)):
                peerCount += 1
                guard peerCount <= KademliaLimits.maximumPeersPerMessage else {
                    throw .tooMany("peers", peerCount)
                }
                guard let peer = try peer(reader.message(in: range)) else { continue }
                if field.tag == 8 {
                    message.closerPeers.append(peer)
                } else {
                    message.providerPeers.append(peer)
                }
            case (1, _), (2, _), (3, _), (8, _), (9, _):
                throw .malformed
            default:
                continue
            }
        }
        return message
    }

    private static func record(
        _ message: WireFields
    ) throws(KademliaCodecError) -> KademliaMessage.Record {
        var reader = message
        var record = KademliaMessage.Record(key: [], value: [])
        while let field = try next(&reader) {
            switch (field.tag, field.value) {
            case (1, .bytes(let range)):
                record.key = try take(
                    reader[range], KademliaLimits.maximumKeyBytes, "record key")
            case (2, .bytes(let range)):
                record.value = try take(reader[range], KademliaLimits.maximumValueBytes, "value")
            case (5, .bytes(let range)):
                // Informative, so a strange one is dropped.
                guard range.count <= KademliaLimits.maximumTimeBytes else { continue }
                record.timeReceived = String(decoding: reader[range], as: UTF8.self)
            case (1, _), (2, _):
                throw .malformed
            default:
                continue
            }
        }
        return record
    }

    /// - Returns: `nil` for an entry without a valid ID.
    static func peer(_ message: WireFields) throws(KademliaCodecError) -> KademliaPeer? {
        var reader = message
        var id: PeerID?
        var addresses: [Multiaddr] = []
        var addressCount = 0
        while let field = try next(&reader) {
            switch (field.tag, field.value) {
            case (1, .bytes(let range)):
                id = try? PeerID(bytes: Array(reader[range]))
            case (2, .bytes(let range)):
                addressCount += 1
                guard addressCount <= KademliaLimits.maximumAddressFields else {
                    throw .tooMany("addresses", addressCount)
                }
                guard addresses.count < KademliaLimits.maximumAddressesPerPeer,
                    range.count <= MultiformatsLimits.maximumMultiaddrByteCount,
                    let address = try? Multiaddr(bytes: Array(reader[range]))
                else { continue }
                guard address.peerID == nil || address.isRelayed || address.peerID == id else {
                    continue
                }
                let bare = address.withoutPeerID
                if !bare.isEmpty, !addresses.contains(bare) { addresses.append(bare) }
            case (1, _), (2, _):
                throw .malformed
            default:
                continue
            }
        }
        return id.map { KademliaPeer(id: $0, addresses: addresses) }
    }

    private static func take(
        _ bytes: ArraySlice<UInt8>, _ limit: Int, _ what: String
    ) throws(KademliaCodecError) -> [UInt8] {
        guard bytes.count <= limit else { throw .tooLong(what, bytes.count) }
        return Array(bytes)
    }

    private static func next(
        _ reader: inout WireFields
    ) throws(KademliaCodecError) -> WireFields.Field? {
        do throws(WireError) { return try reader.next() } catch { throw .malformed }
    }
}

/// Why bytes are not a message. Always the sender's fault.
enum KademliaCodecError: Error, Hashable, Sendable, CustomStringConvertible {
    case malformed
    case unknownKind(UInt64)
    case tooLong(String, Int)
    case tooMany(String, Int)

    var description: String {
        switch self {
        case .malformed: "not a message of the protocol"
        case .unknownKind(let kind): "a message of unknown type \(kind)"
        case .tooLong(let what, let count): "a \(what) of \(count) bytes"
        case .tooMany(let what, let count): "\(count) or more \(what)"
        }
    }
}
