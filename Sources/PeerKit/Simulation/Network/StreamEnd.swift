import DequeModule
import struct NIOCore.ByteBuffer

/// One end of a simulated stream, with the system buffers of its machine.
///
/// A path for bytes leads from `write` through the send queue into the *window* (bytes under way,
/// or arrived and not yet taken by the reader), then to the other end's inbox and its delegate.
/// Segments keep their order; when one cannot pass, it and all behind it are held and sent again
/// with growing pauses, as TCP does, until they pass or the time allowed is over.
///
/// Simplifications: acknowledgements are never lost and weigh nothing; headers weigh nothing; no
/// slow start.
final class StreamEnd {
    enum State {
        case open
        /// Closing once the queue has left.
        case closing
        case closed
    }

    enum Segment {
        case bytes(ByteBuffer)
        /// The end of the stream, FIN.
        case end
        /// The stream is broken off, RST.
        case reset
    }

    /// Largest segment. Larger than a packet to have fewer events, small enough to share a link.
    static let segmentBytes = 16 << 10
    private static let firstRetry: UInt64 = 200_000_000
    private static let longestRetry: UInt64 = 3_000_000_000

    let id: UInt64
    let network: NetworkModel
    let process: ProcessModel
    let executor: SimulatedExecutor
    let local: IPEndpoint
    let remote: IPEndpoint
    /// The other end, until both have forgotten each other.
    var peer: StreamEnd?
    private let peerMachine: MachineModel
    private(set) var state = State.open

    private var delegate: (any TransportChannelDelegate)?
    private var isStarted = false
    /// The end came before the start: what the delegate will be told.
    private var unreportedEnd: NetworkError??

    // Sending.
    private var unflushed = Deque<ByteBuffer>()
    private var unflushedBytes = 0
    private var queue = Deque<ByteBuffer>()
    private var queuedBytes = 0
    private(set) var isWritable = true
    /// Sent and not yet arrived, in order.
    private var flight = Deque<Segment>()
    /// Bytes in the window.
    private var outstanding = 0
    /// No segment arrives before this, to keep the order.
    var notBefore: UInt64 = 0
    /// Counts the times that the flight was held; arrivals of an earlier attempt are void.
    private var attempt: UInt64 = 0
    /// Since when nothing passes.
    private var stalledSince: UInt64?
    private var retryPause = StreamEnd.firstRetry
    private var isProbing = false

    // Receiving.
    private var inbox = Deque<Segment>()
    private var isReading = true
    private var isDeliveryQueued = false
    private var unsentCredit = 0

    init(
        network: NetworkModel, process: ProcessModel, peerMachine: MachineModel, local: IPEndpoint,
        remote: IPEndpoint
    ) {
        id = network.makeID()
        self.network = network
        self.process = process
        executor = process.nextExecutor()
        self.peerMachine = peerMachine
        self.local = local
        self.remote = remote
        process.streams[id] = self
    }

    // MARK: - What the channel asks

    func start(_ delegate: any TransportChannelDelegate) {
        guard !isStarted else { return }
        isStarted = true
        self.delegate = delegate
        if let end = unreportedEnd {
            reportEnd(end)
        } else {
            queueDelivery()
        }
    }

    func write(_ bytes: ByteBuffer) {
        guard state == .open, bytes.readableBytes > 0 else { return }
        unflushed.append(bytes)
        unflushedBytes += bytes.readableBytes
        updateWritability()
    }

    func flush() {
        guard state == .open else { return }
        queue.append(contentsOf: unflushed)
        queuedBytes += unflushedBytes
        unflushed.removeAll(keepingCapacity: true)
        unflushedBytes = 0
        pump()
    }

    func setReading(_ reading: Bool) {
        isReading = reading
        if reading { queueDelivery() }
    }

    func close() {
        guard state == .open else { return }
        flush()
        state = .closing
        discardInbox()
        pump()
    }

