import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import PeerKit

/// JSON-RPC over HTTP/1.1 and WebSocket on one port.
///
/// Both are SwiftNIO's: its WebSocket upgrade and codec belong to the package that everything here
/// stands on already.
package struct RPCServer: Sendable {
    typealias HTTPClient = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>
    typealias SocketClient = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    /// What a connection has turned out to be.
    enum Client: Sendable {
        case http(HTTPClient)
        case webSocket(SocketClient)
    }

    let service: RPCService
    let access: RPCAccess
    let limits: RPCLimits
    let runtime: Runtime
    let log: Logger

    package init(
        service: RPCService, access: RPCAccess, limits: RPCLimits, runtime: Runtime, log: Logger
    ) {
        self.service = service
        self.access = access
        self.limits = limits
        self.runtime = runtime
        self.log = log
    }

    /// Serves on a listening socket, which it closes in the end, until it is cancelled.
    package func run(onListening descriptor: Int32) async throws {
        let server = self
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(descriptor) { channel in
                channel.eventLoop.makeCompletedFuture { try server.negotiation(on: channel) }
            }
        let connections = ConnectionCount(limit: limits.maximumConnections)
        try await listener.executeThenClose { clients in
            await withDiscardingTaskGroup { group in
                do {
                    for try await client in clients {
                        let number = connections.enter()
                        if number == nil { service.meters.connectionRefused() }
                        group.addTask {
                            await server.serve(client, number)
                            if number != nil { connections.leave() }
                        }
                    }
                } catch is CancellationError {
                    // The node stops.
                } catch {
                    log.error("JSON-RPC socket failed", metadata: ["error": "\(error)"])
                }
                group.cancelAll()
            }
        }
    }

    /// Sets a connection up to become what its first request asks for.
    private func negotiation(on channel: any Channel) throws -> EventLoopFuture<Client> {
        let limits = limits
        let upgrader = NIOTypedWebSocketServerUpgrader<Client>(
            maxFrameSize: limits.maximumMessageBytes,
            shouldUpgrade: { channel, _ in
                // Who is not welcome has been stopped by `UpgradeFilter`.
                channel.eventLoop.makeSucceededFuture(HTTPHeaders())
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 1, maxAccumulatedFrameCount: 4096,
                            maxAccumulatedFrameSize: limits.maximumMessageBytes))
                    return .webSocket(try SocketClient(wrappingChannelSynchronously: channel))
                }
            })
        var configuration = NIOUpgradableHTTPServerPipelineConfiguration(
            upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                upgraders: [upgrader],
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            HTTPDeadline(request: limits.requestTimeout))
                        return Client.http(try HTTPClient(wrappingChannelSynchronously: channel))
                    }
                }))
        configuration.decoderConfiguration.maxHeaderListSize = limits.maximumHeaderBytes
        configuration.decoderConfiguration.maxHeaderFieldSize = limits.maximumHeaderBytes
        let result = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
            configuration: configuration)
        let upgrade = try channel.pipeline.syncOperations.handler(
            type: NIOTypedHTTPServerUpgradeHandler<Client>.self)
        try channel.pipeline.syncOperations.addHandler(
            UpgradeFilter(access: access), position: .before(upgrade))
        // Until the first head is there nothing else watches the time.
        let timer = channel.eventLoop.scheduleTask(in: TimeAmount(limits.requestTimeout)) {
            channel.close(promise: nil)
        }
        result.whenComplete { _ in timer.cancel() }
        return result
    }

    /// - Parameter number: Of the connection; `nil` when there are too many.
    private func serve(_ client: EventLoopFuture<Client>, _ number: UInt64?) async {
        do {
            switch try await client.get() {
            case .http(let channel):
                service.meters.connection(.http, isOpen: true)
                defer { service.meters.connection(.http, isOpen: false) }
                try await serveHTTP(channel, isAdmitted: number != nil)
            case .webSocket(let channel):
                service.meters.connection(.webSocket, isOpen: true)
                defer { service.meters.connection(.webSocket, isOpen: false) }
                try await serveSocket(channel, number)
            }
        } catch {
            log.trace("JSON-RPC client ended", metadata: ["error": "\(error)"])
        }
    }
}
