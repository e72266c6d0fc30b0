import struct NIOCore.ByteBuffer

/// What tasks write, as far as windows and queue allow.
extension Connection {
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

    /// Writes and sends in this turn what fits the window and the queue whole; otherwise takes
    /// nothing, and ``write(_:_:)`` is the way, which waits, and which says what is wrong.
    ///
    /// - Returns: Whether the bytes were taken.
    func writeAtOnce(_ id: YamuxStreamID, _ bytes: ByteBuffer) -> Bool {
        guard isUsable, let entry = streams[id], !entry.hasLocalEnded, entry.writers.isEmpty,
            entry.deadline.map({ $0 > executor.now }) ?? true,
            mayPass(bytes.readableBytes, to: id)
        else { return false }
        var bytes = bytes
        pass(&bytes, to: id)
        flush()
        return true
    }

    func startWriting(_ id: YamuxStreamID, _ writer: StreamEntry.Writer) {
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
            armStall(id)
            return queueForWriting(id)
        } else {
            error = .reset
        }
        writer.continuation.resume(returning: .failure(error))
    }

    func cancelWrite(_ id: YamuxStreamID, _ token: UInt64) {
        guard let index = streams[id]?.writers.firstIndex(where: { $0.token == token }) else {
            return
        }
        guard let writer = streams[id]?.writers.remove(at: index) else { return }
        writer.continuation.resume(returning: .failure(.cancelled))
        if writer.hasStarted { giveUp(id, .cancelled) } else { finishClosing(id) }
        wakeIdleWaiters()
    }

    /// Queues bytes that wait for no window: negotiation messages at the start of a stream.
    func enqueue(_ bytes: ByteBuffer, on id: YamuxStreamID) {
        var bytes = bytes
        _ = try? muxer?.write(&bytes, to: id, limit: .max)
        scheduleFlush()
    }

    /// Whether so many bytes can be handed over in this turn.
    func mayPass(_ count: Int, to id: YamuxStreamID) -> Bool {
        mayQueueOutput && count <= limits.maximumQueuedOutput
            && count <= muxer?.inPlace { $0.sendWindow(of: id) } ?? 0
    }

    /// Hands bytes to the muxer as far as window and queue allow.
    func pass(_ bytes: inout ByteBuffer, to id: YamuxStreamID) {
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
        entry.isQueuedForWriting = true
        writeQueue.append(id)
        scheduleFlush()
    }

    /// Gives each waiting writer a frame in turn while there is room.
    func continueWriters() {
        while !writeQueue.isEmpty, mayQueueOutput, let id = writeQueue.popFirst() {
            streams[id]?.isQueuedForWriting = false
            guard var writer = streams[id]?.writers.popFirst() else { continue }
            let taken =
                (try? muxer?.write(
                    &writer.bytes, to: id, limit: YamuxLimits.maximumPayloadBytes)) ?? 0
            if taken > 0 { writer.hasStarted = true }
            if taken > 0, streams[id]?.stall != nil {
                streams[id]?.stall = executor.now.advanced(by: limits.writeStallTimeout)
            }
            if writer.bytes.readableBytes == 0 {
                if streams[id]?.writers.isEmpty == true { streams[id]?.stall = nil }
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
}
