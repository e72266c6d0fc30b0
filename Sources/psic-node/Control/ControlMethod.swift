/// What a command may ask of a running node.
enum ControlMethod: Equatable, Sendable {
    /// Who and how the node is; `history`: how many of the last rounds to include.
    case status(history: Int)
    /// The peers the node knows.
    case peers
    /// Connect to a multiaddr or to a peer by its ID.
    case connect(String)
    /// Measure round trips to a peer.
    case ping(String, count: Int, interval: Duration)
    /// The state of the training; again at every change if it is watched.
    case federation(history: Int, isWatched: Bool)

    /// Whether events may come before the result.
    var isStreaming: Bool {
        switch self {
        case .ping: true
        case .federation(_, let isWatched): isWatched
        default: false
        }
    }
}

/// One request: a line of JSON, `{"v":1,"id":7,"method":"connect","params":{"target":"…"}}`.
struct ControlRequest: Equatable, Sendable {
    /// The version that is spoken here.
    static let version = 1

    /// Chosen by the client, repeated in every reply.
    var id: Int
    /// What is asked.
    var method: ControlMethod
}

extension ControlRequest: Codable {
    private enum Key: String, CodingKey {
        case v, id, method, params
    }

    private enum Name: String, Codable {
        case status
        case peers
        case connect
        case ping
        case federation = "fl.status"
        case watch = "fl.watch"
    }

    private struct Parameters: Codable {
        var target: String?
        var count: Int?
        var intervalMilliseconds: Int?
        var history: Int?
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let version = try container.decode(Int.self, forKey: .v)
        guard version == Self.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .v, in: container,
                debugDescription: "version \(version) is not spoken here, only \(Self.version)")
        }
        id = try container.decode(Int.self, forKey: .id)
        let text = try container.decode(String.self, forKey: .method)
        guard let name = Name(rawValue: text) else {
            throw DecodingError.dataCorruptedError(
                forKey: .method, in: container, debugDescription: "there is no such method")
        }
        let given =
            try container.decodeIfPresent(Parameters.self, forKey: .params) ?? Parameters()
        func target() throws -> String {
            guard let target = given.target else {
                throw DecodingError.dataCorruptedError(
                    forKey: .params, in: container, debugDescription: "\"target\" is missing")
            }
            return target
        }
        switch name {
        case .status: method = .status(history: given.history ?? 0)
        case .peers: method = .peers
        case .connect: method = .connect(try target())
        case .ping:
            method = .ping(
                try target(), count: given.count ?? 1,
                interval: .milliseconds(given.intervalMilliseconds ?? 0))
        case .federation:
            method = .federation(history: given.history ?? 0, isWatched: false)
        case .watch: method = .federation(history: given.history ?? 0, isWatched: true)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.version, forKey: .v)
        try container.encode(id, forKey: .id)
        var parameters = Parameters()
        let name: Name
        switch method {
        case .status(let history):
            name = .status
            parameters.history = history
        case .peers: name = .peers
        case .connect(let target):
            name = .connect
            parameters.target = target
        case .ping(let target, let count, let interval):
            name = .ping
            parameters.target = target
            parameters.count = count
            parameters.intervalMilliseconds = Int(interval.milliseconds)
        case .federation(let history, let isWatched):
            name = isWatched ? .watch : .federation
            parameters.history = history
        }
        try container.encode(name.rawValue, forKey: .method)
        try container.encode(parameters, forKey: .params)
    }
}
