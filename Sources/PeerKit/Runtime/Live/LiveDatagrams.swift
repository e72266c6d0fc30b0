import NIOCore
import NIOPosix

/// A UDP socket.
struct LiveDatagrams: DatagramSocket {
    /// Datagrams that may wait for their reader: at most 256 × 64 KiB = 16 MiB, far less in practice.
    static let queueLength = 256

    let channel: any Channel
    let endpoint: IPEndpoint
    let datagrams: AsyncStream<Datagram>

    func send(_ payload: [UInt8], to destination: IPEndpoint) async throws(NetworkError) {
        do {
            let envelope = AddressedEnvelope(
                remoteAddress: try SocketAddress(destination),
                data: ByteBuffer(bytes: payload))
            try await channel.writeAndFlush(envelope)
        } catch {
            throw NetworkError.connecting(destination, error)
        }
    }

    func close() async { try? await channel.close() }
}

/// Puts datagrams into the socket's queue.
final class LiveDatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let queue: AsyncStream<Datagram>.Continuation

    init(_ queue: AsyncStream<Datagram>.Continuation) { self.queue = queue }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let source = try? IPEndpoint(envelope.remoteAddress) else { return }
        queue.yield(Datagram(payload: Array(envelope.data.readableBytesView), source: source))
    }

    // An ICMP error for an earlier datagram surfaces here; a socket without connection ignores it.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}

    func channelInactive(context: ChannelHandlerContext) { queue.finish() }
}
