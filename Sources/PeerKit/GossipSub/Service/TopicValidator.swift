/// A message as subscribers and validators see it.
public struct ReceivedMessage: Sendable, Hashable {
    /// What tells it from others.
    public let id: MessageID
    /// Where it was published.
    public let topic: String
    /// The content.
    public let data: [UInt8]
    /// The author, proven by its signature; `nil` under StrictNoSign.
    public let from: PeerID?
    /// Who delivered it; this node itself for messages it has published.
    public let receivedFrom: PeerID

    /// A message of the given parts.
    public init(
        id: MessageID, topic: String, data: [UInt8], from: PeerID?, receivedFrom: PeerID
    ) {
        self.id = id
        self.topic = topic
        self.data = data
        self.from = from
        self.receivedFrom = receivedFrom
    }
}

/// What an application thinks of a message.
public enum Validation: String, Sendable, Hashable, Codable, CaseIterable {
    /// Deliver it and pass it on.
    case accept
    /// Drop it and hold it against whoever sent it: the content can never be right.
    case reject
    /// Drop it and blame nobody, for example because it is old.
    case ignore
}

/// Decides what becomes of the messages of a topic before they are delivered or passed on.
///
/// Messages come with their signature checked, each once. Several may be asked for at once, up to
/// ``GossipSubLimits/maximumValidations``. A validator that takes longer than
/// ``GossipSubLimits/validationTimeout`` is cancelled, and the message is ignored.
public protocol TopicValidator: Sendable {
    /// The verdict on a message.
    func validate(_ message: ReceivedMessage) async -> Validation
}
