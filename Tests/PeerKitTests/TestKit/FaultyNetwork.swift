import NIOConcurrencyHelpers
import NIOCore

@testable import PeerKit

/// What happens to a node once it has sent so many bytes on a connection.
enum Vanishing: String, Sendable, CaseIterable {
    /// It neither reads nor writes any more, but its system still answers.
    case falls = "falls silent"
    /// Its connection is reset.
    case resets
    /// It sends the end of the stream and reads no more.
    case ends
    /// Its own system reports the reset from within the write, as NIO does.
    case fails = "fails in a write"
}

/// A network on which every stream of the node breaks after so many sent bytes.
struct FaultyNetwork: Network {
    var base: any Network
    var fault: Vanishing
    /// Bytes that still leave.
    var limit: Int
    /// The most bytes that a stream of the node has sent.
    let sent = NIOLockedValueBox(0)

    func listen(
        on endpoint: IPEndpoint, accept: @escaping @Sendable (any TransportChannel) -> Void
    ) async throws(NetworkError) -> any NetworkListener {
        try await base.listen(on: endpoint) { accept(wrap($0)) }
    }

    func connect(
        to endpoint: IPEndpoint, timeout: Duration
    ) async throws(NetworkError) -> any TransportChannel {
        wrap(try await base.connect(to: endpoint, timeout: timeout))
    }

    func openDatagrams(
        _ binding: DatagramBinding
    ) async throws(NetworkError) -> any DatagramSocket {
        try await base.openDatagrams(binding)
    }

    func resolve(_ name: String) async throws(NetworkError) -> [IPAddress] {
        try await base.resolve(name)
    }

    func interfaces() throws(NetworkError) -> [NetworkInterface] { try base.interfaces() }

    private func wrap(_ channel: any TransportChannel) -> any TransportChannel {
        FaultyChannel(channel, self)
    }
}

/// A stream that breaks; see ``FaultyNetwork``.
final class FaultyChannel: TransportChannel {
    private let base: any TransportChannel
    private let network: FaultyNetwork
    /// Bytes sent, and whether it has happened.
    private let state = NIOLockedValueBox((sent: 0, isBroken: false))
    private let outlet = NIOLockedValueBox<EndsOnce?>(nil)

    init(_ base: any TransportChannel, _ network: FaultyNetwork) {
        self.base = base
        self.network = network
    }

    var executor: any RuntimeExecutor { base.executor }
    var localEndpoint: IPEndpoint { base.localEndpoint }
    var remoteEndpoint: IPEndpoint { base.remoteEndpoint }
    var isWritable: Bool { base.isWritable }

    func start(_ delegate: any TransportChannelDelegate) {
        let once = EndsOnce(delegate)
        outlet.withLockedValue { $0 = once }
        base.start(once)
        if network.limit == 0 { breakOff() }
    }

    func write(_ bytes: ByteBuffer) {
        var bytes = bytes
        let (room, isBroken) = state.withLockedValue { state in
            let room = min(network.limit - state.sent, bytes.readableBytes)
            state.sent += state.isBroken ? 0 : room
            return (room, state.isBroken)
        }
        guard !isBroken else { return }
        let isLast = room < bytes.readableBytes
        if let part = bytes.readSlice(length: room), room > 0 { base.write(part) }
        network.sent.withLockedValue { $0 = max($0, state.withLockedValue { $0.sent }) }
        if isLast { breakOff() }
    }

    func flush() { if !isBroken { base.flush() } }
    func setReading(_ isReading: Bool) { base.setReading(isReading && !isBroken) }
    func close() { base.close() }
    func abort() { base.abort() }

    private var isBroken: Bool { state.withLockedValue { $0.isBroken } }

    private func breakOff() {
        base.flush()
        state.withLockedValue { $0.isBroken = true }
        switch network.fault {
        case .falls: base.setReading(false)
        case .resets: base.abort()
        case .ends: base.close()
        case .fails:
            outlet.withLockedValue { $0 }?.channelClosed(.reset)
            base.abort()
        }
    }
}

/// Passes everything on, the end only once.
private final class EndsOnce: TransportChannelDelegate {
    private let base: any TransportChannelDelegate
    private let hasEnded = NIOLockedValueBox(false)

    init(_ base: any TransportChannelDelegate) { self.base = base }

    func channelReceived(_ bytes: ByteBuffer) { base.channelReceived(bytes) }
    func channelReadCompleted() { base.channelReadCompleted() }
    func channelBecameWritable() { base.channelBecameWritable() }

    func channelClosed(_ error: NetworkError?) {
        let isFirst = hasEnded.withLockedValue { hasEnded in
            defer { hasEnded = true }
            return !hasEnded
        }
        if isFirst { base.channelClosed(error) }
    }
}

extension Runtime {
    /// The same runtime with another network.
    func with(_ network: any Network) -> Runtime {
        Runtime(
            clock: clock, random: random, executors: executors, network: network, storage: storage)
    }
}
