import Crypto

/// Computes the ID of a message (pubsub spec, "Message Identification").
///
/// All peers of a topic must use the same function, or gossip about messages means nothing.
public struct MessageIDFunction: Sendable {
    private let compute: @Sendable (PubSubMessage) -> MessageID

    /// A function of your own. It must give the same ID for the same message everywhere, and at
    /// most 128 bytes, or peers will not ask for the message.
    public init(_ compute: @escaping @Sendable (PubSubMessage) -> MessageID) {
        self.compute = compute
    }

    /// The ID of `message`.
    public func callAsFunction(_ message: PubSubMessage) -> MessageID { compute(message) }

    /// Author and sequence number, one after the other: the default of all implementations.
    public static let authorAndSequenceNumber = MessageIDFunction { message in
        MessageID((message.from ?? []) + (message.sequenceNumber ?? []))
    }

    /// SHA-256 over topic and data, the topic behind its length as a varint.
    ///
    /// The topic is in it because a router tells messages apart over all its topics: by their data
    /// alone, what was said in one topic could not be said in another.
    public static let contentHash = MessageIDFunction { message in
        var hash = SHA256()
        let topic = Array(message.topic.utf8)
        hash.update(data: VarInt.encode(UInt64(topic.count)))
        hash.update(data: topic)
        hash.update(data: message.data)
        return MessageID(Array(hash.finalize()))
    }

    /// SHA-256 over the data alone, as many networks of one topic do.
    public static let dataHash = MessageIDFunction { message in
        MessageID(Array(SHA256.hash(data: message.data)))
    }
}
