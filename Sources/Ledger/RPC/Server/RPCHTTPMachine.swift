import struct NIOCore.ByteBuffer

/// Puts the parts of one connection's HTTP requests together, within bounds, and says what each is to
/// be answered with.
///
/// Whatever JSON-RPC answers goes out with status 200, errors too: wallets count any other status as a
/// failure of the node.
struct RPCHTTPMachine: Sendable {
    /// What is to be done.
    enum Action: Equatable, Sendable {
        /// Wait for more.
        case wait
        /// Tell a client that asks first to send its body (RFC 9110, §10.1.1).
        case goOn
        /// Work on the body and answer with status 200 and these headers.
        case work(ByteBuffer, headers: [Header], keepsAlive: Bool)
        /// Answer this; close the connection after it unless it is kept alive.
        case answer(Answer, keepsAlive: Bool)
    }

    /// A line of a head.
    struct Header: Equatable, Sendable {
        var name: String
        var value: String
    }

    /// An answer that needs no work.
    struct Answer: Equatable, Sendable {
        var status: Int
        var text = ""
        var headers: [Header] = []
    }

    /// What of a head matters.
    struct Head: Equatable, Sendable {
        var method: String
        var host: String?
        var origin: String?
        var contentType: String?
        var contentLength: Int?
        var expectsContinue = false
        var keepsAlive = true
    }

    private enum State {
        case idle
        case reading(Head, ByteBuffer)
        /// The rest of a refused request is passed over.
        case refused
    }

    private let access: RPCAccess
    private let maximumBody: Int
    private var state = State.idle

    init(access: RPCAccess, maximumBody: Int) {
        self.access = access
        self.maximumBody = maximumBody
    }

    /// A head has come.
    mutating func receive(_ head: Head) -> Action {
        if case .refused = state { return .wait }
        guard access.allows(host: head.host) else {
            return refuse(Answer(status: 403, text: "invalid host specified"))
        }
        if let length = head.contentLength, length > maximumBody {
            return refuse(tooLarge)
        }
        state = .reading(head, ByteBuffer())
        return head.expectsContinue ? .goOn : .wait
    }

    /// A part of a body has come.
    mutating func receive(body: ByteBuffer) -> Action {
        guard case .reading(let head, var buffer) = state else { return .wait }
        // The state lets go of the buffer, so that it is not copied when it grows.
        state = .idle
        guard body.readableBytes <= maximumBody - buffer.readableBytes else {
            return refuse(tooLarge)
        }
        if buffer.readableBytes == 0 { buffer = body } else { buffer.writeImmutableBuffer(body) }
        state = .reading(head, buffer)
        return .wait
    }

    /// The request is complete.
    mutating func receiveEnd() -> Action {
        guard case .reading(let head, let buffer) = state else { return .wait }
        state = .idle
        let headers = access.headers(for: head.origin).map(Header.init)
        switch head.method {
        case "POST":
            guard isJSON(head.contentType) else {
                return .answer(
                    Answer(
                        status: 415,
                        text: "invalid content type, only application/json is supported",
                        headers: headers), keepsAlive: head.keepsAlive)
            }
            return .work(buffer, headers: headers, keepsAlive: head.keepsAlive)
        case "OPTIONS":
            return .answer(
                Answer(
                    status: 204,
                    headers: access.preflightHeaders(for: head.origin).map(Header.init)),
                keepsAlive: head.keepsAlive)
        case "GET", "HEAD":
            // Whoever looks whether something is here.
            return .answer(Answer(status: 200, headers: headers), keepsAlive: head.keepsAlive)
        default:
            return .answer(
                Answer(
                    status: 405, text: "method not allowed",
                    headers: [Header(name: "Allow", value: "POST, OPTIONS, GET, HEAD")]),
                keepsAlive: head.keepsAlive)
        }
    }

    private var tooLarge: Answer {
        Answer(status: 413, text: "content length too large: at most \(maximumBody) bytes")
    }

    private mutating func refuse(_ answer: Answer) -> Action {
        state = .refused
        return .answer(answer, keepsAlive: false)
    }

    /// A page may send text without asking first, so that any page could send transactions if text
    /// were taken as JSON.
    private func isJSON(_ type: String?) -> Bool {
        guard let type else { return false }
        let name = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        return ["application/json", "application/json-rpc", "application/jsonrequest"]
            .contains(name)
    }
}

extension RPCHTTPMachine.Header {
    fileprivate init(_ pair: (name: String, value: String)) {
        self.init(name: pair.name, value: pair.value)
    }
}
