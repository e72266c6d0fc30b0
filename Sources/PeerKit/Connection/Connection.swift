import Collections
import Logging
import struct NIOCore.ByteBuffer

/// What is known of a connection from outside.
public struct ConnectionInfo: Sendable, Hashable {
    /// Unique within the node.
    public let id: UInt64
    /// Who is at the other end; proven by the handshake.
    public let remotePeer: PeerID
    /// Which side dialled.
    public let direction: Direction
    /// This side's address.
    public let localAddress: Multiaddr
    /// The other side's address.
    public let remoteAddress: Multiaddr
}

/// Bytes a connection has carried, below the cipher.
public struct Traffic: Sendable, Hashable, Codable {
    /// Bytes received from the network.
    public var received: UInt64 = 0
    /// Bytes handed to the network.
    public var sent: UInt64 = 0

    /// No traffic.
    public init() {}

    static func + (a: Traffic, b: Traffic) -> Traffic {
        var sum = a
        sum.received += b.received
        sum.sent += b.sent
        return sum
    }
}

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
        case upgrading(
            UpgradeMachine, CheckedContinuation<Result<ConnectionInfo, ConnectionError>, Never>)
        /// Secured, but the host has not admitted it yet: nothing more is read.
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
    let limits: ConnectionLimits
    let muxing: YamuxConfiguration
    let handlers: ProtocolHandlers
    let handlerTasks: TaskScope
    let log: Logger

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
    private(set) var traffic = Traffic()
    private(set) var roundTrip: Duration?

    private var ciphertext = ByteBuffer()
    private var early = ByteBuffer()
    private var events: [YamuxEvent] = []
    private var isFlushScheduled = false
    private var timer: TimerToken?
    private var timerDeadline: Instant?
    private var endWaiters: [CheckedContinuation<ConnectionError, Never>] = []
    private var idleWaiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    private var closeTimer: TimerToken?

    init(
        channel: any TransportChannel, id: UInt64, direction: Direction, limits: ConnectionLimits,
        muxing: YamuxConfiguration, handlers: ProtocolHandlers, handlerTasks: TaskScope, log: Logger
    ) {
        self.channel = channel
        executor = channel.executor
        self.id = id
        self.direction = direction
        self.limits = limits
        self.muxing = muxing
        self.handlers = handlers
        self.handlerTasks = handlerTasks
        self.log = log
    }

    /// Number of streams that are open.
    var streamCount: Int { streams.count }

    // MARK: Life

    /// Secures and multiplexes the channel. Afterwards the connection stands still until
    /// ``activate()``.
    func upgrade(_ noise: NoiseHandshakeMachine) async throws(ConnectionError) -> ConnectionInfo {
        let result: Result<ConnectionInfo, ConnectionError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard case .idle = phase, !Task.isCancelled else {
                    end(.closedLocally, abort: true)
                    continuation.resume(returning: .failure(.closedLocally))
                    return
                }
                var machine: UpgradeMachine
                do throws(UpgradeError) {
                    machine = try UpgradeMachine(direction: direction, noise: noise)
                } catch {
                    end(.upgrade(error), abort: true)
                    continuation.resume(returning: .failure(.upgrade(error)))
                    return
                }
                let first = machine.start()
                phase = .upgrading(machine, continuation)
                setTimer(executor.now.advanced(by: limits.handshakeTimeout))
                transmit(first)
                channel.start(self)
            }
        } onCancel: {
            executor.execute { self.assumeIsolated { $0.end(.closedLocally, abort: true) } }
        }
        return try result.get()
    }

    /// Lets streams flow. What was opened and written since the handshake leaves now.
    func activate() {
        guard case .secured = phase else { return }
        phase = .established
        channel.setReading(true)
        let rest = early
        early = ByteBuffer()
        demultiplex(rest)
        process()
        flush()
    }

    /// Waits for the end. A cancelled caller closes the connection.
    func ended() async -> ConnectionError {
        if case .closed(let reason) = phase { return reason }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled { close() }
                if case .closed(let reason) = phase {
                    continuation.resume(returning: reason)
                } else {
                    endWaiters.append(continuation)
                }
            }
        } onCancel: {
            executor.execute { self.assumeIsolated { $0.close() } }
        }
    }

    /// Whether streams may be opened: also before ``activate()``, for whoever hears of the
    /// connection first.
    var isUsable: Bool {
        switch phase {
        case .secured, .established: true
        case .idle, .upgrading, .closed: false
        }
    }

    /// Waits until no stream has work left on this side, or the connection has ended.
    ///
    /// A stream that only waits for the remote to send something holds nothing up.
    func idle() async {
        if isIdle || Task.isCancelled { return }
        nextToken += 1
        let token = nextToken
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !isIdle, !Task.isCancelled else { return continuation.resume() }
                idleWaiters[token] = continuation
            }
        } onCancel: {
            executor.execute {
                self.assumeIsolated { $0.idleWaiters.removeValue(forKey: token)?.resume() }
            }
        }
    }

    private var isIdle: Bool {
        if case .closed = phase { return true }
        return streams.values.allSatisfy {
            ($0.reader != nil || $0.isDiscarding || $0.hasMuxerForgotten) && $0.writers.isEmpty
        }
    }

    /// Closes the connection if it carries no stream.
    func closeIfSpare() {
        if streams.isEmpty { close() }
    }

    /// Announces the end, sends what is queued and closes.
    func close() {
        switch phase {
        case .closed: return
        case .established:
            muxer?.goAway(.normal)
            flush()
            end(.closedLocally, abort: false)
        case .idle, .upgrading, .secured:
            end(.closedLocally, abort: true)
        }
    }

    /// Ends the connection: every waiting operation fails with the reason. What streams have
    /// received in whole or in part may still be read.
    func end(_ reason: ConnectionError, abort: Bool) {
        if case .closed = phase { return }
        let previous = phase
        phase = .closed(reason)
        timer?.cancel()
        timer = nil
        if abort {
            channel.abort()
        } else {
            channel.close()
            let channel = channel
            closeTimer = executor.schedule(
                at: executor.now.advanced(by: limits.closeTimeout)
            ) { channel.abort() }
        }
        if case .upgrading(_, let continuation) = previous {
            continuation.resume(returning: .failure(reason))
        }
        ciphertext = ByteBuffer()
        early = ByteBuffer()
        for id in streams.keys.sorted() { retire(id, .connectionClosed(reason.description)) }
        writeQueue.removeAll()
        session = nil
        muxer = nil
        let waiters = endWaiters
        endWaiters.removeAll()
        for waiter in waiters { waiter.resume(returning: reason) }
        wakeOpeners()
        wakeIdleWaiters()
    }

    func wakeIdleWaiters() {
        guard !idleWaiters.isEmpty, isIdle else { return }
        let waiters = idleWaiters.sorted { $0.key < $1.key }
        idleWaiters.removeAll()
        for (_, waiter) in waiters { waiter.resume() }
    }

    // MARK: Receiving

    private func received(_ bytes: ByteBuffer) {
        traffic.received += UInt64(bytes.readableBytes)
        // A channel that is closing still reads, so that it notices the end.
        if case .closed = phase { return }
        if ciphertext.readableBytes == 0 {
            ciphertext = bytes
        } else {
            // Else the buffer would grow for as long as no read ends at the end of a frame.
            ciphertext.discardReadBytes()
            ciphertext.writeImmutableBuffer(bytes)
        }
        process()
    }

    private func process() {
        switch phase {
        case .upgrading(let machine, let continuation):
            advanceUpgrade(machine, continuation)
        case .established:
            guard ciphertext.readableBytes > 0 else { return }
            var plaintext = ByteBuffer()
            do throws(NoiseError) {
                try session?.open(&ciphertext, into: &plaintext)
            } catch {
                end(.peerFault("noise: \(error)"), abort: true)
                return
            }
            demultiplex(plaintext)
        case .idle, .secured, .closed:
            break
        }
    }

    private func advanceUpgrade(
        _ machine: UpgradeMachine,
        _ continuation: CheckedContinuation<Result<ConnectionInfo, ConnectionError>, Never>
    ) {
        var machine = machine
        do throws(UpgradeError) {
            switch try machine.receive(&ciphertext) {
            case .needMore(let reply):
                // What follows the handshake in the same read does not count.
                guard ciphertext.readableBytes <= limits.maximumHandshakeBytes else {
                    end(
                        .peerFault(
                            "more than \(limits.maximumHandshakeBytes) bytes in the handshake"),
                        abort: true)
                    return
                }
                phase = .upgrading(machine, continuation)
                if let reply { transmit(reply) }
            case .finished(let reply, let upgraded, let rest):
                if let reply { transmit(reply) }
                secured(upgraded, rest: rest, continuation)
            }
        } catch {
            end(.upgrade(error), abort: true)
        }
    }

    private func secured(
        _ upgraded: UpgradeMachine.Upgraded, rest: ByteBuffer,
        _ continuation: CheckedContinuation<Result<ConnectionInfo, ConnectionError>, Never>
    ) {
        let info = ConnectionInfo(
            id: id, remotePeer: upgraded.remotePeer, direction: direction,
            localAddress: Multiaddr(ip: channel.localEndpoint, transport: .tcp),
            remoteAddress: Multiaddr(ip: channel.remoteEndpoint, transport: .tcp))
        self.info = info
        session = upgraded.session
        var configuration = muxing
        configuration.maximumInboundStreams = min(
            muxing.maximumInboundStreams, limits.maximumInboundStreams)
        configuration.maximumOutboundStreams = min(
            muxing.maximumOutboundStreams, limits.maximumOutboundStreams)
        muxer = YamuxMachine(
            role: direction == .outbound ? .dialer : .listener, configuration: configuration,
            now: executor.now)
        early = rest
        phase = .secured
        channel.setReading(false)
        setTimer(nil)
        continuation.resume(returning: .success(info))
    }

    private func demultiplex(_ plaintext: ByteBuffer) {
        guard plaintext.readableBytes > 0 else { return }
        var plaintext = plaintext
        do throws(YamuxError) {
            try muxer?.receive(&plaintext, at: executor.now, into: &events)
        } catch {
            muxer?.goAway(.protocolError)
            flush()
            end(.peerFault("yamux: \(error)"), abort: false)
            return
        }
        let batch = events
        events.removeAll(keepingCapacity: true)
        for event in batch { handle(event) }
    }

    private func handle(_ event: YamuxEvent) {
        switch event {
        case .opened(let id): acceptStream(id)
        case .acknowledged: wakeOpeners()
        case .data(let id, let bytes): receive(bytes, on: id)
        case .remoteClosedWrite(let id): remoteEnded(id)
        case .reset(let id):
            failStream(id, .reset)
            forget(id)
            wakeOpeners()
        case .writable(let id): queueForWriting(id)
        case .closed(let id): muxerForgot(id)
        case .roundTrip(let time): roundTrip = time
        case .goAway: wakeOpeners()
        }
    }

    // MARK: Sending

    /// Sends what is queued at the end of this turn, so that small writes share a frame.
    func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        executor.execute { self.assumeIsolated { $0.flush() } }
    }

    /// Seals and sends what the muxer has queued, letting waiting writers in as room appears.
    func flush() {
        isFlushScheduled = false
        guard case .established = phase else { return }
        repeat {
            continueWriters()
            var sealed = ByteBuffer()
            do throws(NoiseError) {
                try drain(into: &sealed)
            } catch {
                // Only an exhausted nonce fails here, after 2⁶⁴ messages.
                end(.peerFault("noise: \(error)"), abort: true)
                return
            }
            guard sealed.readableBytes > 0 else { break }
            traffic.sent += UInt64(sealed.readableBytes)
            channel.write(sealed)
            channel.flush()
        } while !writeQueue.isEmpty && channel.isWritable
        updateTimer()
    }

    /// Seals everything the muxer has, each frame once copied.
    private func drain(into sealed: inout ByteBuffer) throws(NoiseError) {
        guard muxer?.hasOutput ?? false else { return }
        let pending = muxer?.pendingBytes ?? 0
        sealed.reserveCapacity(pending + pending / 512 + 4096)
        while try session?.sealMessage(
            into: &sealed, fill: { _ = self.muxer?.writeOutput(into: &$0) }) ?? 0 > 0
        {}
    }

    /// Sends handshake bytes as they are.
    private func transmit(_ bytes: ByteBuffer) {
        traffic.sent += UInt64(bytes.readableBytes)
        channel.write(bytes)
        channel.flush()
    }

    var mayQueueOutput: Bool {
        (muxer?.pendingBytes ?? .max) < limits.maximumQueuedOutput && channel.isWritable
    }

    // MARK: Time

    private func updateTimer() {
        guard case .established = phase else { return }
        setTimer(muxer?.nextDeadline)
    }

    private func setTimer(_ deadline: Instant?) {
        guard deadline != timerDeadline else { return }
        // A later deadline leaves the timer as it is: when it fires it finds nothing due and is
        // set anew. That spares a cancellation for every frame.
        if let deadline, let current = timerDeadline, deadline > current, timer != nil { return }
        timer?.cancel()
        timer = nil
        timerDeadline = deadline
        guard let deadline else { return }
        timer = executor.schedule(at: deadline) { [weak self] in
            self?.assumeIsolated { $0.timerFired() }
        }
    }

    private func timerFired() {
        timer = nil
        timerDeadline = nil
        switch phase {
        case .upgrading:
            end(.timedOut("handshake"), abort: true)
        case .established:
            do throws(YamuxError) {
                try muxer?.handleTimer(at: executor.now)
            } catch {
                end(.timedOut("keep-alive: \(error)"), abort: true)
                return
            }
            flush()
            updateTimer()
        case .idle, .secured, .closed:
            break
        }
    }

    private func channelEnded(_ error: NetworkError?) {
        closeTimer?.cancel()
        closeTimer = nil
        // Some peers close by resetting.
        guard let error, error != .reset else { return end(.closedByRemote, abort: true) }
        end(.network(error), abort: true)
    }
}

