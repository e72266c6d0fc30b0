import PeerKit

/// The way to one member: a queue of messages and the stream that they leave on.
///
/// Each side opens a stream of its own and only writes on it. When a stream breaks, what was queued
/// is dropped: the machine says again what matters when the link stands again.
struct MemberLink: Sendable {
    /// Messages that may wait while a member reads slowly; beyond, the link is given up.
    static let queueLength = 256
    /// A member that takes nothing for so long is given up.
    static let writeTimeout = Duration.seconds(30)

    let id: UInt64
    let queue: AsyncStream<[UInt8]>.Continuation
    private let messages: AsyncStream<[UInt8]>

    init(id: UInt64) {
        self.id = id
        (messages, queue) = AsyncStream.makeStream(
            of: [UInt8].self, bufferingPolicy: .bufferingOldest(Self.queueLength))
    }

    /// Queues a message; one too many ends the link.
    func send(_ message: [UInt8]) {
        if case .dropped = queue.yield(message) { queue.finish() }
    }

    /// Opens the stream, reports that the link stands, and sends until it breaks or is finished.
    func run(
        to peer: PeerID, over protocolID: ProtocolID, from node: PeerNode,
        whenUp: @Sendable () async -> Void
    ) async throws {
        let stream = try await node.newStream(to: peer, protocol: protocolID)
        await whenUp()
        for await message in messages {
            await stream.setDeadline(node.runtime.clock.now.advanced(by: Self.writeTimeout))
            try await stream.writeMessage(message)
        }
        await stream.close()
    }
}
