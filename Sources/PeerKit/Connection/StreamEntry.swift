import Collections
import struct NIOCore.ByteBuffer

/// What a connection knows of one of its streams, and who waits for it.
///
/// The protocol rules (windows, half-close, negotiation) are the machines'; this is the book of
/// tasks that wait on their outcome.
///
/// A class that its connection alone holds: every frame looks at it several times, and as a value it
/// would be copied each time.
final class StreamEntry {
    /// How far the stream has come.
    enum Phase {
        /// The remote is naming a protocol.
        case listening(MultistreamListener)
        /// This side has named protocols and waits for the answer before the caller gets a stream.
        case dialing(MultistreamDialer, [ProtocolID])
        /// The caller already writes; the answer is checked when it comes.
        case lazy(MultistreamDialer, ProtocolID)
        /// Bytes are the application's.
        case open
    }

    /// A task that waits for bytes.
    struct Reader {
        var token: UInt64
        var limit: Int
        var continuation: CheckedContinuation<Result<ByteBuffer?, StreamError>, Never>
    }

    /// A task whose bytes are not all taken yet.
    struct Writer {
        var token: UInt64
        var bytes: ByteBuffer
        var hasStarted: Bool
        var continuation: CheckedContinuation<Result<Void, StreamError>, Never>
    }

    var phase: Phase
    let direction: Direction
    /// What has come of a negotiation message that is not complete.
    var pending = ByteBuffer()
    var inbox = Deque<ByteBuffer>()
    var reader: Reader?
    var writers = Deque<Writer>()
    var opener: CheckedContinuation<Result<PeerStream, StreamError>, Never>?
    /// Whether the stream counts in the node's resources.
    var isCharged = true
    /// The protocol under which it counts there.
    var chargedProtocol: ProtocolID?
    /// When the remote is given up that takes none of the bytes that wait.
    var stall: Instant?
    /// What the remote has agreed to speak, on a stream that this side opened.
    var selected: ProtocolID?
    var hasRemoteEnded = false
    var hasLocalEnded = false
    /// This side has closed both halves; what still comes is dropped.
    var isDiscarding = false
    /// Both halves have ended for the muxer; only unread bytes keep the entry.
    var hasMuxerForgotten = false
    /// The stream waits in the queue of writers that may continue.
    var isQueuedForWriting = false
    var deadline: Instant?
    /// When something is to happen if nothing else has: the end of a negotiation, of lingering,
    /// or the deadline.
    var timeout: Instant?
    /// A timer that fires at the time-out or before it.
    var timer: (token: TimerToken, deadline: Instant)?

    init(phase: Phase, direction: Direction) {
        self.phase = phase
        self.direction = direction
    }

    /// Puts bytes in the inbox, copying small pieces so that they do not hold large reads alive.
    func store(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        if bytes.readableBytes * 4 >= bytes.storageCapacity {
            inbox.append(bytes)
        } else if let last = inbox.indices.last,
            inbox[last].readableBytes + bytes.readableBytes <= 16 * 1024
        {
            inbox[last].writeImmutableBuffer(bytes)
        } else {
            inbox.append(ByteBuffer(bytes: bytes.readableBytesView))
        }
    }

    /// Takes at most `limit` bytes from the inbox.
    func take(upTo limit: Int) -> ByteBuffer? {
        guard var first = inbox.popFirst() else { return nil }
        if first.readableBytes <= limit { return first }
        let part = first.readSlice(length: limit)
        inbox.prepend(first)
        return part
    }

    /// Takes one message with its length in front, if the first buffer of the inbox holds all of it.
    ///
    /// - Returns: The message, and how many bytes it took with its length; `nil` when it must be put
    ///   together piece by piece, which is also where a faulty length is found.
    func takeMessage(limit: Int) -> (message: ByteBuffer, byteCount: Int)? {
        guard var first = inbox.first else { return nil }
        let before = first.readableBytes
        guard let length = try? first.readVarInt(), length <= UInt64(limit),
            let message = first.readSlice(length: Int(length))
        else { return nil }
        if first.readableBytes > 0 { inbox[0] = first } else { inbox.removeFirst() }
        return (message, before - first.readableBytes)
    }
}
