import struct NIOCore.ByteBuffer

/// A stream of bytes to one protocol of one peer, with back-pressure both ways.
///
/// One task at a time may read, one at a time should write. A stream that is dropped without
/// ``close()`` is reset.
public final class PeerStream: Sendable {
    /// The protocol that was negotiated.
    public let protocolID: ProtocolID
    /// Who is at the other end; proven by the handshake.
    public let remotePeer: PeerID
    /// Which side opened it.
    public let direction: Direction
    /// The connection that carries it.
    public let connection: ConnectionInfo

    let owner: Connection
    let id: YamuxStreamID

    init(
        protocolID: ProtocolID, direction: Direction, info: ConnectionInfo, owner: Connection,
        id: YamuxStreamID
    ) {
        self.protocolID = protocolID
        remotePeer = info.remotePeer
        self.direction = direction
        connection = info
        self.owner = owner
        self.id = id
    }

    deinit { owner.abandon(id) }

    /// The next bytes, as many as are there but at most `limit`; waits for at least one.
    ///
    /// - Returns: `nil` when the remote has ended its half.
    public func read(upTo limit: Int = .max) async throws(StreamError) -> ByteBuffer? {
        try await owner.read(id, upTo: limit)
    }

    /// Exactly `count` bytes.
    ///
    /// - Throws: ``StreamError/unexpectedEnd(have:need:)`` when the stream ends before.
    public func read(exactly count: Int) async throws(StreamError) -> ByteBuffer {
        var bytes = ByteBuffer()
        while bytes.readableBytes < count {
            guard var part = try await read(upTo: count - bytes.readableBytes) else {
                throw .unexpectedEnd(have: bytes.readableBytes, need: count)
            }
            if bytes.readableBytes == 0 { bytes = part } else { bytes.writeBuffer(&part) }
        }
        return bytes
    }

    /// Everything up to the end of the remote's half.
    ///
    /// - Throws: ``StreamError/messageTooLong(length:limit:)`` beyond `limit` bytes.
    public func readToEnd(limit: Int) async throws(StreamError) -> ByteBuffer {
        var bytes = ByteBuffer()
        while var part = try await read() {
            let length = bytes.readableBytes + part.readableBytes
            guard length <= limit else {
                throw .messageTooLong(length: UInt64(length), limit: limit)
            }
            if bytes.readableBytes == 0 { bytes = part } else { bytes.writeBuffer(&part) }
        }
        return bytes
    }

    /// One message with its length in front as an unsigned varint.
    ///
    /// The length is checked before anything is allocated.
    ///
    /// - Returns: `nil` when the stream ends before the first byte of a message.
    public func readMessage(limit: Int) async throws(StreamError) -> ByteBuffer? {
        try await owner.readMessage(id, limit: limit)
    }

    /// Sends bytes; returns when all have been handed to the connection.
    ///
    /// Waits while the remote's window is shut. When it is cancelled or meets its deadline after
    /// part of the bytes has gone, the stream is reset, as the rest could not follow.
    public func write(_ bytes: ByteBuffer) async throws(StreamError) {
        try await owner.write(id, bytes)
    }

    /// Sends bytes.
    public func write(_ bytes: [UInt8]) async throws(StreamError) {
        try await owner.write(id, ByteBuffer(bytes: bytes))
    }

    /// Sends one message with its length in front as an unsigned varint.
    public func writeMessage(_ bytes: [UInt8]) async throws(StreamError) {
        var buffer = ByteBuffer()
        buffer.writeVarInt(UInt64(bytes.count))
        buffer.writeBytes(bytes)
        try await owner.write(id, buffer)
    }

    /// Where the connection lives: ``writeAtOnce(_:)`` must be called there.
    var executor: any RuntimeExecutor { owner.executor }

    /// Sends bytes in this turn if all of them can be handed over, else nothing.
    ///
    /// For services that write to many peers within one turn. Must be called on ``executor``.
    /// - Returns: Whether the bytes were taken; if not, ``write(_:)`` waits or says why.
    func writeAtOnce(_ bytes: ByteBuffer) -> Bool {
        owner.assumeIsolated { $0.writeAtOnce(id, bytes) }
    }

    /// Ends this side's half; reading goes on.
    public func closeWrite() async { await owner.closeWrite(id) }

    /// Ends both halves in order: what was written still arrives, what still comes is dropped.
    public func close() async { await owner.closeStream(id) }

    /// Gives the stream up at once; both sides' pending operations fail.
    public func reset() async { await owner.resetStream(id) }

    /// Operations that have not ended by `deadline` fail with ``StreamError/deadlineExceeded``.
    public func setDeadline(_ deadline: Instant?) async { await owner.setDeadline(id, deadline) }
}
