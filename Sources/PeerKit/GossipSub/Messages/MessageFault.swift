/// Why a message is not passed on.
public enum MessageFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// A field of a message that signing policies speak about.
    public enum Field: String, Sendable, Hashable {
        /// The author.
        case from
        /// The sequence number.
        case sequenceNumber
        /// The signature.
        case signature
        /// The author's public key.
        case key
    }

    /// A field that StrictSign demands is not there.
    case missing(Field)
    /// A field that StrictNoSign forbids is there.
    case unexpected(Field)
    /// `from` is no peer ID.
    case malformedAuthor
    /// `key` is no public key.
    case malformedKey
    /// `key` is not the key that `from` stands for.
    case foreignKey
    /// The author's signatures cannot be verified here.
    case unsupportedKey(KeyType)
    /// `from` is a hash, and the key that it is the hash of is not in the message.
    case unknownKey
    /// The author did not sign these fields.
    case invalidSignature
    /// A signature that some implementations take for valid and others do not: of an Ed25519 point
    /// of small order, or in an encoding that RFC 8032 does not allow.
    case irregularSignature
    /// Signed, but the sequence number has not eight bytes.
    case malformedSequenceNumber(byteCount: Int)
    /// We are the author, and someone sends us what we never published or have forgotten.
    case ownMessage

    /// Whether the peer that sent it is to blame, and not only its author.
    ///
    /// A router passes on what it holds valid. If implementations disagree about a message, its
    /// author alone is at fault: were those punished who passed it on, then whoever crafts such
    /// messages could split a mixed network into its implementations. Such messages are dropped.
    public var blamesSender: Bool {
        switch self {
        case .unsupportedKey, .unknownKey, .irregularSignature, .malformedSequenceNumber: false
        case .missing(let field): field != .sequenceNumber
        case .unexpected, .malformedAuthor, .malformedKey, .foreignKey, .invalidSignature,
            .ownMessage:
            true
        }
    }

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .missing(let field): "the message has no \(field.rawValue)"
        case .unexpected(let field): "the message has a \(field.rawValue) where none may be"
        case .malformedAuthor: "the message's author is no peer ID"
        case .malformedKey: "the message's key is no public key"
        case .foreignKey: "the message's key is not its author's"
        case .unsupportedKey(let type): "signatures by \(type) keys cannot be verified"
        case .unknownKey: "the message does not have the key of its author"
        case .invalidSignature: "the message's signature is not valid"
        case .irregularSignature: "the message's signature is not valid for everyone"
        case .malformedSequenceNumber(let byteCount):
            "a sequence number of \(byteCount) bytes, not 8"
        case .ownMessage: "the message claims to be ours"
        }
    }
}
