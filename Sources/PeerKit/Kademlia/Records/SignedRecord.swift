/// A value that only its author can change: signed, and numbered so that the latest is known.
///
/// Key: `/psic/`, the author's binary peer ID, `/`, a name. Value: a signed envelope (RFC 0002) with
/// the name, a sequence number and the data. Every node can tell an old value from a new one, and an
/// author that signs two different values with one number has proven itself dishonest.
public struct SignedRecord: Hashable, Sendable {
    /// The namespace of the keys.
    public static let namespace = "psic"
    static let domain = "psic-kad-record"
    static let payloadType: [UInt8] = Array("/psic/kad-record/1".utf8)
    /// Longest name.
    public static let maximumNameBytes = 256

    /// Who signs it.
    public let author: PeerID
    /// Which of the author's records; bytes of any kind.
    public let name: [UInt8]
    /// Grows with every new value.
    public let sequence: UInt64
    /// The content.
    public let data: [UInt8]

    /// The key of an author's record.
    public static func key(of author: PeerID, name: [UInt8]) -> [UInt8] {
        Array("/\(namespace)/".utf8) + author.bytes + [UInt8(ascii: "/")] + name
    }

    /// The key under which it is stored.
    public var key: [UInt8] { Self.key(of: author, name: name) }

    /// A record of the signer's, and the value to put.
    ///
    /// - Parameter sequence: Higher than that of every value before it; not above 2^63.
    public static func seal(
        _ data: [UInt8], name: [UInt8], sequence: UInt64, with signer: any Signer
    ) async throws -> (key: [UInt8], value: [UInt8]) {
        guard (1...maximumNameBytes).contains(name.count), sequence <= VarInt.maximumValue else {
            throw RecordError.malformedKey
        }
        var writer = WireWriter()
        writer.write(name, tag: 1)
        writer.write(sequence, tag: 2)
        writer.write(data, tag: 3)
        let envelope = try await SignedEnvelope.seal(
            writer.bytes, payloadType: payloadType, domain: domain, with: signer)
        return (key(of: signer.publicKey.peerID, name: name), envelope.bytes)
    }

    /// Opens a value and checks its signature and that it belongs under `key`.
    public static func open(_ value: [UInt8], for key: [UInt8]) throws(RecordError) -> SignedRecord
    {
        let (author, name) = try parts(of: key)
        let envelope: SignedEnvelope
        do {
            envelope = try SignedEnvelope.open(value, domain: domain, payloadType: payloadType)
        } catch {
            switch error {
            case .invalidSignature, .unsupportedKey: throw .wrongAuthor
            default: throw .malformedValue
            }
        }
        guard envelope.publicKey.peerID == author else { throw .wrongAuthor }
        let record = try SignedRecord(payload: envelope.payload, author: author)
        guard record.name == name else { throw .wrongKey }
        return record
    }

    private init(payload: [UInt8], author: PeerID) throws(RecordError) {
        var reader = WireFields(payload)
        var (name, sequence, data): ([UInt8], UInt64, [UInt8]) = ([], 0, [])
        do {
            while let field = try reader.next() {
                switch (field.tag, field.value) {
                case (1, .bytes(let range)): name = Array(reader[range])
                case (2, .number(let value)): sequence = value
                case (3, .bytes(let range)): data = Array(reader[range])
                default: continue
                }
            }
        } catch {
            throw .malformedValue
        }
        guard (1...Self.maximumNameBytes).contains(name.count) else { throw .malformedValue }
        self.author = author
        self.name = name
        self.sequence = sequence
        self.data = data
    }

    /// Takes a key apart. The peer ID says its own length, so it may hold slashes.
    static func parts(of key: [UInt8]) throws(RecordError) -> (author: PeerID, name: [UInt8]) {
        let prefix = Array("/\(namespace)/".utf8)
        guard key.starts(with: prefix) else { throw .malformedKey }
        // A peer ID is a multihash: code and length, one byte each for the two codes it may have.
        let rest = key.dropFirst(prefix.count)
        guard rest.count > 2, let length = rest.dropFirst().first else { throw .malformedKey }
        let idBytes = rest.prefix(2 + Int(length))
        let tail = rest.dropFirst(idBytes.count)
        guard let author = try? PeerID(bytes: Array(idBytes)), tail.first == UInt8(ascii: "/"),
            (1...maximumNameBytes).contains(tail.count - 1)
        else { throw .malformedKey }
        return (author, Array(tail.dropFirst()))
    }
}

/// Checks ``SignedRecord``s.
public struct SignedRecordValidator: RecordValidator {
    /// There is nothing to set.
    public init() {}

    /// The signature must be the author's, over this name.
    public func validate(key: [UInt8], value: [UInt8]) throws(RecordError) {
        _ = try SignedRecord.open(value, for: key)
    }

    /// By sequence number.
    public func relation(key: [UInt8], of value: [UInt8], to other: [UInt8]) -> RecordRelation {
        guard value != other else { return .same }
        guard let (author, _) = try? SignedRecord.parts(of: key),
            let first = try? SignedRecord.open(value, for: key),
            let second = try? SignedRecord.open(other, for: key)
        else { return .same }
        if first.sequence != second.sequence {
            return first.sequence > second.sequence ? .newer : .older
        }
        // A signature made twice may differ in bytes without saying anything else.
        if first.data == second.data { return .same }
        return .equivocation(
            by: author, prefersFirst: second.data.lexicographicallyPrecedes(first.data))
    }
}
