/// A request, as far as anything here looks at it.
struct HTTPRequest: Equatable, Sendable {
    /// "GET".
    var method: String
    /// Without query.
    var path: String
    /// The `Host` header, without port.
    var host: String?
}

/// An answer.
struct HTTPAnswer: Equatable, Sendable {
    /// 200.
    var status: Int
    var contentType: String
    var body: String
    /// Further headers.
    var headers: [String: String] = [:]

    /// An answer in JSON.
    static func json(
        _ value: some Encodable, status: Int = 200, headers: [String: String] = [:]
    ) -> HTTPAnswer {
        HTTPAnswer(
            status: status, contentType: "application/json; charset=utf-8",
            body: JSON.text(value) + "\n", headers: headers)
    }

    /// Why there is nothing else to say.
    static func error(
        _ status: Int, _ message: String, headers: [String: String] = [:]
    ) -> HTTPAnswer {
        json(
            HTTPErrorReport(error: .init(code: status, message: message)),
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
