import NIOConcurrencyHelpers
import NIOCore

@testable import PeerKit

/// A channel's delegate that keeps what it was told.
final class ChannelLog: TransportChannelDelegate {
    struct State {
        var bytes = 0
        var pieces: [[UInt8]] = []
        var completions = 0
        var writableCalls = 0
        var lastByteAt: Instant?
        var closedAt: Instant?
        var isClosed = false
        var error: NetworkError?
        var wasAlwaysOnExecutor = true
    }

    let channel: any TransportChannel
    private let keepsPieces: Bool
    private let box = NIOLockedValueBox(State())
    private let onWritable: @Sendable (any TransportChannel) -> Void
    private let onBytes: @Sendable (any TransportChannel, ByteBuffer) -> Void

    init(
        _ channel: any TransportChannel, keepsPieces: Bool = true,
        onWritable: @escaping @Sendable (any TransportChannel) -> Void = { _ in },
        onBytes: @escaping @Sendable (any TransportChannel, ByteBuffer) -> Void = { _, _ in }
    ) {
        self.channel = channel
        self.keepsPieces = keepsPieces
        self.onWritable = onWritable
        self.onBytes = onBytes
    }

    var state: State { box.withLockedValue { $0 } }
    var received: [UInt8] { state.pieces.flatMap(\.self) }

    private func update(_ body: (inout State) -> Void) {
        let isOnExecutor = channel.executor.isIsolatingCurrentContext() == true
        box.withLockedValue {
            body(&$0)
            if !isOnExecutor { $0.wasAlwaysOnExecutor = false }
        }
    }

    func channelReceived(_ bytes: ByteBuffer) {
        let now = channel.executor.now
        update {
            $0.bytes += bytes.readableBytes
            if keepsPieces { $0.pieces.append(Array(bytes.readableBytesView)) }
            $0.lastByteAt = now
        }
        onBytes(channel, bytes)
    }

    func channelReadCompleted() { update { $0.completions += 1 } }

    func channelBecameWritable() {
        update { $0.writableCalls += 1 }
        onWritable(channel)
    }

    func channelClosed(_ error: NetworkError?) {
        let now = channel.executor.now
        update {
            $0.isClosed = true
            $0.error = error
            $0.closedAt = now
        }
    }
}

/// A pair of connected channels with their logs.
struct ConnectedPair: Sendable {
    let client: ChannelLog
    let server: ChannelLog
}

extension Simulation {
    /// Connects two nodes on `port` and starts both channels.
    func connectedPair(
        _ client: SimulatedNode, _ server: SimulatedNode, port: UInt16 = 4901,
        keepsPieces: Bool = false,
        onWritable: @escaping @Sendable (any TransportChannel) -> Void = { _ in },
        onBytes: @escaping @Sendable (any TransportChannel, ByteBuffer) -> Void = { _, _ in }
    ) async throws -> ConnectedPair {
        let accepted = NIOLockedValueBox<ChannelLog?>(nil)
        let endpoint = IPEndpoint(address: server.address, port: port)
        let listener = try await server.perform { runtime in
            try await runtime.network.listen(on: endpoint) { channel in
                let log = ChannelLog(channel, keepsPieces: keepsPieces, onBytes: onBytes)
                accepted.withLockedValue { $0 = log }
                channel.start(log)
            }
        }
        let clientLog = try await client.perform { runtime in
            let channel = try await runtime.network.connect(to: endpoint, timeout: .seconds(5))
            let log = ChannelLog(channel, keepsPieces: keepsPieces, onWritable: onWritable)
            channel.executor.execute { channel.start(log) }
            return log
        }
        while accepted.withLockedValue({ $0 }) == nil { try await sleep(for: .milliseconds(1)) }
        await listener.close()
        guard let serverLog = accepted.withLockedValue({ $0 }) else { throw TimedOut() }
        return ConnectedPair(client: clientLog, server: serverLog)
    }
}

extension ChannelLog {
    /// Does something with the channel on its executor, soon.
    func use(_ body: @escaping @Sendable (any TransportChannel) -> Void) {
        let channel = channel
        channel.executor.execute { body(channel) }
    }

    /// Writes and flushes, soon.
    func send(_ bytes: [UInt8]) {
        use {
            $0.write(ByteBuffer(bytes: bytes))
            $0.flush()
        }
    }
}

func bytes(_ count: Int, seed: UInt8 = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ Int(seed)) }
}
