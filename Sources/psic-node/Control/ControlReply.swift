import struct NIOCore.ByteBuffer

/// One reply: a line of JSON with the request's `id` and one of `event` (more follow), `result`
/// (the last) and `error` (the last).
struct ControlReply<Event, Answer> {
    /// What a reply carries.
    enum Content {
        case event(Event)
        case result(Answer)
        case error(CommandError)
    }

    /// The request's; -1 when it could not be read.
    var id: Int
    var content: Content
}

extension JSONText {
    /// The line of a ``ControlReply`` with this event, what encoding it gives, and its end.
    func eventLine(id: Int) -> ByteBuffer {
        // A message of a topic has some 300 bytes around its content, most have less.
        var writer = JSONTextWriter(capacity: 1024)
        writer.raw("{\"event\":")
        append(to: &writer)
        writer.raw(",\"id\":")
        writer.number(id)
        writer.raw(",\"v\":")
        writer.number(ControlRequestHeader.version)
        writer.raw("}\n")
        return writer.buffer
    }
}

extension ControlReply: Sendable where Event: Sendable, Answer: Sendable {}
extension ControlReply.Content: Sendable where Event: Sendable, Answer: Sendable {}
extension ControlReply: Equatable where Event: Equatable, Answer: Equatable {}
extension ControlReply.Content: Equatable where Event: Equatable, Answer: Equatable {}

private enum ReplyKey: String, CodingKey {
    case v, id, event, result, error
}

extension ControlReply: Encodable where Event: Encodable, Answer: Encodable {
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: ReplyKey.self)
        try container.encode(ControlRequestHeader.version, forKey: .v)
        try container.encode(id, forKey: .id)
        switch content {
        case .event(let body): try container.encode(body, forKey: .event)
        case .result(let body): try container.encode(body, forKey: .result)
        case .error(let error): try container.encode(error.report.error, forKey: .error)
        }
    }
}

extension ControlReply: Decodable where Event: Decodable, Answer: Decodable {
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
            content = .event(try container.decode(Event.self, forKey: .event))
        } else {
            content = .result(try container.decode(Answer.self, forKey: .result))
        }
    }
}
