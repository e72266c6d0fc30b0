/// One call of a method (JSON-RPC 2.0, §4).
package struct RPCRequest: Sendable, Equatable {
    /// As it was sent; `nil` for a notification, which nobody wants answered.
    package var id: JSONValue?
    package var method: String
    package var params: [JSONValue]

    package init(id: JSONValue?, method: String, params: [JSONValue] = []) {
        self.id = id
        self.method = method
        self.params = params
    }

    /// Reads a request. Members that mean nothing here are passed over: wallets send some.
    init(_ value: JSONValue) throws(RPCError) {
        guard let object = value.object, object["jsonrpc"] == "2.0",
            let method = object["method"]?.text
        else { throw .invalidRequest() }
        self.method = method
        switch object["id"] {
        case .array, .object, .bool: throw .invalidRequest()
        case let id: self.id = id
        }
        switch object["params"] {
        case nil, .null?: params = []
        case .array(let values)?: params = values
        default: throw .parameters("non-array args")
        }
    }

    /// The id to answer a request with that may be none at all.
    static func id(in value: JSONValue) -> JSONValue {
        switch value.object?["id"] {
        case .string(let text)?: .string(text)
        case .number(let text)?: .number(text)
        default: .null
        }
    }
}

/// What a body or a message asks for.
package enum RPCBody: Sendable {
    case single(Item)
    case batch([Item])

    /// A request, or why it is none.
    package struct Item: Sendable {
        /// For the answer.
        package var id: JSONValue
        package var request: Result<RPCRequest, RPCError>

        init(_ value: JSONValue) {
            id = RPCRequest.id(in: value)
            do throws(RPCError) {
                request = .success(try RPCRequest(value))
            } catch {
                request = .failure(error)
            }
        }
    }

    /// Reads a body.
    package init(_ bytes: [UInt8], limits: RPCLimits) throws(RPCError) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONReader.value(bytes)
        } catch {
            throw .parse
        }
        guard case .array(let values) = value else {
            self = .single(Item(value))
            return
        }
        guard !values.isEmpty else { throw .invalidRequest("empty batch") }
        guard values.count <= limits.maximumBatch else { throw .invalidRequest("batch too large") }
        self = .batch(values.map(Item.init))
    }
}

/// Writes answers (JSON-RPC 2.0, §5).
package enum RPCAnswer {
    /// An answer, or the error that it is too long.
    package static func bytes(
        _ result: Result<JSONValue, RPCError>, id: JSONValue, limit: Int
    ) -> [UInt8] {
        var object = JSONObject()
        object.append("jsonrpc", "2.0")
        object.append("id", id)
        switch result {
        case .success(let value): object.append("result", value)
        case .failure(let error): object.append("error", error.value)
        }
        var writer = JSONWriter(limit: limit)
        writer.write(.object(object))
        guard writer.isOverfull else { return writer.bytes }
        return JSONWriter.bytes(
            .members([
                "jsonrpc": "2.0", "id": id, "error": RPCError.answerTooLarge.value,
            ]))
    }

    /// What a subscriber is sent.
    package static func notification(subscription: String, _ result: JSONValue) -> [UInt8] {
        JSONWriter.bytes(
            .members([
                "jsonrpc": "2.0", "method": "eth_subscription",
                "params": .members(["subscription": .string(subscription), "result": result]),
            ]))
    }
}
