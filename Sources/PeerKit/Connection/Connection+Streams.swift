import struct NIOCore.ByteBuffer

/// The stream operations of a connection: what tasks call, and what the muxer reports.
extension Connection {
    // MARK: Opening

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
    private func openMuxerStream(
        _ phase: StreamEntry.Phase, _ first: ByteBuffer
    ) async throws(StreamError) -> YamuxStreamID {
        let deadline = executor.now.advanced(by: limits.streamNegotiationTimeout)
        while true {
            guard isUsable, muxer != nil else { throw .connectionClosed(closeReason) }
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
                guard case .tooManyStreams(YamuxLimits.maximumUnacknowledged) = error else {
                    throw StreamError(opening: error)
                }
                guard openers.count < limits.maximumOutboundStreams else {
                    throw .limit("maximumOutboundStreams", value: limits.maximumOutboundStreams)
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

    private func wakeOpener(_ token: UInt64) { openers.removeValue(forKey: token)?.resume() }

    /// Lets tasks try again to open a stream.
    func wakeOpeners() {
        guard !openers.isEmpty else { return }
        let waiting = openers.values
        openers.removeAll()
        for opener in waiting { opener.resume() }
    }

    func acceptStream(_ id: YamuxStreamID) {
        let listener = MultistreamListener()
        let first = listener.start()
        streams[id] = StreamEntry(phase: .listening(listener), direction: .inbound)
        enqueue(first, on: id)
        armTimer(id, at: executor.now.advanced(by: limits.streamNegotiationTimeout))
    }

    private func startHandler(_ protocolID: ProtocolID, on id: YamuxStreamID) {
        guard let info, let handler = handlers.handler(for: protocolID) else {
            giveUp(id, .unsupported([protocolID]))
            return
        }
        let stream = PeerStream(
            protocolID: protocolID, direction: .inbound, info: info, owner: self, id: id)
        let log = log
        handlerTasks.start(on: executor) {
            do {
                try await handler(stream)
                await stream.close()
            } catch {
                log.debug("handler of \(protocolID) failed", metadata: ["error": "\(error)"])
                await stream.reset()
            }
        }
    }

    // MARK: Reading

    func read(_ id: YamuxStreamID, upTo limit: Int) async throws(StreamError) -> ByteBuffer? {
        guard limit > 0 else { return ByteBuffer() }
        if let bytes = streams[id]?.take(upTo: limit) {
            consumed(bytes.readableBytes, on: id)
            return bytes
        }
        let token = makeToken()
        let result: Result<ByteBuffer?, StreamError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                startReading(id, .init(token: token, limit: limit, continuation: continuation))
            }
        } onCancel: {
            executor.execute { self.assumeIsolated { $0.cancelRead(id, token) } }
        }
        return try result.get()
    }

    private func startReading(_ id: YamuxStreamID, _ reader: StreamEntry.Reader) {
        let result: Result<ByteBuffer?, StreamError>
        if Task.isCancelled {
            result = .failure(.cancelled)
        } else if let bytes = streams[id]?.take(upTo: reader.limit) {
            consumed(bytes.readableBytes, on: id)
            result = .success(bytes)
        } else if let entry = streams[id], entry.isDiscarding {
            result = .failure(.closed)
        } else if let entry = streams[id], entry.hasRemoteEnded {
            result = .success(nil)
        } else if case .closed(let reason) = phase {
            result = .failure(.connectionClosed(reason.description))
        } else if let entry = streams[id] {
            if entry.reader != nil {
                result = .failure(.concurrentRead)
            } else if let deadline = entry.deadline, deadline <= executor.now {
                result = .failure(.deadlineExceeded)
            } else {
                streams[id]?.reader = reader
                return wakeIdleWaiters()
            }
        } else {
            result = .failure(.reset)
        }
        reader.continuation.resume(returning: result)
    }

    private func cancelRead(_ id: YamuxStreamID, _ token: UInt64) {
        guard let reader = streams[id]?.reader, reader.token == token else { return }
        streams[id]?.reader = nil
        reader.continuation.resume(returning: .failure(.cancelled))
    }

    /// Bytes of the stream have come.
    func receive(_ bytes: ByteBuffer, on id: YamuxStreamID) {
        guard var entry = streams[id] else { return }
        if case .open = entry.phase {
            deliver(bytes, on: id)
            return
        }
        streams[id]?.pending = ByteBuffer()
        entry.pending.writeImmutableBuffer(bytes)
        let before = entry.pending.readableBytes
        negotiate(entry.phase, &entry.pending, on: id)
        // Negotiation bytes are consumed here, the rest when the application reads it.
        let count = before - entry.pending.readableBytes
        muxer?.consume(count, from: id, at: executor.now)
        if case .open = streams[id]?.phase {
            deliver(entry.pending, on: id)
        } else {
            streams[id]?.pending = entry.pending
        }
    }

    private func deliver(_ bytes: ByteBuffer, on id: YamuxStreamID) {
        guard bytes.readableBytes > 0, let entry = streams[id] else { return }
        guard !entry.isDiscarding else {
            // Taken as if it were read, so that the remote comes to its end.
            consumed(bytes.readableBytes, on: id)
            return
        }
        guard let reader = entry.reader else {
            streams[id]?.store(bytes)
            return
        }
        streams[id]?.reader = nil
        if bytes.readableBytes <= reader.limit {
            consumed(bytes.readableBytes, on: id)
            reader.continuation.resume(returning: .success(bytes))
            return
        }
        var bytes = bytes
        let part = bytes.readSlice(length: reader.limit)
        streams[id]?.store(bytes)
        consumed(reader.limit, on: id)
        reader.continuation.resume(returning: .success(part))
    }

    private func consumed(_ count: Int, on id: YamuxStreamID) {
        muxer?.consume(count, from: id, at: executor.now)
        scheduleFlush()
    }

    /// The remote has ended its half.
    func remoteEnded(_ id: YamuxStreamID) {
        guard let entry = streams[id] else { return }
        streams[id]?.hasRemoteEnded = true
        switch entry.phase {
        case .open:
            if let reader = entry.reader {
                streams[id]?.reader = nil
                reader.continuation.resume(returning: .success(nil))
            }
        case .listening, .dialing, .lazy:
            giveUp(id, .unexpectedEnd(have: 0, need: 1))
        }
    }

    // MARK: Negotiating

    private func negotiate(
        _ phase: StreamEntry.Phase, _ bytes: inout ByteBuffer, on id: YamuxStreamID
    ) {
        do throws(MultistreamError) {
            switch phase {
            case .listening(var listener):
                let handlers = handlers
                let step = try listener.receive(&bytes) { handlers.supports($0) }
                streams[id]?.phase = .listening(listener)
                if let selected = answer(step, on: id) {
                    streams[id]?.phase = .open
                    disarmTimer(id)
                    startHandler(selected, on: id)
                }
            case .dialing(var dialer, let protocols):
                let step = try dialer.receive(&bytes)
                streams[id]?.phase = .dialing(dialer, protocols)
                if let selected = answer(step, on: id) { opened(id, selected) }
            case .lazy(var dialer, let protocolID):
                let step = try dialer.receive(&bytes)
                streams[id]?.phase = .lazy(dialer, protocolID)
                if answer(step, on: id) != nil { streams[id]?.phase = .open }
            case .open:
                break
            }
        } catch {
            bytes.clear()
            giveUp(id, StreamError(error))
        }
    }

    private func opened(_ id: YamuxStreamID, _ selected: ProtocolID) {
        streams[id]?.phase = .open
        streams[id]?.selected = selected
        disarmTimer(id)
        guard let info, let opener = streams[id]?.opener else { return }
        streams[id]?.opener = nil
        let stream = PeerStream(
            protocolID: selected, direction: .outbound, info: info, owner: self, id: id)
        opener.resume(returning: .success(stream))
    }

    private func answer(_ step: MultistreamStep, on id: YamuxStreamID) -> ProtocolID? {
        switch step {
        case .needMore(let reply):
            if let reply { enqueue(reply, on: id) }
            return nil
        case .selected(let protocolID, let reply):
            if let reply { enqueue(reply, on: id) }
            return protocolID
        }
    }

    // MARK: Writing

    func write(_ id: YamuxStreamID, _ bytes: ByteBuffer) async throws(StreamError) {
        if case .closed(let reason) = phase { throw .connectionClosed(reason.description) }
        guard let entry = streams[id] else { throw .reset }
        guard !entry.hasLocalEnded else { throw .closed }
        if let deadline = entry.deadline, deadline <= executor.now { throw .deadlineExceeded }
        let length = bytes.readableBytes
        if entry.writers.isEmpty, mayPass(length, to: id) {
            var bytes = bytes
            pass(&bytes, to: id)
            scheduleFlush()
            return
        }
        let token = makeToken()
        let result: Result<Void, StreamError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                startWriting(
                    id,
                    .init(
                        token: token, bytes: bytes, hasStarted: false, continuation: continuation))
            }
        } onCancel: {
            executor.execute { self.assumeIsolated { $0.cancelWrite(id, token) } }
        }
        try result.get()
    }

    private func startWriting(_ id: YamuxStreamID, _ writer: StreamEntry.Writer) {
        let error: StreamError
        if Task.isCancelled {
            error = .cancelled
        } else if case .closed(let reason) = phase {
            error = .connectionClosed(reason.description)
        } else if let entry = streams[id] {
            var writer = writer
            let length = writer.bytes.readableBytes
            if entry.writers.isEmpty {
                pass(&writer.bytes, to: id)
                scheduleFlush()
            }
            guard writer.bytes.readableBytes > 0 else {
                return writer.continuation.resume(returning: .success(()))
            }
            writer.hasStarted = writer.bytes.readableBytes < length
            streams[id]?.writers.append(writer)
            return queueForWriting(id)
        } else {
            error = .reset
        }
        writer.continuation.resume(returning: .failure(error))
    }

    private func cancelWrite(_ id: YamuxStreamID, _ token: UInt64) {
        guard let index = streams[id]?.writers.firstIndex(where: { $0.token == token }) else {
            return
        }
        guard let writer = streams[id]?.writers.remove(at: index) else { return }
        writer.continuation.resume(returning: .failure(.cancelled))
        if writer.hasStarted { giveUp(id, .cancelled) } else { finishClosing(id) }
        wakeIdleWaiters()
    }

    /// Queues bytes that wait for no window: negotiation messages at the start of a stream.
    private func enqueue(_ bytes: ByteBuffer, on id: YamuxStreamID) {
        var bytes = bytes
        _ = try? muxer?.write(&bytes, to: id, limit: .max)
        scheduleFlush()
    }

    /// Whether so many bytes can be handed over in this turn.
    private func mayPass(_ count: Int, to id: YamuxStreamID) -> Bool {
        mayQueueOutput && count <= limits.maximumQueuedOutput
            && count <= muxer?.sendWindow(of: id) ?? 0
    }

    /// Hands bytes to the muxer as far as window and queue allow.
    private func pass(_ bytes: inout ByteBuffer, to id: YamuxStreamID) {
        while bytes.readableBytes > 0, mayQueueOutput {
            let taken = (try? muxer?.write(&bytes, to: id, limit: limits.maximumQueuedOutput)) ?? 0
            if taken == 0 { return }
        }
    }

    /// The stream may have become able to send.
    func queueForWriting(_ id: YamuxStreamID) {
        guard let entry = streams[id], !entry.writers.isEmpty, !entry.isQueuedForWriting else {
            return
        }
        streams[id]?.isQueuedForWriting = true
        writeQueue.append(id)
        scheduleFlush()
    }

    /// Gives each waiting writer a frame in turn while there is room.
    func continueWriters() {
        while mayQueueOutput, let id = writeQueue.popFirst() {
            streams[id]?.isQueuedForWriting = false
            guard var writer = streams[id]?.writers.popFirst() else { continue }
            let taken =
                (try? muxer?.write(
                    &writer.bytes, to: id, limit: YamuxLimits.maximumPayloadBytes)) ?? 0
            if taken > 0 { writer.hasStarted = true }
            if writer.bytes.readableBytes == 0 {
                writer.continuation.resume(returning: .success(()))
            } else {
                streams[id]?.writers.prepend(writer)
            }
            // With its window shut the stream comes back when the muxer says `writable`.
            if let entry = streams[id], !entry.writers.isEmpty, taken > 0 {
                streams[id]?.isQueuedForWriting = true
                writeQueue.append(id)
            } else {
                finishClosing(id)
                wakeIdleWaiters()
            }
        }
    }

    // MARK: Ending

    func closeWrite(_ id: YamuxStreamID) {
        guard let entry = streams[id], !entry.hasLocalEnded else { return }
        streams[id]?.hasLocalEnded = true
        finishClosing(id)
    }

    func closeStream(_ id: YamuxStreamID) {
        guard let entry = streams[id], !entry.isDiscarding else { return }
        if entry.hasMuxerForgotten {
            failStream(id, .closed)
            forget(id)
            return
        }
        streams[id]?.isDiscarding = true
        let unread = entry.inbox.reduce(0) { $0 + $1.readableBytes }
        streams[id]?.inbox.removeAll()
        if unread > 0 { consumed(unread, on: id) }
        streams[id]?.reader?.continuation.resume(returning: .failure(.closed))
        streams[id]?.reader = nil
        armTimer(id, at: executor.now.advanced(by: limits.lingerTimeout))
        closeWrite(id)
        wakeIdleWaiters()
    }

    func resetStream(_ id: YamuxStreamID) { giveUp(id, .reset) }

    /// The last reference to a stream is gone.
    nonisolated func abandon(_ id: YamuxStreamID) {
        executor.execute {
            self.assumeIsolated { connection in
                guard let entry = connection.streams[id], !entry.isDiscarding else { return }
                if entry.hasMuxerForgotten || (entry.hasLocalEnded && entry.hasRemoteEnded) {
                    connection.closeStream(id)
                } else {
                    connection.giveUp(id, .reset)
                }
            }
        }
    }

    /// Sends the end of this half once everything before it has been handed over.
    private func finishClosing(_ id: YamuxStreamID) {
        guard let entry = streams[id], entry.hasLocalEnded, entry.writers.isEmpty else { return }
        if muxer?.closeWrite(id) == true { muxerForgot(id) }
        scheduleFlush()
    }

    /// Resets the stream and fails whoever waits for it.
    func giveUp(_ id: YamuxStreamID, _ error: StreamError) {
        guard streams[id] != nil else { return }
        muxer?.reset(id)
        failStream(id, error)
        forget(id)
        wakeOpeners()
        scheduleFlush()
    }

    /// The connection has ended: fails whoever waits. A stream with something left to read stays
    /// until its owner lets it go.
    func retire(_ id: YamuxStreamID, _ error: StreamError) {
        failStream(id, error)
        guard let entry = streams[id], case .open = entry.phase, !entry.isDiscarding,
            entry.hasRemoteEnded || !entry.inbox.isEmpty
        else {
            streams[id] = nil
            return
        }
        streams[id]?.hasMuxerForgotten = true
        streams[id]?.hasLocalEnded = true
        streams[id]?.timer = nil
    }

    /// Fails whoever waits for the stream.
    func failStream(_ id: YamuxStreamID, _ error: StreamError) {
        guard let entry = streams[id] else { return }
        streams[id]?.reader = nil
        streams[id]?.opener = nil
        streams[id]?.writers.removeAll()
        entry.timer?.cancel()
        entry.reader?.continuation.resume(returning: .failure(error))
        entry.opener?.resume(returning: .failure(error))
        for writer in entry.writers { writer.continuation.resume(returning: .failure(error)) }
    }

    /// Both halves have ended for the muxer. What has arrived may still be read.
    func muxerForgot(_ id: YamuxStreamID) {
        guard let entry = streams[id] else { return }
        streams[id]?.hasMuxerForgotten = true
        streams[id]?.hasRemoteEnded = true
        streams[id]?.hasLocalEnded = true
        if entry.inbox.isEmpty || entry.isDiscarding {
            if let reader = entry.reader {
                streams[id]?.reader = nil
                reader.continuation.resume(returning: .success(nil))
            }
        }
        if entry.isDiscarding { forget(id) } else { wakeIdleWaiters() }
    }

    func forget(_ id: YamuxStreamID) {
        guard let entry = streams.removeValue(forKey: id) else { return }
        entry.timer?.cancel()
        wakeIdleWaiters()
    }

    // MARK: Time

    func setDeadline(_ id: YamuxStreamID, _ deadline: Instant?) {
        guard let entry = streams[id], !entry.isDiscarding else { return }
        streams[id]?.deadline = deadline
        if let deadline { armTimer(id, at: deadline) } else { disarmTimer(id) }
    }

    private func armTimer(_ id: YamuxStreamID, at deadline: Instant) {
        streams[id]?.timer?.cancel()
        streams[id]?.timer = executor.schedule(at: deadline) { [weak self] in
            self?.assumeIsolated { $0.streamTimerFired(id) }
        }
    }

    private func disarmTimer(_ id: YamuxStreamID) {
        streams[id]?.timer?.cancel()
        streams[id]?.timer = nil
    }

    private func streamTimerFired(_ id: YamuxStreamID) {
        guard let entry = streams[id] else { return }
        streams[id]?.timer = nil
        if entry.isDiscarding {
            giveUp(id, .reset)
            return
        }
        switch entry.phase {
        case .listening, .dialing:
            giveUp(id, .deadlineExceeded)
        case .open, .lazy:
            deadlinePassed(id, entry)
        }
    }

    private func deadlinePassed(_ id: YamuxStreamID, _ entry: StreamEntry) {
        if let reader = entry.reader {
            streams[id]?.reader = nil
            reader.continuation.resume(returning: .failure(.deadlineExceeded))
        }
        guard !entry.writers.isEmpty else { return }
        streams[id]?.writers.removeAll()
        for writer in entry.writers {
            writer.continuation.resume(returning: .failure(.deadlineExceeded))
        }
        if entry.writers.contains(where: \.hasStarted) {
            giveUp(id, .deadlineExceeded)
        } else {
            finishClosing(id)
        }
    }

    // MARK: Small things

    private func makeToken() -> UInt64 {
        nextToken += 1
        return nextToken
    }

    private var closeReason: String {
        if case .closed(let reason) = phase { reason.description } else { "not established" }
    }
}

extension StreamError {
    /// Why the muxer opened no stream.
    init(opening error: YamuxError) {
        switch error {
        case .tooManyStreams(let limit): self = .limit("maximumOutboundStreams", value: limit)
        default: self = .connectionClosed("\(error)")
        }
    }

    init(_ error: MultistreamError) {
        if case .noneSupported(let protocols) = error {
            self = .unsupported(protocols)
        } else {
            self = .negotiation(error)
        }
    }
}
