import Logging
import NIOCore
import NIOPosix
import PeerKit
import Testing

@testable import psic_node

/// The server on loopback, against clients that want too much of it.
@Suite("The HTTP server, on loopback", .timeLimit(.minutes(1))) struct HTTPServerLoopbackTests {
    private static let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"

    /// Runs a server with some limits, and ends it.
    private func serve(
        _ change: (inout HTTPLimits) -> Void = { _ in },
        _ body: @Sendable @escaping (Int) async throws -> Void
    ) async throws {
        var limits = HTTPLimits()
        change(&limits)
        var routes = HTTPRoutes(hosts: ["localhost"])
        routes.get("/healthz") { .json(["a": 1]) }
        routes.get("/large") {
            HTTPAnswer(
                status: 200, contentType: "text/plain",
                body: String(repeating: "x", count: 32 << 20))
        }
        let socket = try HTTPSocket(
            listeningOn: .init(address: try IPAddress("127.0.0.1"), port: 0))
        let server = HTTPServer(
            socket: socket, routes: routes, limits: limits,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let port = try #require(Int(socket.address.split(separator: ":").last ?? ""))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            try await body(port)
            group.cancelAll()
        }
    }

    @Test func manyRequestsGoOverOneConnection() async throws {
        try await serve { port in
            let client = try await HTTPTestClient(port: port)
            for _ in 0..<20 {
                try await client.send(Self.request)
                #expect(try await client.read(until: "}\n").hasPrefix("HTTP/1.1 200 "))
            }
            await client.close()
        }
    }

    @Test func tenTimesTheConnectionsAreClosedAndThoseWithinAreServed() async throws {
        try await serve({ $0.maximumConnections = 4 }) { port in
            var within: [HTTPTestClient] = []
            for _ in 0..<4 {
                let client = try await HTTPTestClient(port: port)
                // Answered, so it is counted.
                try await client.send(Self.request)
                _ = try await client.read(until: "}\n")
                within.append(client)
            }
            for _ in 0..<36 {
                let client = try await HTTPTestClient(port: port)
                #expect(try await client.readToEnd().isEmpty)
            }
            for client in within {
                try await client.send(Self.request)
                #expect(try await client.read(until: "}\n").hasPrefix("HTTP/1.1 200 "))
                await client.close()
            }
            // Their places are free again, once the server has seen them go.
            var isServed = false
            while !isServed {
                let client = try await HTTPTestClient(port: port)
                try? await client.send(Self.request)
                isServed = try await client.read(until: "}\n").hasPrefix("HTTP/1.1 200 ")
                await client.close()
            }
        }
    }

    @Test(
        "ten times the headers end the connection, in one or in many",
        arguments: [true, false])
    func headers(isOne: Bool) async throws {
        try await serve { port in
            let client = try await HTTPTestClient(port: port)
            let count = HTTPLimits().maximumHeaderBytes * 10
            let headers =
                isOne
                ? "X-Long: " + String(repeating: "x", count: count) + "\r\n"
                : String(repeating: "X-Many: 0123456789\r\n", count: count / 20)
            try? await client.send(
                "GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n")
            let answer = try await client.readToEnd()
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer.prefix(40))")
        }
    }

    @Test func tenTimesTheBodyIsRefusedBeforeItHasCome() async throws {
        try await serve { port in
            let client = try await HTTPTestClient(port: port)
            let count = HTTPLimits().maximumBodyBytes * 10
            try await client.send(
                "POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(count)\r\n\r\n"
                    + String(repeating: "x", count: count / 2))
            #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test(
        "who does not finish a request is closed when its time is over",
        arguments: ["", "GET /healthz HTTP/1.1\r\nHost:", "GET /healthz HTTP/1.1\r\nX: 1\r\n"])
    func idle(sent: String) async throws {
        try await serve({ $0.requestTimeout = .milliseconds(300) }) { port in
            let client = try await HTTPTestClient(port: port)
            let start = ContinuousClock.now
            try await client.send(sent)
            #expect(try await client.readToEnd().isEmpty)
            #expect(ContinuousClock.now - start >= .milliseconds(250))
            #expect(ContinuousClock.now - start < .seconds(8))
        }
    }

    @Test func whoSendsAByteAtATimeGetsNoMoreTimeThanOthers() async throws {
        try await serve({ $0.requestTimeout = .milliseconds(500) }) { port in
            let client = try await HTTPTestClient(port: port)
            // Ten times as long as a request may take, if nobody ended it.
            try? await client.send("GET / HTTP/1.1\r\n")
            var sent = 0
            while sent < 100 {
                do { try await client.send("X: 1\r\n") } catch { break }
                sent += 1
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(sent < 100, "it was never closed")
            await client.close()
        }
    }

    @Test func anIdleConnectionIsClosedAfterItsLastAnswer() async throws {
        try await serve({ $0.requestTimeout = .milliseconds(300) }) { port in
            let client = try await HTTPTestClient(port: port)
            try await client.send(Self.request)
            #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func whoDoesNotTakeItsAnswerLosesItsPlace() async throws {
        try await serve({
            $0.maximumConnections = 1
            $0.answerTimeout = .milliseconds(300)
        }) { port in
            let slow = try await HTTPTestClient(port: port, isReading: false)
            try await slow.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
            // Nobody else is served until its time is over, then everybody is.
            var isServed = false
            while !isServed {
                let client = try await HTTPTestClient(port: port)
                try? await client.send(Self.request)
                isServed = try await client.read(until: "}\n").hasPrefix("HTTP/1.1 200 ")
                await client.close()
            }
            await slow.close()
        }
    }
}

/// One connection to a server on loopback.
private final class HTTPTestClient: Sendable {
    private let channel: any Channel
    private let bytes: AsyncStream<ByteBuffer>

    /// - Parameter isReading: A slow client never reads.
    init(port: Int, isReading: Bool = true) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        bytes = stream
        channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: isReading)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// What comes until the server closes.
    func readToEnd() async throws -> String { try await read(until: nil) }

    /// What comes until it ends so, or the server closes.
    func read(until end: String?) async throws -> String {
        var text = ""
        for await part in bytes {
            text += String(buffer: part)
            if let end, text.hasSuffix(end) { break }
        }
        return text
    }

    func close() async { try? await channel.close() }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let continuation: AsyncStream<ByteBuffer>.Continuation

        init(_ continuation: AsyncStream<ByteBuffer>.Continuation) {
            self.continuation = continuation
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(unwrapInboundIn(data))
        }

        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
