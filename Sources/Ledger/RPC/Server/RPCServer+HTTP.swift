import NIOCore
import NIOHTTP1

extension RPCServer {
    /// Answers one connection's requests, one after another.
    func serveHTTP(_ client: HTTPClient, isAdmitted: Bool) async throws {
        try await client.executeThenClose { inbound, outbound in
            guard isAdmitted else { return }
            var machine = RPCHTTPMachine(access: access, maximumBody: limits.maximumBodyBytes)
            for try await part in inbound {
                let action =
                    switch part {
                    case .head(let head): machine.receive(.init(head))
                    case .body(let bytes): machine.receive(body: bytes)
                    case .end: machine.receiveEnd()
                    }
                switch action {
                case .wait: continue
                case .goOn:
                    try await outbound.write(
                        .head(HTTPResponseHead(version: .http1_1, status: .continue)))
                case .work(let body, let headers, let keepsAlive):
                    let answer = await service.answer(Array(body.readableBytesView), session: nil)
                    try await send(
                        200, headers, ByteBuffer(bytes: answer ?? []),
                        type: "application/json", keepsAlive, outbound)
                    guard keepsAlive else { return }
                case .answer(let answer, let keepsAlive):
                    try await send(
                        answer.status, answer.headers, ByteBuffer(string: answer.text),
                        type: "text/plain; charset=utf-8", keepsAlive, outbound)
                    guard keepsAlive else { return }
                }
            }
        }
    }

    private func send(
        _ status: Int, _ extra: [RPCHTTPMachine.Header], _ body: ByteBuffer, type: String,
        _ keepsAlive: Bool, _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws {
        var headers = HTTPHeaders()
        for header in extra { headers.add(name: header.name, value: header.value) }
        if status != 204 {
            headers.add(name: "Content-Type", value: type)
            headers.add(name: "Content-Length", value: String(body.readableBytes))
        }
        headers.add(name: "X-Content-Type-Options", value: "nosniff")
        headers.add(name: "Connection", value: keepsAlive ? "keep-alive" : "close")
        let head = HTTPResponseHead(
            version: .http1_1, status: .init(statusCode: status), headers: headers)
        // Together, so that a short answer is one packet.
        try await outbound.write(contentsOf: [
            .head(head), .body(.byteBuffer(body)), .end(nil),
        ])
    }
}

extension RPCHTTPMachine.Head {
    init(_ head: HTTPRequestHead) {
        self.init(
            method: head.method.rawValue, host: head.headers.first(name: "host"),
            origin: head.headers.first(name: "origin"),
            contentType: head.headers.first(name: "content-type"),
            contentLength: head.headers.first(name: "content-length").flatMap { Int($0) },
            expectsContinue: head.headers.first(name: "expect")?.lowercased() == "100-continue",
            keepsAlive: head.isKeepAlive)
    }
}
