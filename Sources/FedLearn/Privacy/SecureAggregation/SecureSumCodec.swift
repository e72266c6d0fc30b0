import PeerKit

/// The bytes of messages about a secure sum.
///
/// Version 1: one byte version, one byte kind, the group's ID, then fields as `WireReader` reads them.
/// Lists of members ascend. Every message has exactly one encoding.
public enum SecureSumCodec {
    static let version: UInt8 = 1

    /// The most bytes that a message for vectors of `wordCount` words may have.
    public static func maximumMessageBytes(wordCount: Int) -> Int {
        4 * min(wordCount, PrivacyLimits.maximumWords) + PrivacyLimits.messageOverhead
    }

    /// The bytes of a message in `group`.
    public static func encode(_ message: SecureSumMessage, group: ContentHash) -> [UInt8] {
        var out = WireWriter()
        out.byte(version)
        out.byte(message.kind.rawValue)
        out.append(group.bytes)
        switch message {
        case .keys(let advert):
            out.append(advert.envelopeKey)
            out.append(advert.maskKey)
            out.append(advert.seedCommitment.bytes)
        case .roster(let members), .survivors(let members):
            out.varint(members.count)
            for member in members { out.varint(member) }
        case .shares(let shares), .delivery(let shares):
            out.varint(shares.count)
            for share in shares {
                out.varint(share.member)
                out.append(share.bytes)
            }
        case .masked(let words):
            out.varint(words.count)
            out.words(words)
        case .confirm(let hash):
            out.append(hash.bytes)
        case .unmask(let shares):
            out.varint(shares.count)
            for share in shares {
                out.varint(share.owner)
                out.byte(share.secret.rawValue)
                out.append(share.bytes)
            }
        }
        return out.bytes
    }

    /// Reads a message.
    ///
    /// - Parameter wordLimit: The number of words that the group's vectors have.
    public static func decode(
        _ bytes: [UInt8], wordLimit: Int = PrivacyLimits.maximumWords
    ) throws(WireError) -> (group: ContentHash, message: SecureSumMessage) {
        var reader = WireReader(bytes)
        let version = try reader.byte()
        guard version == Self.version else { throw .unknownVersion(version) }
        let code = try reader.byte()
        guard let kind = SecureSumMessage.Kind(rawValue: code) else { throw .unknownKind(code) }
        let group = try reader.contentHash()
        let message = try decode(kind, &reader, wordLimit: wordLimit)
        try reader.finish()
        return (group, message)
    }

    private static func decode(
        _ kind: SecureSumMessage.Kind, _ reader: inout WireReader, wordLimit: Int
    ) throws(WireError) -> SecureSumMessage {
        switch kind {
        case .keys:
            let envelope = Array(try reader.take(Sodium.x25519ByteCount))
            let mask = Array(try reader.take(Sodium.x25519ByteCount))
            return .keys(
                KeyAdvert(
                    envelopeKey: envelope, maskKey: mask,
                    seedCommitment: try reader.contentHash()))
        case .roster: return .roster(try members(&reader))
        case .survivors: return .survivors(try members(&reader))
        case .shares: return .shares(try sealed(&reader))
        case .delivery: return .delivery(try sealed(&reader))
        case .masked:
            let count = try reader.count(limit: wordLimit, itemBytes: 4)
            return .masked(try reader.words(count))
        case .confirm: return .confirm(try reader.contentHash())
        case .unmask: return .unmask(try revealed(&reader))
        }
    }

    private static func member(_ reader: inout WireReader) throws(WireError) -> Int {
        try reader.varint(limit: RoundLimits.maximumMembers - 1)
    }

    private static func members(_ reader: inout WireReader) throws(WireError) -> [Int] {
        let count = try reader.count(limit: PrivacyLimits.maximumGroupMembers, itemBytes: 1)
        var members: [Int] = []
        for _ in 0..<count {
            let next = try member(&reader)
            guard members.last.map({ $0 < next }) ?? true else { throw .outOfRange }
            members.append(next)
        }
        return members
    }

    private static func sealed(_ reader: inout WireReader) throws(WireError) -> [SealedShare] {
        let count = try reader.count(
            limit: PrivacyLimits.maximumGroupMembers, itemBytes: SealedShare.byteCount + 1)
        var shares: [SealedShare] = []
        for _ in 0..<count {
            let next = try member(&reader)
            guard shares.last.map({ $0.member < next }) ?? true else { throw .outOfRange }
            let bytes = Array(try reader.take(SealedShare.byteCount))
            shares.append(SealedShare(member: next, bytes: bytes))
        }
        return shares
    }

    private static func revealed(_ reader: inout WireReader) throws(WireError) -> [RevealedShare] {
        let count = try reader.count(
            limit: PrivacyLimits.maximumGroupMembers, itemBytes: RevealedShare.byteCount + 2)
        var shares: [RevealedShare] = []
        for _ in 0..<count {
            let owner = try member(&reader)
            guard shares.last.map({ $0.owner < owner }) ?? true else { throw .outOfRange }
            let code = try reader.byte()
            guard let secret = RevealedShare.Secret(rawValue: code) else {
                throw .unknownKind(code)
            }
            let bytes = Array(try reader.take(RevealedShare.byteCount))
            shares.append(RevealedShare(owner: owner, secret: secret, bytes: bytes))
        }
        return shares
    }
}

extension SecureSumMessage {
    var kind: Kind {
        switch self {
        case .keys: .keys
        case .roster: .roster
        case .shares: .shares
        case .delivery: .delivery
        case .masked: .masked
        case .survivors: .survivors
        case .confirm: .confirm
        case .unmask: .unmask
        }
    }
}
