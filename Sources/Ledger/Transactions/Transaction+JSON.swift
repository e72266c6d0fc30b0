/// Why a JSON object is no transaction that can be signed.
public enum TransactionJSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not JSON, or too much of it.
    case json(JSONError)
    /// Not an object.
    case notAnObject
    /// A field that no transaction has, or none of this kind; nothing is left out of what is signed.
    case unknownField(String)
    /// A field without which it can't be signed.
    case missing(String)
    /// A field whose value is none.
    case value(field: String, expected: String)

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .json(let error): "\(error)"
        case .notAnObject: "a transaction is a JSON object"
        case .unknownField(let name): "the field \"\(name)\" does not belong in this transaction"
        case .missing(let name): "the field \"\(name)\" is missing"
        case .value(let field, let expected): "\(field): expected \(expected)"
        }
    }
}

extension Transaction {
    /// Bytes of JSON that are read: call data of the longest transaction in hexadecimal, and room.
    static let maximumJSONBytes = 3 * SignedTransaction.maximumBytes

    /// Reads a transaction to be signed, in the form of `eth_sendTransaction`: `type`, `chainId`,
    /// `nonce`, `gas`, `to`, `value`, `input` (or `data`), `gasPrice` or `maxFeePerGas` and
    /// `maxPriorityFeePerGas`, `accessList`, `maxFeePerBlobGas`, `blobVersionedHashes`.
    ///
    /// Numbers are JSON numbers, or texts in decimal or with `0x`. Without `type` the fields decide. A
    /// `from` is left to the caller.
    public init(json text: String) throws(TransactionJSONError) {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: text, limit: Self.maximumJSONBytes)
        } catch {
            throw .json(error)
        }
        guard let members = json.object?.members else { throw .notAnObject }
        let fields = TransactionFields(json: json)
        self.init(try fields.kind())
        let allowed = TransactionFields.names(of: kind)
        if let other = members.first(where: { !allowed.contains($0.name) }) {
            throw .unknownField(other.name)
        }
        guard kind == .legacy || json["chainId"] != nil else { throw .missing("chainId") }
        chainID = try fields.small("chainId")
        guard let nonce = try fields.small("nonce") else { throw .missing("nonce") }
        self.nonce = nonce
        let name = json["gas"] == nil ? "gasLimit" : "gas"
        guard let gas = try fields.small(name) else { throw .missing("gas") }
        gasLimit = gas
        value = try fields.number("value") ?? .zero
        if let to = json["to"], to != .null {
            guard let address = to.text.flatMap({ Address($0) }) else {
                throw .value(field: "to", expected: "an address")
            }
            self.to = address
        }
        input = try fields.input()
        let hasPrice = kind == .legacy || kind == .accessList
        let cap = hasPrice ? "gasPrice" : "maxFeePerGas"
        guard let fee = try fields.number(cap) else { throw .missing(cap) }
        maxFeePerGas = fee
        maxPriorityFeePerGas = hasPrice ? fee : try fields.number("maxPriorityFeePerGas") ?? .zero
        accessList = try fields.accessList()
        if kind == .blob {
            guard let fee = try fields.number("maxFeePerBlobGas") else {
                throw .missing("maxFeePerBlobGas")
            }
            maxFeePerBlobGas = fee
            blobHashes = try fields.words(json["blobVersionedHashes"], "blobVersionedHashes")
        }
    }
}

/// The fields of a transaction's JSON.
private struct TransactionFields {
    let json: JSONValue

    static func names(of kind: Transaction.Kind) -> Set<String> {
        var names: Set<String> = [
            "type", "chainId", "nonce", "gas", "gasLimit", "to", "value", "input", "data", "from",
        ]
        switch kind {
        case .legacy: names.insert("gasPrice")
        case .accessList: names.formUnion(["gasPrice", "accessList"])
        case .dynamicFee, .setCode:
            names.formUnion(["maxFeePerGas", "maxPriorityFeePerGas", "accessList"])
        case .blob:
            names.formUnion([
                "maxFeePerGas", "maxPriorityFeePerGas", "accessList", "maxFeePerBlobGas",
                "blobVersionedHashes",
            ])
        }
        return names
    }

    func kind() throws(TransactionJSONError) -> Transaction.Kind {
        guard let number = try small("type") else {
            if json["blobVersionedHashes"] != nil { return .blob }
            if json["maxFeePerGas"] != nil { return .dynamicFee }
            return json["accessList"] != nil ? .accessList : .legacy
        }
        // Authorizations are signed apart, by accounts that need not be the sender's.
        guard let kind = UInt8(exactly: number).flatMap(Transaction.Kind.init(rawValue:)),
            kind != .setCode
        else { throw .value(field: "type", expected: "0, 1, 2 or 3") }
        return kind
    }

    func number(_ name: String) throws(TransactionJSONError) -> UInt256? {
        switch json[name] {
        case .none, .null: return nil
        case .some(let value):
            guard let number = (try? ABIValue(value, as: .uint(256)))?.number else {
                throw .value(field: name, expected: "a number of 256 bits")
            }
            return number
        }
    }

    func small(_ name: String) throws(TransactionJSONError) -> UInt64? {
        guard let number = try number(name) else { return nil }
        guard let small = number.asUInt64 else {
            throw .value(field: name, expected: "a number of 64 bits")
        }
        return small
    }

    func input() throws(TransactionJSONError) -> [UInt8] {
        var found: [UInt8]?
        for name in ["input", "data"] {
            guard let value = json[name], value != .null else { continue }
            guard let text = value.text, let bytes = Hexadecimal.bytes(text),
                found == nil || found == bytes
            else { throw .value(field: name, expected: "bytes in hexadecimal, the same once") }
            found = bytes
        }
        return found ?? []
    }

    func words(_ json: JSONValue?, _ field: String) throws(TransactionJSONError) -> [UInt256] {
        var words: [UInt256] = []
        for element in json?.elements ?? [] {
            guard let text = element.text, let hash = Hash32(text) else {
                throw .value(field: field, expected: "32 bytes in hexadecimal")
            }
            words.append(hash.word)
        }
        return words
    }

    func accessList() throws(TransactionJSONError) -> [Transaction.AccessEntry] {
        guard let list = json["accessList"], list != .null else { return [] }
        guard let elements = list.elements else {
            throw .value(field: "accessList", expected: "an array")
        }
        var entries: [Transaction.AccessEntry] = []
        for element in elements {
            guard let address = element["address"]?.text.flatMap({ Address($0) }) else {
                throw .value(field: "accessList", expected: "entries with an address")
            }
            entries.append(
                .init(
                    address: address,
                    slots: try words(element["storageKeys"], "accessList.storageKeys")))
        }
        return entries
    }
}
