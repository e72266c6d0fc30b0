/// Says which values may be stored under a key, and which of several is the best.
///
/// A namespace is what stands between the first two slashes of a key: `/pk/…` is of namespace `pk`.
/// Keys without one are of the namespace with the empty name. Values of namespaces that have no
/// validator are neither stored nor believed.
///
/// Both methods are asked about bytes from anywhere and must answer the same on every node, as
/// peers that differ here undo each other's writes for ever.
public protocol RecordValidator: Sendable {
    /// Checks a value. Called on the node's home executor: microseconds, not milliseconds.
    func validate(key: [UInt8], value: [UInt8]) throws(RecordError)

    /// How the first of two valid values stands to the second.
    func relation(key: [UInt8], of value: [UInt8], to other: [UInt8]) -> RecordRelation
}

extension RecordValidator {
    /// The best of some valid values, the first of equals; `nil` of none.
    func select(key: [UInt8], among values: [[UInt8]]) -> [UInt8]? {
        guard var best = values.first else { return nil }
        for value in values.dropFirst()
        where relation(key: key, of: value, to: best) == .newer { best = value }
        return best
    }
}

/// How one valid value stands to another of the same key.
public enum RecordRelation: Hashable, Sendable {
    /// They are the same.
    case same
    /// The first supersedes the second.
    case newer
    /// The second supersedes the first.
    case older
    /// Both claim to be the one value of their time: their author has signed both. The one that
    /// sorts higher by bytes counts, so that all nodes settle on one.
    case equivocation(by: PeerID, prefersFirst: Bool)

    /// Whether the first is to be kept rather than the second.
    var supersedes: Bool {
        switch self {
        case .newer, .equivocation(_, prefersFirst: true): true
        case .same, .older, .equivocation(_, prefersFirst: false): false
        }
    }
}

/// Why a value may not be stored under a key.
public enum RecordError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No validator for the key's namespace.
    case unknownNamespace(String)
    /// The key is not one of its namespace.
    case malformedKey
    /// The value is not one of its namespace.
    case malformedValue
    /// Not signed by whom the key names, or not validly.
    case wrongAuthor
    /// The value is one for another key.
    case wrongKey
    /// It was valid until a time that has passed.
    case expired

    /// What is wrong, in words.
    public var description: String {
        switch self {
        case .unknownNamespace(let name): "no validator for keys of namespace \"\(name)\""
        case .malformedKey: "the key is not one of its namespace"
        case .malformedValue: "the value is not one of its namespace"
        case .wrongAuthor: "the value is not signed by the peer that the key names"
        case .wrongKey: "the value is one for another key"
        case .expired: "the value has expired"
        }
    }
}

/// The validators of a node, by namespace.
public struct RecordValidators: Sendable {
    private var byNamespace: [String: any RecordValidator]

    /// `/pk/` and `/psic/`.
    public init() {
        byNamespace = ["pk": PublicKeyValidator(), SignedRecord.namespace: SignedRecordValidator()]
    }

    /// The validator of a namespace; at most 64 bytes of it are looked at.
    public subscript(namespace: String) -> (any RecordValidator)? {
        get { byNamespace[namespace] }
        set { byNamespace[namespace] = newValue }
    }

    /// The namespace of a key.
    static func namespace(of key: [UInt8]) -> String {
        guard key.first == UInt8(ascii: "/") else { return "" }
        let rest = key.dropFirst()
        guard let end = rest.prefix(65).firstIndex(of: UInt8(ascii: "/")) else { return "" }
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    func validator(for key: [UInt8]) throws(RecordError) -> any RecordValidator {
        let namespace = Self.namespace(of: key)
        guard let validator = byNamespace[namespace] else { throw .unknownNamespace(namespace) }
        return validator
    }

    func validate(key: [UInt8], value: [UInt8]) throws(RecordError) {
        try validator(for: key).validate(key: key, value: value)
    }

    func relation(key: [UInt8], of value: [UInt8], to other: [UInt8]) -> RecordRelation {
        if value == other { return .same }
        guard let validator = try? validator(for: key) else { return .same }
        return validator.relation(key: key, of: value, to: other)
    }
}

/// `/pk/` and the binary peer ID: the public key of that peer (kad-dht of go-libp2p).
public struct PublicKeyValidator: RecordValidator {
    /// There is nothing to set.
    public init() {}

    /// The key under which the public key of `peer` is stored.
    public static func key(of peer: PeerID) -> [UInt8] { Array("/pk/".utf8) + peer.bytes }

    /// The value must be the public key that the ID in the key was made of.
    public func validate(key: [UInt8], value: [UInt8]) throws(RecordError) {
        guard let peer = try? PeerID(bytes: Array(key.dropFirst(4))) else { throw .malformedKey }
        guard let publicKey = try? PublicKey(protobuf: value) else { throw .malformedValue }
        guard publicKey.peerID == peer else { throw .wrongAuthor }
    }

    /// All valid values of a key are the same key.
    public func relation(key: [UInt8], of value: [UInt8], to other: [UInt8]) -> RecordRelation {
        .same
    }
}

/// Takes any value; of two, the one that sorts higher by bytes. For private networks in which
/// everybody may write everything, and for tests.
public struct UncheckedValidator: RecordValidator {
    /// There is nothing to set.
    public init() {}

    /// Anything goes.
    public func validate(key: [UInt8], value: [UInt8]) throws(RecordError) {}

    /// By bytes, so that all nodes settle on one.
    public func relation(key: [UInt8], of value: [UInt8], to other: [UInt8]) -> RecordRelation {
        if value == other { return .same }
        return other.lexicographicallyPrecedes(value) ? .newer : .older
    }
}