    func abort() {
        guard state != .closed else { return }
        dropQueue()
        // A reset is not repeated: behind held data it is as good as lost.
        if stalledSince == nil { send(.reset) }
        end(nil)
    }

    // MARK: - What the system does

    /// The process or the machine is gone.
    func vanish(isSilent: Bool) {
        guard state != .closed else { return }
        dropQueue()
        if !isSilent, stalledSince == nil { send(.reset) }
        if isSilent { forgetFlight() }
        end(.closed)
    }

    /// The other end broke the stream off.
    func wasReset() {
        guard state != .closed else { return }
        dropQueue()
        forgetFlight()
        network.scheduler.statistics.resets &+= 1
        network.record(.channelReset, id, 0)
        // An end like any other to the delegate, as on a live network.
        end(nil)
    }

    /// Moves queued bytes into the window as far as they fit.
    private func pump() {
        guard state != .closed else { return }
        let window = network.conditions.streamWindow
        while queuedBytes > 0, outstanding < window {
            let bytes = nextSegment(limit: min(Self.segmentBytes, window - outstanding))
            queuedBytes -= bytes.readableBytes
            outstanding += bytes.readableBytes
            send(.bytes(bytes))
        }
        if state == .closing, queuedBytes == 0 {
            send(.end)
            end(nil)
        } else {
            updateWritability()
        }
    }

    /// Takes up to `limit` bytes off the queue: small writes travel together, large ones in parts.
    private func nextSegment(limit: Int) -> ByteBuffer {
        var segment = ByteBuffer()
        while var first = queue.first, segment.readableBytes < limit {
            let room = limit - segment.readableBytes
            if first.readableBytes <= room {
                queue.removeFirst()
                if segment.readableBytes == 0 {
                    segment = first
                } else {
                    segment.writeBuffer(&first)
                }
            } else {
                if var part = first.readSlice(length: room) {
                    if segment.readableBytes == 0 {
                        segment = part
                    } else {
                        segment.writeBuffer(&part)
                    }
                }
                queue[0] = first
            }
        }
        return segment
    }

    private func send(_ segment: Segment) {
        flight.append(segment)
        network.scheduler.statistics.segments &+= 1
        network.record(.segmentSent, id, UInt64(segment.count))
        if stalledSince == nil { dispatch(segment) }
    }

    /// Puts a segment on the wire.
    private func dispatch(_ segment: Segment) {
        let link = network.link(process.machine, peerMachine)
        var arrival = link.transmit(segment.count, at: network.now)
        arrival &+= link.conditions.latency.sample(&network.generator)
        if network.generator.happens(link.conditions.loss) {
            // Lost once and sent again after a timeout; the rest waits behind it.
            arrival &+= Self.firstRetry
            network.scheduler.statistics.retransmissions &+= 1
            network.record(.segmentResent, id, UInt64(segment.count))
        }
        arrival = max(arrival, notBefore &+ 1)
        notBefore = arrival
        let attempt = attempt
        network.scheduler.schedule(at: arrival) { self.arrive(attempt) }
    }

    /// The oldest segment of the flight reaches the other machine, or does not.
    private func arrive(_ attempt: UInt64) {
        guard attempt == self.attempt, let segment = flight.first else { return }
        guard network.canReach(process.machine, peerMachine) else { return hold() }
        flight.removeFirst()
        network.scheduler.statistics.streamBytes &+= UInt64(segment.count)
        network.record(.segmentArrived, id, UInt64(segment.count))
        if let peer, peer.receive(segment) {
            if case .reset = segment { separate() }
        } else if segment.count > 0 {
            answerReset()
        }
        if flight.isEmpty {
            if state == .closed { forgetIfOver() } else if queuedBytes > 0 { watchClosedWindow() }
        }
    }

