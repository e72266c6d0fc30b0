import struct NIOCore.ByteBuffer

/// RPCs as bytes (pubsub spec, "The RPC"; gossipsub-v1.0, "Control Messages"; -v1.1, "Protobuf";
/// -v1.2, "IDONTWANT").
///
/// By hand rather than generated, for three reasons: message IDs are bytes here though some
/// declare them text, the topic of a message is one field for some and a list for others, and
/// a signature covers the fields of a message as they came, unknown ones included.
enum GossipSubCodec {
    /// One RPC, without a length in front.
    static func encode(_ rpc: GossipRPC) -> [UInt8] {
        encode(rpc, limit: .max).first ?? []
    }

    /// An RPC in as many as needed, so that none is longer than `limit` bytes.
    ///
    /// Lists of message IDs are divided where they must be. A single message, subscription, GRAFT
    /// or PRUNE that alone exceeds `limit` is left out: no peer would accept it.
    static func encode(_ rpc: GossipRPC, limit: Int) -> [[UInt8]] {
        var packer = GossipRPCPacker(limit: limit)
        for subscription in rpc.subscriptions {
            packer.add(encode(subscription), to: .subscriptions)
        }
        // What changes meshes, and what spares us a message, goes ahead of messages.
        for topic in rpc.graft { packer.add(encode(graft: topic), to: .graft) }
        for prune in rpc.prune { packer.add(encode(prune), to: .prune) }
        packer.add(ids: rpc.dontWant, field: 1, prefix: [], to: .dontWant)
        for message in rpc.messages { packer.add(encode(message), to: .messages) }
        packer.add(ids: rpc.want, field: 1, prefix: [], to: .want)
        for have in rpc.have {
            var prefix: [UInt8] = []
            prefix.appendField(1, Array(have.topic.utf8))
            packer.add(ids: have.ids, field: 2, prefix: prefix, to: .have)
        }
        return packer.finish()
    }

    /// An RPC as ``encode(_:limit:)`` gives it, each part with its length in front as on a stream.
    static func frames(_ rpc: GossipRPC, limit: Int) -> [ByteBuffer] {
        encode(rpc, limit: limit).map(frame)
    }

    /// One encoded RPC with its length in front.
    static func frame(_ rpc: [UInt8]) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(rpc.count + VarInt.maximumByteCount)
        bytes.writeVarInt(UInt64(rpc.count))
        bytes.writeBytes(rpc)
        return bytes
    }

    /// Decodes one RPC. No bytes at all are an empty one.
    ///
    /// What is well formed and yet of no use is skipped and counted in ``GossipRPC/skipped``: topics
    /// and IDs that are empty or too long, topics that are no UTF-8, messages with no topic or with
    /// several, PX peers beyond the limit or without an ID.
    static func decode(
        _ bytes: ByteBuffer, limits: GossipSubCodecLimits = .init()
    ) throws(GossipSubCodecError) -> GossipRPC {
        guard bytes.readableBytes <= limits.maximumByteCount else {
            throw .tooLong(byteCount: bytes.readableBytes, limit: limits.maximumByteCount)
        }
        var decoder = GossipRPCDecoder(limits: limits)
        return try decoder.decode(Array(bytes.readableBytesView))
    }

    /// A message as it stands in an RPC.
    static func encode(_ message: PubSubMessage) -> [UInt8] {
        var bytes = encodeSigned(message)
        if let signature = message.signature { bytes.appendField(5, signature) }
        if let key = message.key { bytes.appendField(6, key) }
        return bytes + message.otherFields
    }

    /// The fields that a signature covers, but for the unknown ones.
    private static func encodeSigned(_ message: PubSubMessage) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(message.data.count + 256)
        if let from = message.from { bytes.appendField(1, from) }
        if !message.data.isEmpty || !message.omitsData { bytes.appendField(2, message.data) }
        if let number = message.sequenceNumber { bytes.appendField(3, number) }
        bytes.appendField(4, Array(message.topic.utf8))
        return bytes
    }

    /// What a signature is made over, without its prefix: all fields but `signature` and `key`.
    ///
    /// The specification leaves only `signature` out; go-libp2p and py-libp2p leave `key` out too,
    /// and so must everyone who talks to them.
    static func signedFields(of message: PubSubMessage) -> [UInt8] {
        encodeSigned(message) + message.otherFields
    }
}

// MARK: Parts

extension GossipSubCodec {
    private static func encode(_ subscription: GossipRPC.Subscription) -> [UInt8] {
        var bytes: [UInt8] = [0x08, subscription.isSubscribed ? 1 : 0]
        bytes.appendField(2, Array(subscription.topic.utf8))
        return bytes
    }

    private static func encode(graft topic: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendField(1, Array(topic.utf8))
        return bytes
    }

    private static func encode(_ prune: GossipRPC.Prune) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendField(1, Array(prune.topic.utf8))
        for peer in prune.peers {
            var inner: [UInt8] = []
            inner.appendField(1, peer.id.bytes)
            if let record = peer.signedRecord { inner.appendField(2, record) }
            bytes.appendField(2, inner)
        }
        if let backoff = prune.backoff {
            bytes.append(0x18)
            VarInt.append(UInt64(backoff.secondsRoundedUp), to: &bytes)
        }
        return bytes
    }
}

extension Duration {
    /// Whole seconds, never less than the duration; 0 for negative ones.
    fileprivate var secondsRoundedUp: Int64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return attoseconds > 0 && seconds < .max ? seconds + 1 : seconds
    }
}

extension [UInt8] {
    /// Appends a protocol buffer field of bytes. The numbers used here fit a header of one byte.
    mutating func appendField(_ number: UInt8, _ content: [UInt8]) {
        append(number << 3 | 2)
        VarInt.append(UInt64(content.count), to: &self)
        append(contentsOf: content)
    }
}
