import Logging
import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Serves the control protocol on a Unix socket: who may open the socket file may ask anything.
struct ControlServer: Sendable {
    private typealias Client = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    let path: ControlSocketPath
    let registry: ControlRegistry
    var limits = ControlLimits()
    let log: Logger

    /// Serves until it is cancelled; `ready` is called once clients can connect.
    func run(ready: @Sendable () async -> Void) async throws {
        let descriptor = try ControlSocket.listen(on: path)
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(descriptor) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Client(wrappingChannelSynchronously: channel)
                }
            }
        defer { unlink(path.path) }
        let count = ClientCount(limit: limits.maximumClients)
        try await listener.executeThenClose { clients in
            await ready()
            await withDiscardingTaskGroup { group in
                do {
                    for try await client in clients {
                        group.addTask { await serve(client, count) }
                    }
                } catch is CancellationError {
                    // The node stops.
                } catch {
                    log.error("control socket failed", metadata: ["error": "\(error)"])
                }
                group.cancelAll()
            }
        }
    }

    /// How many clients there are; an actor of its own as clients come on several threads.
    private actor ClientCount {
        private let limit: Int
        private var count = 0

        init(limit: Int) { self.limit = limit }

        func enter() -> Bool {
            guard count < limit else { return false }
            count += 1
            return true
        }

        func leave() { count -= 1 }
    }

    private func serve(_ client: Client, _ count: ClientCount) async {
        let isAdmitted = await count.enter()
        do {
            try await client.executeThenClose { inbound, outbound in
                guard isAdmitted else {
                    try await refuse(
                        .init(.refused, "too many control clients at once"), outbound)
                    return
                }
                try await converse(inbound, outbound)
            }
        } catch {
            log.trace("control client ended", metadata: ["error": "\(error)"])
        }
        if isAdmitted { await count.leave() }
    }

    private func converse(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        var splitter = LineSplitter(limit: limits.maximumRequestBytes)
        try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            for try await bytes in inbound {
                let lines: [[UInt8]]
                do throws(LineSplitter.LineTooLong) {
                    lines = try splitter.append(bytes.readableBytesView)
                } catch {
                    try await refuse(
                        .init(.refused, "a request has at most \(error.limit) bytes"), outbound)
                    break
                }
                for line in lines {
                    if running >= limits.maximumRequestsPerClient {
                        try await group.next()
                        running -= 1
                    }
                    running += 1
                    group.addTask { try await work(on: line, outbound) }
                }
            }
            // The client has gone: nobody waits for what is still being worked on.
            group.cancelAll()
        }
    }

    private func work(
        on line: [UInt8], _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        let header: ControlRequestHeader
        do throws(JSONError) {
            header = try JSON.decode(ControlRequestHeader.self, from: line)
        } catch {
            try await refuse(.init(.usage, "malformed request: \(error)"), outbound)
            return
        }
        do {
            let answer = try await registry.answer(header, in: line) { event in
                try await sendBody(event, id: header.id, isLast: false, outbound)
            }
            try await sendBody(answer, id: header.id, isLast: true, outbound)
        } catch {
            try await refuse(CommandError(wrapping: error), id: header.id, outbound)
        }
    }

    private func sendBody<Body: Encodable & Sendable>(
        _ body: Body, id: Int, isLast: Bool, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        if !isLast, let event = body as? any JSONText {
            try await outbound.write(event.eventLine(id: id))
            return
        }
        try await send(
            ControlReply<Body, Body>(id: id, content: isLast ? .result(body) : .event(body)),
            outbound)
    }

    private func refuse(
        _ error: CommandError, id: Int = -1,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        try await send(
            ControlReply<ControlDone, ControlDone>(id: id, content: .error(error)), outbound)
    }

    private func send(
        _ reply: some Encodable, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        var buffer = ByteBuffer(bytes: try JSON.bytes(reply))
        buffer.writeInteger(UInt8(ascii: "\n"))
        try await outbound.write(buffer)
    }
}
