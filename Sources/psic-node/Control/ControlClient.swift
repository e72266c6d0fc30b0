import NIOCore
import NIOPosix

/// Asks a running node over its control socket. One connection for each call.
struct ControlClient: Sendable {
    /// The node's home; for messages and for the way to its socket.
    let home: NodeHome
    var limits = ControlLimits()

    /// Asks and waits for the answer.
    ///
    /// - Parameter timeout: For the whole call.
    /// - Throws: ``CommandError``: ``ExitStatus/notRunning`` when nobody listens on the socket,
    ///   ``ExitStatus/timeout``, or what the node answers.
    func call<Method: ControlMethod>(
        _ method: Method, timeout: Duration
    ) async throws -> Method.Answer {
        try await call(method, timeout: timeout) { (_: Method.Event) in }
    }

    /// Asks and hands on events until the answer comes.
    ///
    /// - Parameter timeout: For the whole call; `nil`: as long as it takes.
    func call<Method: ControlMethod>(
        _ method: Method, timeout: Duration?,
        onEvent: @escaping @Sendable (Method.Event) async throws -> Void
    ) async throws -> Method.Answer {
        try await withTimeLimit(timeout, "no answer from the node on \(home.path) in time") {
            try await exchange(method, onEvent)
        }
    }

    private func exchange<Method: ControlMethod>(
        _ method: Method, _ onEvent: @Sendable (Method.Event) async throws -> Void
    ) async throws -> Method.Answer {
        let channel = try await connect()
        return try await channel.executeThenClose { inbound, outbound in
            var request = ByteBuffer(bytes: try JSON.bytes(ControlRequest(id: 1, method: method)))
            request.writeInteger(UInt8(ascii: "\n"))
            try await outbound.write(request)
            var splitter = LineSplitter(limit: limits.maximumReplyBytes)
            for try await bytes in inbound {
                for line in try splitter.append(bytes.readableBytesView) {
                    let reply = try JSON.decode(
                        ControlReply<Method.Event, Method.Answer>.self, from: line)
                    switch reply.content {
                    case .event(let body): try await onEvent(body)
                    case .result(let body): return body
                    case .error(let error): throw error
                    }
                }
            }
            try Task.checkCancellation()
            throw CommandError(.notRunning, "the node on \(home.path) has stopped")
        }
    }

    private func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let path = ControlSocketPath(home: home.path).path
        do {
            return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            throw CommandError(
                .notRunning, "no node runs on \(home.path)",
                hint: "start it: psic-node run --home \(home.path)")
        }
    }
}

/// Runs `body` for at most `limit`.
///
/// - Throws: ``CommandError`` with ``ExitStatus/timeout`` and `message` when time is up.
func withTimeLimit<Result: Sendable>(
    _ limit: Duration?, _ message: String, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    guard let limit else { return try await body() }
    return try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw CommandError(.timeout, message, hint: "allow more with --timeout SECONDS")
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw CancellationError() }
        return result
    }
}
