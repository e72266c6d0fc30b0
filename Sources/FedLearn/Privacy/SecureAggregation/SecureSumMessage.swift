import PeerKit

/// What members of a group and its collector say to each other.
///
/// Members reach the collector and each other over connections that prove who speaks; nothing here
/// is believed about another member because the collector said it.
public enum SecureSumMessage: Hashable, Sendable {
    /// A member's public keys for this round; said to every member and to the collector.
    case keys(KeyAdvert)
    /// The collector: these members take part.
    case roster([Int])
    /// A member to the collector: one sealed share for every other member that takes part.
    case shares([SealedShare])
    /// The collector to a member: the shares that the others sealed for it.
    case delivery([SealedShare])
    /// A member's masked vector.
    case masked([UInt32])
    /// The collector: whose masked vectors have arrived.
    case survivors([Int])
    /// A member to every member: the hash of all that was settled, see
    /// ``SecureSumTranscript``.
    case confirm(ContentHash)
    /// A member to the collector: shares of what must be taken off the sum.
    case unmask([RevealedShare])

    enum Kind: UInt8 {
        case keys = 1
        case roster, shares, delivery, masked, survivors, confirm, unmask
    }
}

/// The public part of a member's secrets for one round.
public struct KeyAdvert: Hashable, Sendable {
    /// X25519: seals shares.
    public let envelopeKey: [UInt8]
    /// X25519: makes pair masks.
    public let maskKey: [UInt8]
    /// SHA-256 of the seed of the self mask, by which a seed put together from shares is checked.
    public let seedCommitment: ContentHash

    /// Creates an advert of two keys of 32 bytes.
    ///
    /// - Precondition: both keys have 32 bytes.
    public init(envelopeKey: [UInt8], maskKey: [UInt8], seedCommitment: ContentHash) {
        precondition(
            envelopeKey.count == Sodium.x25519ByteCount && maskKey.count == Sodium.x25519ByteCount)
        self.envelopeKey = envelopeKey
        self.maskKey = maskKey
        self.seedCommitment = seedCommitment
    }
}

/// Two shares (of a mask secret and of a seed) that only one member can read.
public struct SealedShare: Hashable, Sendable {
    /// On the way to the collector the receiver, from it the sender.
    public let member: Int
    /// ChaCha20-Poly1305 ciphertext and tag, ``byteCount`` bytes.
    public let bytes: [UInt8]

    /// 2 · 32 bytes and a tag of 16.
    public static let byteCount = 80

    /// Creates a sealed share.
    ///
    /// - Precondition: `bytes` has ``byteCount`` bytes.
    public init(member: Int, bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount, "\(bytes.count) sealed bytes")
        self.member = member
        self.bytes = bytes
    }
}

/// A share that its holder opens.
public struct RevealedShare: Hashable, Sendable {
    /// Which secret it is a share of.
    public enum Secret: UInt8, Sendable {
        /// The seed of the self mask: of a member whose vector is in the sum.
        case seed = 1
        /// The secret of the pair masks: of a member whose vector is not.
        case maskKey
    }

    /// Whose secret.
    public let owner: Int
    /// Which.
    public let secret: Secret
    /// The share, 32 bytes.
    public let bytes: [UInt8]

    /// The length of ``bytes``.
    public static let byteCount = 32

    /// Creates a revealed share.
    ///
    /// - Precondition: `bytes` has ``byteCount`` bytes.
    public init(owner: Int, secret: Secret, bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount, "\(bytes.count) bytes")
        self.owner = owner
        self.secret = secret
        self.bytes = bytes
    }
}

/// What must be equal for all members before any of them helps to unmask.
public enum SecureSumTranscript {
    /// The hash of the group, the keys of those that take part, whose shares were delivered and whose
    /// vectors arrived.
    static func hash(
        group: SecureGroup, keys: [(member: Int, advert: KeyAdvert)], contributors: [Int],
        survivors: [Int]
    ) -> ContentHash {
        var out = WireWriter()
        out.append("psic secure sum 1".utf8)
        out.append(group.id.bytes)
        for list in [keys.map(\.member), contributors, survivors] {
            out.varint(list.count)
            for member in list { out.varint(member) }
        }
        for (_, advert) in keys {
            out.append(advert.envelopeKey)
            out.append(advert.maskKey)
            out.append(advert.seedCommitment.bytes)
        }
        return ContentHash(hashing: out.bytes)
    }
}
