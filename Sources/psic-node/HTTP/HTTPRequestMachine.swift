/// Puts the parts of a connection's requests together, within bounds.
struct HTTPRequestMachine: Sendable {
    /// What is to be done.
    enum Action: Equatable, Sendable {
        /// Wait for more.
        case wait
        /// Answer; close the connection after it unless it is kept alive.
        case answer(HTTPRequest, keepsAlive: Bool)
        /// Answer this and close.
        case refuse(HTTPAnswer)
    }

    private enum State {
        case idle
        case reading(HTTPRequest, keepsAlive: Bool, bodyBytes: Int)
        case refused
    }

    private let limits: HTTPLimits
    private var state = State.idle

    init(limits: HTTPLimits) { self.limits = limits }

    /// A head has come.
    ///
    /// - Parameter host: The `Host` header.
    mutating func receive(
        method: String, target: String, host: String?, keepsAlive: Bool
    ) -> Action {
        if case .refused = state { return .wait }
        guard target.utf8.count <= limits.maximumTargetBytes else {
            return refuse(414, "a path has at most \(limits.maximumTargetBytes) bytes")
        }
        let path = target.prefix { $0 != "?" && $0 != "#" }
        let request = HTTPRequest(
            method: method, path: String(path), host: host.map(Self.hostWithoutPort))
        state = .reading(request, keepsAlive: keepsAlive, bodyBytes: 0)
        return .wait
    }

    /// A part of a body has come, of which only the length counts.
    mutating func receiveBody(_ count: Int) -> Action {
        guard case .reading(let request, let keepsAlive, let bytes) = state else { return .wait }
        guard count <= limits.maximumBodyBytes - bytes else {
            return refuse(413, "a body has at most \(limits.maximumBodyBytes) bytes")
        }
        state = .reading(request, keepsAlive: keepsAlive, bodyBytes: bytes + count)
        return .wait
    }

    /// The request is complete.
    mutating func receiveEnd() -> Action {
        guard case .reading(let request, let keepsAlive, _) = state else { return .wait }
        state = .idle
        return .answer(request, keepsAlive: keepsAlive)
    }

    private mutating func refuse(_ status: Int, _ message: String) -> Action {
        state = .refused
        return .refuse(.error(status, message))
    }

    /// `localhost:9490` without the port, `[::1]:9490` without port and brackets.
    static func hostWithoutPort(_ text: String) -> String {
        if text.hasPrefix("[") { return String(text.dropFirst().prefix { $0 != "]" }) }
        return String(text.prefix { $0 != ":" })
    }
}
