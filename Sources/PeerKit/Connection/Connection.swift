import Collections
import struct NIOCore.ByteBuffer

/// One secured, multiplexed connection.
///
/// The shell around ``UpgradeMachine``, ``NoiseSession`` and ``YamuxMachine``. It lives on the
/// executor of its channel: frames are deciphered and dispatched synchronously in the turn that
/// read them, and tasks meet it only at the stream operations.
///
/// Whatever waits here looks, in the turn in which it begins to wait, whether what it waits for has
/// come or its task was cancelled. A task that prefers another executor changes turns at every
/// `await`, also within this actor, so both may have happened since it looked last.
public actor Connection {
    enum Phase {
        case idle
        /// Indirect, so that a look at the phase of a connection that stands copies no handshake.
        indirect case upgrading(
            UpgradeMachine, CheckedContinuation<Result<ConnectionInfo, ConnectionError>, Never>)
        /// Secured, but the host has not admitted it yet: what comes meanwhile waits.
        case secured
        case established
        case closed(ConnectionError)
    }

    nonisolated let executor: any RuntimeExecutor
    /// The executor of the channel.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    let channel: any TransportChannel
    nonisolated let id: UInt64
    nonisolated let direction: Direction
    let context: ConnectionContext
    var limits: ConnectionLimits { context.limits }

    var phase = Phase.idle
    var info: ConnectionInfo?
    var session: NoiseSession?
    var muxer: YamuxMachine?
    var streams: [YamuxStreamID: StreamEntry] = [:]
    /// Streams with bytes to send, in the order in which they get their turn.
    var writeQueue = Deque<YamuxStreamID>()
    var nextToken: UInt64 = 0
    /// Tasks that wait until the remote has acknowledged earlier streams.
    var openers = OrderedDictionary<UInt64, CheckedContinuation<Void, Never>>()
    var traffic = Traffic()
    var roundTrip: Duration?
    /// Of the traffic, what the meters have heard of.
    var meteredTraffic = Traffic()
    /// By how much the windows may have grown, and the node's memory is reserved for it.
    var grantedGrowth = 0
    /// Inbound streams that the muxer had refused when it was last asked.
    var refusedStreams = 0

    /// Of the remote's bytes, those of a message that is not complete.
    var ciphertext = ByteBuffer()
    /// Plaintext that the muxer has not taken: what came with the handshake, or part of a header.
    var plaintext = ByteBuffer()
    var events: [YamuxEvent] = []
    var isFlushScheduled = false
    var timer: TimerToken?
    var timerDeadline: Instant?
    var endWaiters: [CheckedContinuation<ConnectionError, Never>] = []
    var idleWaiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var closeTimer: TimerToken?

    init(
        channel: any TransportChannel, id: UInt64, direction: Direction, context: ConnectionContext
    ) {
        self.channel = channel
        executor = channel.executor
        self.id = id
        self.direction = direction
        self.context = context
    }

    /// Number of streams that are open.
    var streamCount: Int { streams.count }
}
