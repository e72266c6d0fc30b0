import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// TCP and UDP on the system's sockets, through SwiftNIO.
struct LiveNetwork: Network {
    private var executors: LoopExecutors { .shared }

    func listen(
        on endpoint: IPEndpoint, accept: @escaping @Sendable (any TransportChannel) -> Void
    ) async throws(NetworkError) -> any NetworkListener {
        do {
            let channel = try await ServerBootstrap(group: executors.group)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.autoRead, value: false)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.recvAllocator, value: LiveChannel.receiveAllocator)
                .childChannelOption(.writeBufferWaterMark, value: LiveChannel.waterMark)
                .childChannelInitializer { child in
                    child.eventLoop.makeCompletedFuture {
                        let handler = LiveChannelHandler(onActive: accept)
                        try child.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .bind(to: SocketAddress(endpoint)).get()
            return LiveListener(channel: channel, endpoint: try IPEndpoint(channel.localAddress))
        } catch {
            throw NetworkError.binding(endpoint, error)
        }
    }

    func connect(
        to endpoint: IPEndpoint, timeout: Duration
    ) async throws(NetworkError) -> any TransportChannel {
        if Task.isCancelled { throw .closed }
        let loop = executors.group.next()
        let result = loop.makePromise(of: LiveChannel.self)
        do {
            let connecting = ClientBootstrap(group: loop)
                .connectTimeout(.nanoseconds(max(1, timeout.wholeNanoseconds)))
                .channelOption(.autoRead, value: false)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.recvAllocator, value: LiveChannel.receiveAllocator)
                .channelOption(.writeBufferWaterMark, value: LiveChannel.waterMark)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = LiveChannelHandler { result.succeed($0) }
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .connect(to: try SocketAddress(endpoint))
            // A channel that connects after its promise was failed is closed by the handler's
            // owner below; NIO cannot take a connect back.
            connecting.whenFailure { result.fail($0) }
            // Reset before its addresses could be read, the channel never reports to us.
            connecting.whenSuccess { channel in
                channel.closeFuture.whenComplete { _ in result.fail(NetworkError.reset) }
            }
            return try await withTaskCancellationHandler {
                try await result.futureResult.get()
            } onCancel: {
                connecting.whenSuccess { $0.close(promise: nil) }
                loop.execute { result.fail(NetworkError.closed) }
            }
        } catch {
            throw NetworkError.connecting(endpoint, error)
        }
    }

    func openDatagrams(
        _ binding: DatagramBinding
    ) async throws(NetworkError) -> any DatagramSocket {
        do {
            let (stream, continuation) = AsyncStream.makeStream(
                of: Datagram.self, bufferingPolicy: .bufferingOldest(LiveDatagrams.queueLength))
            let channel = try await DatagramBootstrap(group: executors.group)
                .channelOption(.socketOption(.so_reuseaddr), value: binding.isShared ? 1 : 0)
                .channelOption(
                    .socketOption(.init(rawValue: SO_BROADCAST)),
                    value: binding.allowsBroadcast ? 1 : 0
                )
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            LiveDatagramHandler(continuation))
                    }
                }
                .bind(to: SocketAddress(binding.endpoint)).get()
            if let membership = binding.multicast {
                do {
                    try await membership.join(channel)
                } catch {
                    try? await channel.close()
                    throw error
                }
            }
            return LiveDatagrams(
                channel: channel, endpoint: try IPEndpoint(channel.localAddress), datagrams: stream)
        } catch {
            throw NetworkError.binding(binding.endpoint, error)
        }
    }

    func resolve(_ name: String) async throws(NetworkError) -> [IPAddress] {
        do {
            return try await NIOThreadPool.singleton.runIfActive { try lookUp(name) }
        } catch let error as NetworkError {
            throw error
        } catch {
            throw .closed
        }
    }

    func interfaces() throws(NetworkError) -> [NetworkInterface] {
        do {
            return try System.enumerateDevices().compactMap { device -> NetworkInterface? in
                guard let address = device.address, let endpoint = try? IPEndpoint(address) else {
                    return nil
                }
                var broadcast = device.broadcastAddress.flatMap { try? IPEndpoint($0).address }
                // Linux does not flag loopback as able to broadcast, but it is.
                if endpoint.address.isLoopback, endpoint.address.isV4 {
                    broadcast = .loopbackBroadcast
                }
                return NetworkInterface(
                    name: device.name, address: endpoint.address, broadcast: broadcast)
            }
        } catch {
            throw .system("cannot list network interfaces: \(error)")
        }
    }
}

/// Resolves a name, blocking.
private func lookUp(_ name: String) throws(NetworkError) -> [IPAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    #if canImport(Glibc)
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
    hints.ai_socktype = SOCK_STREAM
    #endif
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(name, nil, &hints, &list) == 0, let list else { throw .unresolved(name) }
    defer { freeaddrinfo(list) }
    var found: [IPAddress] = []
    var entry: UnsafeMutablePointer<addrinfo>? = list
    while let current = entry?.pointee {
        if let raw = current.ai_addr {
            let address: IPAddress? =
                switch current.ai_family {
                case AF_INET:
                    raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                        withUnsafeBytes(of: $0.pointee.sin_addr) { IPAddress(bytes: Array($0)) }
                    }
                case AF_INET6:
                    raw.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                        withUnsafeBytes(of: $0.pointee.sin6_addr) { IPAddress(bytes: Array($0)) }
                    }
                default: nil
                }
            if let address, !found.contains(address) { found.append(address) }
        }
        entry = current.ai_next
    }
    guard !found.isEmpty else { throw .unresolved(name) }
    return found.filter { !$0.isV4 } + found.filter(\.isV4)
}

/// A listening TCP socket.
struct LiveListener: NetworkListener {
    let channel: any Channel
    let endpoint: IPEndpoint

    func close() async { try? await channel.close() }
}
