/// A structured message that a person signs, with the types that say how it reads (EIP-712).
///
/// Source: https://eips.ethereum.org/EIPS/eip-712
///
/// Deviations: a structure may be `null`, which hashes as 32 zero bytes: EIP-712 says nothing of it,
/// wallets do so, and without it no type could contain itself. A document without the type
/// `EIP712Domain` gets the one that its domain's members make, in the specification's order.
public struct TypedData: Sendable {
    /// A member of a type.
    struct Member: Sendable, Hashable {
        var name: String
        /// As written.
        var typeName: String
        var type: MemberType
    }

    /// What a member is.
    indirect enum MemberType: Sendable, Hashable {
        case value(ABIType)
        case structure(String)
        /// With a count if the array is of fixed length.
        case array(MemberType, count: Int?)
    }

    static let domainType = "EIP712Domain"

    let types: [String: [Member]]
    /// The type of the message.
    public let primaryType: String
    let domain: JSONValue
    let message: JSONValue

    /// Reads the document that `eth_signTypedData_v4` takes: `types`, `primaryType`, `domain`,
    /// `message`.
    public init(json: String) throws(TypedDataError) {
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONValue(parsing: json, limit: TypedDataLimits.jsonBytes)
        } catch {
            throw .json(error)
        }
        guard let declared = document["types"]?.object?.members else { throw .missing("types") }
        guard let primary = document["primaryType"]?.text else { throw .missing("primaryType") }
        guard let domain = document["domain"], let given = domain.object?.members else {
            throw .missing("domain")
        }
        guard let message = document["message"] else { throw .missing("message") }
        guard declared.count <= TypedDataLimits.types else { throw .limit("types") }
        var types: [String: [Member]] = [:]
        for type in declared { types[type.name] = try TypedDataTypes.members(of: type) }
        if types[Self.domainType] == nil {
            types[Self.domainType] = TypedDataTypes.domain(with: given.map(\.name))
        }
        for members in types.values {
            for member in members { try TypedDataTypes.check(member, in: types) }
        }
        guard types[primary] != nil else { throw .type(primary) }
        self.types = types
        primaryType = primary
        self.domain = domain
        self.message = message
    }

    /// What is signed: `keccak256(0x19 0x01 domainSeparator hashStruct(message))`.
    public func hash() throws(TypedDataError) -> Hash32 {
        var bytes: [UInt8] = [0x19, 0x01]
        bytes += try domainSeparator().bytes
        // A message that is a domain itself is hashed once (as wallets do it).
        if primaryType != Self.domainType { bytes += try messageHash().bytes }
        return Keccak256.hash(bytes)
    }

    /// The domain's hash, which keeps signatures for one contract from being good for another.
    public func domainSeparator() throws(TypedDataError) -> Hash32 {
        try TypedDataEncoder(types: types).hash(
            domain, as: Self.domainType, path: "domain", depth: 0)
    }

    /// The message's hash: `hashStruct(message)`.
    public func messageHash() throws(TypedDataError) -> Hash32 {
        try TypedDataEncoder(types: types).hash(message, as: primaryType, path: "message", depth: 0)
    }
}

extension Secp256k1PrivateKey {
    /// Signs typed data.
    public func sign(_ data: TypedData) throws(TypedDataError) -> MessageSignature {
        MessageSignature(signature(of: try data.hash()))
    }
}
