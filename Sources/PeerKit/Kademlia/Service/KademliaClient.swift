import Collections
import struct NIOCore.ByteBuffer

/// Asks peers: opens streams, keeps one of each peer for the next request, and waits no longer
/// than answers usually take.
///
/// Lives on the home executor.
actor KademliaClient {
    private nonisolated let executor: any RuntimeExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    private struct Idle {
        var stream: PeerStream
        var since: Instant
    }

    private weak let node: PeerNode?
    private let protocolID: ProtocolID
    private let limits: KademliaLimits
    private let slots: RequestSlots
    /// One of each peer, the one idle longest first.
    private var idle: OrderedDictionary<PeerID, Idle> = [:]
    private var times: AnswerTimes
    private(set) var requests = 0
    private(set) var failures = 0
    private let meters: KademliaMeters

    init(node: PeerNode, protocolID: ProtocolID, limits: KademliaLimits, meters: KademliaMeters) {
        self.node = node
        self.protocolID = protocolID
        self.limits = limits
        self.meters = meters
        executor = node.runtime.executors.home
        times = AnswerTimes(
            minimum: limits.minimumRequestTimeout, maximum: limits.requestTimeout)
        slots = RequestSlots(
            count: limits.maximumRequests, maximumWaiting: limits.maximumWaitingRequests,
            executor: executor)
    }

    var idleCount: Int { idle.count }

    // MARK: Asking

    /// Sends a request and waits for its answer.
    func ask(
        _ request: KademliaMessage, of peer: KademliaPeer
    ) async -> Result<KademliaMessage, RequestError> {
        guard await slots.take() else { return .failure(.notAsked) }
        requests += 1
        let result = await exchange(request, with: peer)
        await slots.giveBack()
        if case .failure(let error) = result { count(error, of: request) }
        return result
    }

    /// Sends a message to which the protocol has no answer (ADD_PROVIDER), on a stream of its own:
    /// there are peers that answer all the same.
    func tell(_ message: KademliaMessage, to peer: KademliaPeer) async -> RequestError? {
        guard await slots.take() else { return .notAsked }
        requests += 1
        var failure: RequestError?
        do {
            let stream = try await open(peer)
            await stream.setDeadline(executor.now.advanced(by: times.timeout))
            try await stream.writeMessage(KademliaCodec.encode(message))
            await stream.close()
        } catch {
            failure = RequestError(error)
        }
        await slots.giveBack()
        if let failure { count(failure, of: message) }
        return failure
    }

    private func count(_ error: RequestError, of request: KademliaMessage) {
        guard error != .notAsked else { return }
        failures += 1
        meters.failedRequests.increment()
    }

    private func exchange(
        _ request: KademliaMessage, with peer: KademliaPeer
    ) async -> Result<KademliaMessage, RequestError> {
        if let kept = idle.removeValue(forKey: peer.id) {
            do {
                return .success(try await exchange(request, on: kept.stream))
            } catch {
                await kept.stream.reset()
                // The peer may have closed it meanwhile: that says nothing, so once more.
                guard (error as? StreamError)?.isStale == true else {
                    return .failure(RequestError(error))
                }
            }
        }
        do {
            let stream = try await open(peer)
            do {
                return .success(try await exchange(request, on: stream))
            } catch {
                await stream.reset()
                throw error
            }
        } catch {
            return .failure(RequestError(error))
        }
    }

    private func exchange(
        _ request: KademliaMessage, on stream: PeerStream
    ) async throws -> KademliaMessage {
        let start = executor.now
        await stream.setDeadline(start.advanced(by: times.timeout))
        try await stream.writeMessage(KademliaCodec.encode(request))
        let bytes: ByteBuffer?
        do {
            bytes = try await stream.readMessage(limit: KademliaLimits.maximumMessageBytes)
        } catch {
            if error == .deadlineExceeded { times.recordTimeout() }
            throw error
        }
        guard let bytes else { throw StreamError.unexpectedEnd(have: 0, need: 1) }
        let answer = try KademliaCodec.decode(bytes)
        guard answer.kind == request.kind else { throw KademliaCodecError.malformed }
        let time = start.duration(to: executor.now)
        times.record(time)
        meters.requestTime.recordNanoseconds(time.wholeNanoseconds)
        await keep(stream)
        return answer
    }

    /// A fresh stream, connecting first if need be.
    private func open(_ peer: KademliaPeer) async throws -> PeerStream {
        guard let node else { throw HostError.notRunning }
        if !node.view.isConnected(to: peer.id) {
            if !peer.addresses.isEmpty { node.view.learn(peer) }
            try await node.runtime.withTimeout(limits.dialTimeout) {
                try await node.connect(to: peer.id)
            }
        }
        return try await node.newStream(to: peer.id, protocol: protocolID)
    }

    // MARK: Streams that are kept

    private func keep(_ stream: PeerStream) async {
        guard idle[stream.remotePeer] == nil else { return await stream.close() }
        if idle.count >= max(1, limits.maximumIdleStreams) { idle.removeFirst() }
        idle[stream.remotePeer] = Idle(stream: stream, since: executor.now)
    }

    /// Forgets the stream of a peer whose connection has ended.
    func forget(_ peer: PeerID) { idle.removeValue(forKey: peer) }

    /// Closes the streams that have been idle too long.
    ///
    /// - Returns: When to look again, if any are left.
    func closeIdle(at now: Instant) async -> Instant? {
        let old = idle.filter {
            $0.value.since.duration(to: now) >= limits.idleStreamLifetime
        }
        for peer in old.keys { idle.removeValue(forKey: peer) }
        for kept in old.values { await kept.stream.close() }
        return idle.values.first.map { $0.since.advanced(by: limits.idleStreamLifetime) }
    }

    /// Closes all.
    func closeAll() async {
        let all = idle.values
        idle.removeAll()
        for kept in all { await kept.stream.close() }
    }
}
