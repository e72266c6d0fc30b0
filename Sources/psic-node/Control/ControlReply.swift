/// One reply: a line of JSON with the request's `id` and one of `event` (more follow), `result`
/// (the last) and `error` (the last).
struct ControlReply<Body> {
    /// What a reply carries.
    enum Content {
        case event(Body)
        case result(Body)
        case error(CommandError)
    }

    /// The request's; -1 when it could not be read.
    var id: Int
    var content: Content
}

extension ControlReply: Sendable where Body: Sendable {}
extension ControlReply.Content: Sendable where Body: Sendable {}
extension ControlReply: Equatable where Body: Equatable {}
extension ControlReply.Content: Equatable where Body: Equatable {}

private enum ReplyKey: String, CodingKey {
    case v, id, event, result, error
}

extension ControlReply: Encodable where Body: Encodable {
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: ReplyKey.self)
        try container.encode(ControlRequest.version, forKey: .v)
        try container.encode(id, forKey: .id)
        switch content {
        case .event(let body): try container.encode(body, forKey: .event)
        case .result(let body): try container.encode(body, forKey: .result)
        case .error(let error): try container.encode(error.report.error, forKey: .error)
        }
    }
}

extension ControlReply: Decodable where Body: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ReplyKey.self)
        id = try container.decode(Int.self, forKey: .id)
        if let report = try container.decodeIfPresent(
            CommandError.Report.Body.self, forKey: .error)
        {
            content = .error(
                CommandError(
                    ExitStatus(rawValue: report.code) ?? .failure, report.message,
                    hint: report.hint))
        } else if container.contains(.event) {
            content = .event(try container.decode(Body.self, forKey: .event))
        } else {
            content = .result(try container.decode(Body.self, forKey: .result))
        }
    }
}

/// The result of a request that has nothing to tell but that it is done.
struct ControlDone: Codable, Equatable, Sendable {}
