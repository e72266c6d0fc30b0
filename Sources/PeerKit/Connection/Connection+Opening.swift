import struct NIOCore.ByteBuffer

/// Streams that begin, on either side.
extension Connection {
    /// Opens a stream and agrees on the first of `protocols` that the remote speaks.
    ///
    /// - Parameter isKnown: The remote has said that it speaks the (single) protocol: the stream is
    ///   usable at once, and the remote's answer is checked when it comes.
    func openStream(
        _ protocols: [ProtocolID], isKnown: Bool
    ) async throws(StreamError) -> PeerStream {
        guard let info, isUsable else { throw .connectionClosed(closeReason) }
        let dialer: MultistreamDialer
        do { dialer = try MultistreamDialer(protocols: protocols) } catch { throw .init(error) }
        if isKnown, protocols.count == 1 {
            let id = try await openMuxerStream(.lazy(dialer, protocols[0]), dialer.start())
            do throws(StreamError) {
                try admit(id, to: protocols[0])
            } catch {
                giveUp(id, error)
                throw error
            }
            return PeerStream(
                protocolID: protocols[0], direction: .outbound, info: info, owner: self, id: id)
        }
        let id = try await openMuxerStream(.dialing(dialer, protocols), dialer.start())
        let result: Result<PeerStream, StreamError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard streams[id] != nil else {
                    let error: StreamError =
                        if Task.isCancelled {
                            .cancelled
                        } else if case .closed(let reason) = phase {
                            .connectionClosed(reason.description)
                        } else {
                            .reset
                        }
                    return continuation.resume(returning: .failure(error))
                }
                streams[id]?.opener = continuation
                if Task.isCancelled {
                    giveUp(id, .cancelled)
                } else if let selected = streams[id]?.selected {
                    opened(id, selected)
                }
            }
        } onCancel: {
            executor.execute { self.assumeIsolated { $0.giveUp(id, .cancelled) } }
        }
        return try result.get()
    }

    /// A new stream of the muxer; waits while the remote owes acknowledgements for earlier ones,
    /// but no longer than a negotiation may take.
    func openMuxerStream(
        _ phase: StreamEntry.Phase, _ first: ByteBuffer
    ) async throws(StreamError) -> YamuxStreamID {
        let deadline = executor.now.advanced(by: limits.streamNegotiationTimeout)
        while true {
            guard isUsable, muxer != nil, let info else {
                throw .connectionClosed(closeReason)
            }
            if let refusal = context.resources.take(.stream(.outbound), for: info.remotePeer) {
                context.meters.refused(refusal.limit)
                throw .limit(refusal)
            }
            do throws(YamuxError) {
                if let id = try muxer?.openStream(at: executor.now) {
                    streams[id] = StreamEntry(phase: phase, direction: .outbound)
                    enqueue(first, on: id)
                    if case .dialing = phase {
                        let deadline = executor.now.advanced(by: limits.streamNegotiationTimeout)
                        armTimer(id, at: deadline)
                    }
                    return id
                }
            } catch {
                context.resources.giveBack(.stream(.outbound), for: info.remotePeer)
                guard case .tooManyStreams(YamuxLimits.maximumUnacknowledged) = error else {
                    throw StreamError(opening: error)
                }
                guard openers.count < limits.maximumOutboundStreams else {
                    throw .tooManyOutboundStreams(limits.maximumOutboundStreams)
                }
            }
            guard deadline > executor.now else { throw .deadlineExceeded }
            let token = makeToken()
            let timer = executor.schedule(at: deadline) { [weak self] in
                self?.assumeIsolated { $0.wakeOpener(token) }
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let owed = muxer?.unacknowledgedCount ?? 0
                    guard isUsable, !Task.isCancelled, owed >= YamuxLimits.maximumUnacknowledged
                    else { return continuation.resume() }
                    openers[token] = continuation
                }
            } onCancel: {
                executor.execute { self.assumeIsolated { $0.wakeOpener(token) } }
            }
            timer.cancel()
            if Task.isCancelled { throw .cancelled }
        }
    }

    func wakeOpener(_ token: UInt64) { openers.removeValue(forKey: token)?.resume() }

    /// Lets tasks try again to open a stream.
    func wakeOpeners() {
        guard !openers.isEmpty else { return }
        let waiting = openers.values
        openers.removeAll()
        for opener in waiting { opener.resume() }
    }

    func acceptStream(_ id: YamuxStreamID) {
        guard admitStream() else {
            muxer?.reset(id)
            return scheduleFlush()
        }
        let listener = MultistreamListener()
        let first = listener.start()
        streams[id] = StreamEntry(phase: .listening(listener), direction: .inbound)
        enqueue(first, on: id)
        armTimer(id, at: executor.now.advanced(by: limits.streamNegotiationTimeout))
    }

    func startHandler(_ protocolID: ProtocolID, on id: YamuxStreamID) {
        guard let info, let handler = context.handlers.handler(for: protocolID) else {
            giveUp(id, .unsupported([protocolID]))
            return
        }
        let stream = PeerStream(
            protocolID: protocolID, direction: .inbound, info: info, owner: self, id: id)
        let log = context.log
        context.handlerTasks.start(on: executor) {
            do {
                try await handler(stream)
                await stream.close()
            } catch {
                log.debug("handler of \(protocolID) failed", metadata: ["error": "\(error)"])
                await stream.reset()
            }
        }
    }

    func makeToken() -> UInt64 {
        nextToken += 1
        return nextToken
    }

    var closeReason: String {
        if case .closed(let reason) = phase { reason.description } else { "not established" }
    }
}

extension StreamError {
    /// Why the muxer opened no stream.
    init(opening error: YamuxError) {
        switch error {
        case .tooManyStreams(let limit): self = .tooManyOutboundStreams(limit)
        default: self = .connectionClosed("\(error)")
        }
    }

    static func tooManyOutboundStreams(_ limit: Int) -> StreamError {
        .limit(
            LimitRefusal(
                limit: "maximumOutboundStreams", value: limit,
                setting: "connectionLimits.maximumOutboundStreams"))
    }

    init(_ error: MultistreamError) {
        if case .noneSupported(let protocols) = error {
            self = .unsupported(protocols)
        } else {
            self = .negotiation(error)
        }
    }
}