extension Connection: TransportChannelDelegate {
    /// Called by the channel.
    public nonisolated func channelReceived(_ bytes: ByteBuffer) {
        assumeIsolated { $0.received(bytes) }
    }

    /// Called by the channel.
    public nonisolated func channelReadCompleted() { assumeIsolated { $0.flush() } }

    /// Called by the channel.
    public nonisolated func channelBecameWritable() { assumeIsolated { $0.flush() } }

    /// Called by the channel.
    public nonisolated func channelClosed(_ error: NetworkError?) {
        assumeIsolated { $0.channelEnded(error) }
    }
}

/// Why a connection ended or never stood.
public enum ConnectionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// This side closed it.
    case closedLocally
    /// The remote closed it, by FIN or, as some peers do, by reset.
    case closedByRemote
    /// The handshake failed.
    case upgrade(UpgradeError)
    /// The remote broke a protocol; feeds its score.
    case peerFault(String)
    /// The remote did not answer in time.
    case timedOut(String)
    /// The network below failed.
    case network(NetworkError)
    /// A limit of this side; names it and its value.
    case refusedByLimit(String, value: Int)
    /// The peer at the other end is this node itself.
    case dialledSelf

    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .closedLocally: "closed"
        case .closedByRemote: "closed by the remote peer"
        case .upgrade(let error): "\(error)"
        case .peerFault(let what): "protocol violation by the remote peer: \(what)"
        case .timedOut(let what): "timed out: \(what)"
        case .network(let error): "\(error)"
        case .refusedByLimit(let name, let value): "refused: limit \(name) (\(value)) reached"
        case .dialledSelf: "the address is this node's own"
        }
    }
}