    /// The other end is gone; its system says so.
    private func answerReset() {
        guard state != .closed else { return }
        let arrival = network.now &+ network.delay(peerMachine, process.machine)
        network.scheduler.schedule(at: arrival) {
            guard self.network.canReach(self.peerMachine, self.process.machine) else { return }
            self.wasReset()
        }
    }

    /// Nothing passes: keeps the flight, and tries again later.
    private func hold() {
        if state == .closed, case .reset? = flight.last { return forgetFlight() }
        attempt &+= 1
        network.record(.segmentHeld, id, UInt64(flight.count))
        if stalledSince == nil {
            stalledSince = network.now
            retryPause = Self.firstRetry
        }
        scheduleRetry()
    }

    /// The reader takes nothing and the window is full: looks from time to time whether the other
    /// machine is still there, as TCP's window probes do.
    private func watchClosedWindow() {
        guard !isProbing, flight.isEmpty else { return }
        isProbing = true
        scheduleProbe(silentSince: network.now)
    }

    private func scheduleProbe(silentSince: UInt64) {
        network.scheduler.schedule(at: network.now &+ Self.longestRetry) {
            self.probe(silentSince: silentSince)
        }
    }

    private func probe(silentSince: UInt64) {
        let isStillFull = outstanding >= network.conditions.streamWindow && flight.isEmpty
        guard state != .closed, queuedBytes > 0, isStillFull else { return isProbing = false }
        if network.canReach(process.machine, peerMachine) {
            if isAbandoned { return answerReset() }
            scheduleProbe(silentSince: network.now)
        } else if hasWaitedTooLong(since: silentSince) {
            giveUp()
        } else {
            scheduleProbe(silentSince: silentSince)
        }
    }

    /// Whether the other end is gone.
    private var isAbandoned: Bool { peer.map { $0.state == .closed } ?? true }

    private func hasWaitedTooLong(since start: UInt64) -> Bool {
        network.now &- start >= Latency.nanoseconds(network.conditions.streamTimeout)
    }

    private func scheduleRetry() {
        let attempt = attempt
        network.scheduler.schedule(at: network.now &+ retryPause) { self.retry(attempt) }
        retryPause = min(retryPause * 2, Self.longestRetry)
    }

    private func retry(_ attempt: UInt64) {
        guard attempt == self.attempt, let since = stalledSince else { return }
        guard network.canReach(process.machine, peerMachine) else {
            return hasWaitedTooLong(since: since) ? giveUp() : scheduleRetry()
        }
        stalledSince = nil
        self.attempt &+= 1
        for segment in flight {
            network.scheduler.statistics.retransmissions &+= 1
            network.record(.segmentResent, id, UInt64(segment.count))
            dispatch(segment)
        }
        pump()
    }

    private func giveUp() {
        dropQueue()
        forgetFlight()
        if state == .closed { separate() } else { end(.timedOut(remote)) }
    }

    /// Takes a segment from the other end; `false` if nobody is here any more.
    private func receive(_ segment: Segment) -> Bool {
        switch (segment, state) {
        case (.reset, _):
            wasReset()
            return true
        case (_, .open):
            inbox.append(segment)
            queueDelivery()
            return true
        case (.bytes(let bytes), .closing):
            // Still sending, not listening any more: the bytes are dropped.
            credit(bytes.readableBytes)
            return true
        case (.end, .closing): return true
        case (_, .closed): return false
        }
    }

    private func queueDelivery() {
        guard isStarted, isReading, state == .open, !isDeliveryQueued, !inbox.isEmpty else {
            return
        }
        isDeliveryQueued = true
        network.scheduler.execute(on: executor) { self.deliver() }
    }

