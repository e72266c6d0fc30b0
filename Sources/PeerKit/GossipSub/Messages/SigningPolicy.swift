/// Whether the messages of a topic are signed (pubsub spec, "Signature Policy Options").
///
/// The two lax policies of the specification, which it calls insecure, do not exist here.
public enum SigningPolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// Every message names its author and is signed by it; others are rejected.
    case strictSign
    /// No message names an author or is signed; those that do are rejected.
    case strictNoSign

    /// What tells messages apart unless the topic says otherwise.
    public var messageID: MessageIDFunction {
        switch self {
        case .strictSign: .authorAndSequenceNumber
        case .strictNoSign: .contentHash
        }
    }
}
