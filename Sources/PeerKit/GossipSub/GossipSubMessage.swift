/// A message as it travels (pubsub spec, "The RPC": `Message`).
public struct PubSubMessage: Hashable, Sendable {
    /// The author: a peer ID in bytes; absent under StrictNoSign.
    public var from: [UInt8]?
    /// The content.
    public var data: [UInt8]
    /// Eight bytes, big-endian, growing with each message of an author; absent under StrictNoSign.
    public var sequenceNumber: [UInt8]?
    /// The topic.
    public var topic: String
    /// By the author's key; absent under StrictNoSign.
    public var signature: [UInt8]?
    /// The author's public key, where `from` does not hold it.
    public var key: [UInt8]?

    /// Whether the field of ``data`` was left out. The signature tells that from an empty one.
    var omitsData = false
    /// Fields that this version does not know, as they came: the signature covers them, so they are
    /// passed on (pubsub spec, "Message Signing").
    var otherFields: [UInt8] = []

    /// A message of the given parts.
    public init(
        from: [UInt8]? = nil, data: [UInt8], sequenceNumber: [UInt8]? = nil, topic: String,
        signature: [UInt8]? = nil, key: [UInt8]? = nil
    ) {
        self.from = from
        self.data = data
        self.sequenceNumber = sequenceNumber
        self.topic = topic
        self.signature = signature
        self.key = key
    }
}

/// What tells two messages apart: opaque bytes, by default author and sequence number.
public struct MessageID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The bytes as on the wire.
    public let bytes: [UInt8]

    /// An ID of given bytes.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// All bytes in one step: an array by itself feeds the hasher one byte after another, which
    /// showed in the profile of a router.
    public func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// In the order of the bytes.
    public static func < (lhs: MessageID, rhs: MessageID) -> Bool {
        lhs.bytes.lexicographicallyPrecedes(rhs.bytes)
    }

    /// The bytes in hexadecimal.
    public var description: String { Base16.encode(bytes) }
}

/// One RPC between two routers.
struct GossipRPC: Hashable, Sendable {
    /// A change of the sender's subscriptions.
    struct Subscription: Hashable, Sendable {
        var topic: String
        var isSubscribed: Bool
    }

    /// IHAVE: "these I have seen lately".
    struct Have: Hashable, Sendable {
        var topic: String
        var ids: [MessageID]
    }

    /// PRUNE, with peers to go to instead and how long not to come back.
    struct Prune: Hashable, Sendable {
        var topic: String
        var peers: [ExchangedPeer]
        /// `nil`: the sender speaks GossipSub 1.0.
        var backoff: Duration?
    }

    /// A peer offered in a PRUNE.
    struct ExchangedPeer: Hashable, Sendable {
        var id: PeerID
        /// A signed envelope with a peer record.
        var signedRecord: [UInt8]?
    }

    var subscriptions: [Subscription] = []
    var messages: [PubSubMessage] = []
    var have: [Have] = []
    var want: [MessageID] = []
    var graft: [String] = []
    var prune: [Prune] = []
    /// IDONTWANT (GossipSub 1.2).
    var dontWant: [MessageID] = []
    /// Parts that were well formed and of no use here, such as a message of two topics, and are
    /// therefore not in this value. Not sent.
    var skipped = 0

    var isEmpty: Bool { self == GossipRPC() }
}
