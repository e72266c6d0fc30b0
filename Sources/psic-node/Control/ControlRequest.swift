/// One request: a line of JSON, `{"v":1,"id":7,"method":"connect","params":{"target":"…"}}`.
struct ControlRequest<Method: ControlMethod>: Sendable {
    /// Chosen by the client, repeated in every reply.
    var id: Int
    /// What is asked.
    var method: Method
}

/// What all requests have, whatever they ask; read first, as it names the type of the rest.
struct ControlRequestHeader: Equatable, Sendable {
    /// The version that is spoken here.
    static let version = 1

    /// Chosen by the client, repeated in every reply.
    var id: Int
    /// The method's name.
    var method: String
}

private enum RequestKey: String, CodingKey {
    case v, id, method, params
}

extension ControlRequestHeader: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: RequestKey.self)
        let version = try container.decode(Int.self, forKey: .v)
        guard version == Self.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .v, in: container,
                debugDescription: "version \(version) is not spoken here, only \(Self.version)")
        }
        id = try container.decode(Int.self, forKey: .id)
        method = try container.decode(String.self, forKey: .method)
    }
}

extension ControlRequest: Codable {
    init(from decoder: any Decoder) throws {
        let header = try ControlRequestHeader(from: decoder)
        id = header.id
        let container = try decoder.container(keyedBy: RequestKey.self)
        guard header.method == Method.name else {
            throw DecodingError.dataCorruptedError(
                forKey: .method, in: container, debugDescription: "expected \(Method.name)")
        }
        method =
            try container.decodeIfPresent(Method.self, forKey: .params)
            ?? JSON.decode(Method.self, from: Array("{}".utf8))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: RequestKey.self)
        try container.encode(ControlRequestHeader.version, forKey: .v)
        try container.encode(id, forKey: .id)
        try container.encode(Method.name, forKey: .method)
        try container.encode(method, forKey: .params)
    }
}
