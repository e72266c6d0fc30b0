import Ledger
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// A small HTTP/1.1 server for operators: every answer is made in memory, every wait has an end.
struct HTTPServer: Sendable {
    private typealias Client = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    let socket: HTTPSocket
    let routes: HTTPRoutes
    var limits = HTTPLimits()
    let log: Logger

    /// Serves until it is cancelled.
    func run() async throws {
        let limits = limits
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(socket.descriptor) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    var decoder = NIOHTTPDecoderLimitConfiguration()
                    decoder.maxHeaderFieldSize = limits.maximumHeaderBytes
                    decoder.maxHeaderListSize = limits.maximumHeaderBytes
                    try pipeline.configureHTTPServerPipeline(
                        withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoder)
                    try pipeline.addHandler(
                        HTTPDeadline(
                            request: limits.requestTimeout, answer: limits.answerTimeout))
                    return try Client(wrappingChannelSynchronously: channel)
                }
            }
        let count = ConnectionCount(limit: limits.maximumConnections)
        try await listener.executeThenClose { clients in
            await withDiscardingTaskGroup { group in
                do {
                    for try await client in clients {
                        group.addTask { await serve(client, count) }
                    }
                } catch is CancellationError {
                    // The node stops.
                } catch {
                    log.error("HTTP socket failed", metadata: ["error": "\(error)"])
                }
                group.cancelAll()
            }
        }
    }

    private func serve(_ client: Client, _ count: ConnectionCount) async {
        let isAdmitted = count.enter() != nil
        defer { if isAdmitted { count.leave() } }
        do {
            try await client.executeThenClose { inbound, outbound in
                guard isAdmitted else { return }
                var machine = HTTPRequestMachine(limits: limits)
                for try await part in inbound {
                    let action =
                        switch part {
                        case .head(let head):
                            machine.receive(
                                method: head.method.rawValue, target: head.uri,
                                host: head.headers.first(name: "host"),
                                keepsAlive: head.isKeepAlive)
                        case .body(let bytes): machine.receiveBody(bytes.readableBytes)
                        case .end: machine.receiveEnd()
                        }
                    switch action {
                    case .wait: continue
                    case .answer(let request, let keepsAlive):
                        let answer = await routes.answer(request)
                        try await send(
                            answer, hasBody: request.method != "HEAD", keepsAlive, outbound)
                        guard keepsAlive else { return }
                    case .refuse(let answer):
                        try await send(answer, hasBody: true, false, outbound)
                        return
                    }
                }
            }
        } catch {
            log.trace("HTTP client ended", metadata: ["error": "\(error)"])
        }
    }

    private func send(
        _ answer: HTTPAnswer, hasBody: Bool, _ keepsAlive: Bool,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws {
        var headers = HTTPHeaders([
            ("Content-Type", answer.contentType),
            ("Content-Length", String(answer.body.utf8.count)),
            ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
            ("Connection", keepsAlive ? "keep-alive" : "close"),
        ])
        for (name, value) in answer.headers.sorted(by: { $0.key < $1.key }) {
            headers.add(name: name, value: value)
        }
        let head = HTTPResponseHead(
            version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
        try await outbound.write(.head(head))
        if hasBody {
            try await outbound.write(.body(.byteBuffer(ByteBuffer(string: answer.body))))
        }
        try await outbound.write(.end(nil))
    }
}
