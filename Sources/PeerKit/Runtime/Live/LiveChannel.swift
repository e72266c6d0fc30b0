import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A TCP connection on an event loop.
///
/// Safe: `@unchecked Sendable` because every mutable property is read and written on the event loop
/// only, which each entry checks.
final class LiveChannel: TransportChannel, @unchecked Sendable {
    /// Reads grow to half a mebibyte: at full speed a read then holds several cipher frames.
    static let receiveAllocator = AdaptiveRecvByteBufferAllocator(
        minimum: 2048, initial: 16384, maximum: 512 * 1024)
    /// Enough queued to keep the kernel busy while the next frames are sealed.
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(
        low: 256 * 1024, high: 1024 * 1024)

    let executor: any RuntimeExecutor
    let localEndpoint: IPEndpoint
    let remoteEndpoint: IPEndpoint
    private let channel: any Channel
    private var delegate: (any TransportChannelDelegate)?
    private var failure: NetworkError?
    private var isClosed = false
    private var isClosing = false

    init(_ channel: any Channel) throws {
        self.channel = channel
        executor = LoopExecutors.shared.executor(of: channel.eventLoop)
        localEndpoint = try IPEndpoint(channel.localAddress)
        remoteEndpoint = try IPEndpoint(channel.remoteAddress)
    }

    var isWritable: Bool { channel.isWritable }

    func start(_ delegate: any TransportChannelDelegate) {
        channel.eventLoop.preconditionInEventLoop()
        self.delegate = delegate
        if isClosed {
            channel.eventLoop.execute { self.notifyClosed() }
        } else {
            setReading(true)
        }
    }

    func write(_ bytes: ByteBuffer) {
        channel.eventLoop.preconditionInEventLoop()
        channel.write(bytes, promise: nil)
    }

    func flush() { channel.flush() }

    func setReading(_ isReading: Bool) {
        channel.eventLoop.preconditionInEventLoop()
        guard !isClosed else { return }
        try? channel.syncOptions?.setOption(.autoRead, value: isReading)
    }

    func close() {
        channel.eventLoop.preconditionInEventLoop()
        guard !isClosing, !isClosed else { return }
        isClosing = true
        // NIO's close drops what is queued, so the end of the queue is awaited first. Only our half
        // is closed then: to close the other while the remote still sends makes the system answer
        // with a reset, which may overtake our last bytes. The remote's end closes the channel.
        let channel = channel
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in
            channel.close(mode: .output, promise: nil)
        }
    }

    func abort() {
        channel.eventLoop.preconditionInEventLoop()
        guard !isClosed else { return }
        isClosing = true
        let lingerNot = linger(l_onoff: 1, l_linger: 0)
        let channel = channel
        (channel as? any SocketOptionProvider)?.setSoLinger(lingerNot)
            .whenComplete { _ in channel.close(promise: nil) }
    }

    // MARK: What the handler reports

    func received(_ bytes: ByteBuffer) { delegate?.channelReceived(bytes) }

    func readCompleted() { delegate?.channelReadCompleted() }

    func writabilityChanged() { if channel.isWritable { delegate?.channelBecameWritable() } }

    func failed(_ error: any Error) {
        // Some peers close by resetting: that is an end, not a failure.
        if let error = error as? IOError, [ECONNRESET, EPIPE].contains(error.errnoCode) { return }
        failure = .system("\(error)")
    }

    func becameInactive() {
        isClosed = true
        notifyClosed()
    }

    private func notifyClosed() {
        guard let delegate else { return }
        self.delegate = nil
        delegate.channelClosed(failure)
    }
}

/// Passes a channel's events on to its ``LiveChannel``, made when the connection stands.
final class LiveChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let onActive: @Sendable (LiveChannel) -> Void
    private var live: LiveChannel?

    init(onActive: @escaping @Sendable (LiveChannel) -> Void) { self.onActive = onActive }

    func channelActive(context: ChannelHandlerContext) {
        do {
            let live = try LiveChannel(context.channel)
            self.live = live
            onActive(live)
        } catch {
            // The remote was gone before its address could be read.
            context.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        live?.received(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) { live?.readCompleted() }

    func channelWritabilityChanged(context: ChannelHandlerContext) { live?.writabilityChanged() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        live?.failed(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        live?.becameInactive()
        live = nil
    }
}
