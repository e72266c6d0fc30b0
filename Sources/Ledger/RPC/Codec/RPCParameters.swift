/// The parameters of a call, by their places.
package struct RPCParameters: Sendable {
    package let values: [JSONValue]

    package init(_ values: [JSONValue]) { self.values = values }

    /// A parameter that may be left out, or null.
    package func optional(_ place: Int) -> JSONValue? {
        guard place < values.count, values[place] != .null else { return nil }
        return values[place]
    }

    /// A parameter that must be there.
    package func required(_ place: Int) throws(RPCError) -> JSONValue {
        guard let value = optional(place) else {
            throw .parameters("missing value for required argument \(place)")
        }
        return value
    }

    package func address(_ place: Int) throws(RPCError) -> Address {
        try RPCField("\(place)", required(place)).address()
    }

    package func hash(_ place: Int) throws(RPCError) -> Hash32 {
        try RPCField("\(place)", required(place)).hash()
    }

    package func quantity64(_ place: Int) throws(RPCError) -> UInt64 {
        try RPCField("\(place)", required(place)).quantity64()
    }

    package func quantity(_ place: Int) throws(RPCError) -> UInt256 {
        try RPCField("\(place)", required(place)).quantity()
    }

    package func data(_ place: Int) throws(RPCError) -> [UInt8] {
        try RPCField("\(place)", required(place)).data()
    }

    package func slot(_ place: Int) throws(RPCError) -> UInt256 {
        try RPCField("\(place)", required(place)).slot()
    }

    package func bool(_ place: Int, default standard: Bool) throws(RPCError) -> Bool {
        guard let value = optional(place) else { return standard }
        guard case .bool(let bool) = value else {
            throw .parameters(
                "invalid argument \(place): json: cannot unmarshal \(value.kindName) into Go value of "
                    + "type bool")
        }
        return bool
    }

    package func object(_ place: Int) throws(RPCError) -> JSONObject {
        let value = try required(place)
        guard let object = value.object else {
            throw .parameters(
                "invalid argument \(place): json: cannot unmarshal \(value.kindName), expected an "
                    + "object")
        }
        return object
    }

    /// Which block is meant; absent: the latest.
    package func block(_ place: Int) throws(RPCError) -> BlockID {
        guard let value = optional(place) else { return .latest }
        return try RPCField("\(place)", value).block()
    }
}

/// One value of a request, with the name that errors call it by.
package struct RPCField: Sendable {
    let name: String
    let value: JSONValue

    init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }

    private func read<Value>(
        as type: String, _ body: (String) throws(HexFault) -> Value
    ) throws(RPCError) -> Value {
        guard case .string(let text) = value else {
            throw .parameters(
                "invalid argument \(name): json: cannot unmarshal \(value.kindName) into Go value of "
                    + "type \(type)")
        }
        do throws(HexFault) {
            return try body(text)
        } catch {
            throw .parameters(
                "invalid argument \(name): json: cannot unmarshal \(error) into Go value of type "
                    + type)
        }
    }

    func address() throws(RPCError) -> Address {
        let bytes = try read(as: "common.Address") { text throws(HexFault) in
            try HexForm.data(text, count: 20)
        }
        return Address(bytes) ?? .zero
    }

    func hash() throws(RPCError) -> Hash32 {
        let bytes = try read(as: "common.Hash") { text throws(HexFault) in
            try HexForm.data(text, count: 32)
        }
        return Hash32(bytes) ?? .zero
    }

    func quantity() throws(RPCError) -> UInt256 {
        try read(as: "*hexutil.Big") { text throws(HexFault) in try HexForm.quantity(text) }
    }

    func quantity64() throws(RPCError) -> UInt64 {
        // Some clients write small numbers as such.
        if case .number(let text) = value, let number = UInt64(text) { return number }
        return try read(as: "hexutil.Uint64") { text throws(HexFault) in
            try HexForm.quantity64(text)
        }
    }

    func data() throws(RPCError) -> [UInt8] {
        try read(as: "hexutil.Bytes") { text throws(HexFault) in try HexForm.data(text) }
    }

    func slot() throws(RPCError) -> UInt256 {
        do throws(HexFault) {
            guard case .string(let text) = value else { throw .syntax }
            return try HexForm.slot(text)
        } catch {
            throw .parameters("unable to decode storage key: \(error)")
        }
    }

    /// A tag, a number, a hash, or an object of EIP-1898.
    func block() throws(RPCError) -> BlockID {
        switch value {
        case .object(let object):
            switch (object["blockHash"], object["blockNumber"]) {
            case (let hash?, nil): return .hash(try RPCField(name, hash).hash())
            case (nil, let number?): return try RPCField(name, number).block()
            case (nil, nil):
                throw .parameters("invalid argument \(name): a block needs its number or its hash")
            default:
                throw .parameters(
                    "invalid argument \(name): cannot specify both BlockHash and BlockNumber, choose "
                        + "one or the other")
            }
        case .string("latest"), .string("safe"), .string("finalized"), .string(""):
            return .latest
        case .string("pending"): return .pending
        case .string("earliest"): return .earliest
        case .string(let text):
            if text.utf8.count == 66 { return .hash(try hash()) }
            do throws(HexFault) {
                return .number(try HexForm.quantity64(text))
            } catch {
                throw .parameters("invalid argument \(name): \(error)")
            }
        default:
            throw .parameters(
                "invalid argument \(name): json: cannot unmarshal \(value.kindName) into Go value of "
                    + "type rpc.BlockNumberOrHash")
        }
    }
}

extension JSONValue {
    /// What kind of value this is, for errors.
    var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