    private func deliver() {
        isDeliveryQueued = false
        var taken = 0
        var hasEnded = false
        // One turn takes what is here now, as one read of a socket does.
        var turns = inbox.count
        while turns > 0, isDelivering, let segment = inbox.popFirst() {
            turns -= 1
            guard case .bytes(var bytes) = segment else {
                hasEnded = true
                break
            }
            taken += bytes.readableBytes
            if bytes.readableBytes > 1,
                network.generator.happens(network.conditions.fragmentation),
                let head = bytes.readSlice(
                    length: 1 + Int(network.generator.next(below: UInt64(bytes.readableBytes - 1))))
            {
                delegate?.channelReceived(head)
                guard isDelivering else {
                    taken -= bytes.readableBytes
                    if state == .open { inbox.prepend(.bytes(bytes)) }
                    break
                }
            }
            delegate?.channelReceived(bytes)
        }
        credit(taken)
        if taken > 0, state == .open { delegate?.channelReadCompleted() }
        if hasEnded, state == .open {
            dropQueue()
            forgetFlight()
            end(nil)
        }
        queueDelivery()
    }

    private var isDelivering: Bool { state == .open && isReading }

    private func discardInbox() {
        var bytes = 0
        for segment in inbox { bytes += segment.count }
        inbox.removeAll()
        credit(bytes)
    }

    /// Tells the other end that its window has room again.
    private func credit(_ bytes: Int) {
        guard bytes > 0 else { return }
        if unsentCredit > 0 {
            unsentCredit += bytes
            return
        }
        guard network.canReach(process.machine, peerMachine) else {
            unsentCredit = bytes
            return scheduleCredit()
        }
        let arrival = network.now &+ network.delay(process.machine, peerMachine)
        network.scheduler.schedule(at: arrival) { self.peer?.regain(bytes) }
    }

    private func scheduleCredit() {
        network.scheduler.schedule(at: network.now &+ Self.longestRetry) {
            guard self.peer != nil, self.unsentCredit > 0 else { return }
            guard self.network.canReach(self.process.machine, self.peerMachine) else {
                return self.scheduleCredit()
            }
            let bytes = self.unsentCredit
            self.unsentCredit = 0
            self.credit(bytes)
        }
    }

    private func regain(_ bytes: Int) {
        outstanding -= bytes
        pump()
    }

    // MARK: - Ends

    private func end(_ error: NetworkError?) {
        guard state != .closed else { return }
        state = .closed
        network.record(.channelClosed, id, error == nil ? 0 : 1)
        process.streams[id] = nil
        inbox.removeAll()
        if isStarted { reportEnd(error) } else { unreportedEnd = .some(error) }
        forgetIfOver()
    }

    private func reportEnd(_ error: NetworkError?) {
        unreportedEnd = nil
        guard let delegate else { return }
        self.delegate = nil
        network.scheduler.execute(on: executor) { delegate.channelClosed(error) }
    }

    private func dropQueue() {
        unflushed.removeAll()
        queue.removeAll()
        unflushedBytes = 0
        queuedBytes = 0
    }

    private func forgetFlight() {
        flight.removeAll()
        stalledSince = nil
        attempt &+= 1
        forgetIfOver()
    }

    /// Breaks the cycle between the two ends when neither has anything to say.
    private func forgetIfOver() {
        guard state == .closed, flight.isEmpty else { return }
        guard let peer else { return }
        if peer.state == .closed, peer.flight.isEmpty { separate() }
    }

    private func separate() {
        let other = peer
        peer = nil
        other?.peer = nil
    }

    private func updateWritability() {
        let waiting = queuedBytes + unflushedBytes
        if waiting > network.scheduler.statistics.largestSendQueue {
            network.scheduler.statistics.largestSendQueue = waiting
        }
        if isWritable, waiting >= network.conditions.highWaterMark {
            isWritable = false
        } else if !isWritable, waiting <= network.conditions.lowWaterMark {
            isWritable = true
            network.scheduler.execute(on: executor) {
                guard self.state == .open, self.isWritable else { return }
                self.delegate?.channelBecameWritable()
            }
        }
    }
}

extension StreamEnd.Segment {
    /// Bytes of content.
    var count: Int {
        if case .bytes(let bytes) = self { bytes.readableBytes } else { 0 }
    }
}
