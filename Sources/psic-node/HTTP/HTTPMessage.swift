import NIOHTTP1

/// A request, as far as anything here looks at it.
struct HTTPRequest: Equatable, Sendable {
    var method: HTTPMethod
    /// Without query.
    var path: String
    /// The `Host` header, without port.
    var host: String?
}

/// An answer.
struct HTTPAnswer: Equatable, Sendable {
    var status: HTTPResponseStatus
    var contentType: String
    var body: String
    /// Further headers.
    var headers: [String: String] = [:]

    /// An answer in JSON.
    static func json(
        _ value: some Encodable, status: HTTPResponseStatus = .ok, headers: [String: String] = [:]
    ) -> HTTPAnswer {
        HTTPAnswer(
            status: status, contentType: "application/json; charset=utf-8",
            body: JSON.text(value) + "\n", headers: headers)
    }

    /// Why there is nothing else to say.
    static func error(
        _ status: HTTPResponseStatus, _ message: String, headers: [String: String] = [:]
    ) -> HTTPAnswer {
        json(
            HTTPErrorReport(error: .init(code: Int(status.code), message: message)),
            status: status, headers: headers)
    }
}

/// The form of an error.
struct HTTPErrorReport: Codable, Equatable {
    struct Body: Codable, Equatable {
        var code: Int
        var message: String
    }
    var error: Body
}
