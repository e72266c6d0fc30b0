import struct NIOCore.ByteBuffer

/// What tasks read, and what the muxer has for them.
extension Connection {
    func read(_ id: YamuxStreamID, upTo limit: Int) async throws(StreamError) -> ByteBuffer? {
        guard limit > 0 else { return ByteBuffer() }
        if let bytes = streams[id]?.take(upTo: limit) {
            consumed(bytes.readableBytes, on: id)
            return bytes
        }
        return try await waitForBytes(id, upTo: limit)
    }

    /// Waits for bytes and takes at most `limit` of them; with 0 it only waits until there are some.
    private func waitForBytes(
        _ id: YamuxStreamID, upTo limit: Int
    ) async throws(StreamError) -> ByteBuffer? {
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

    /// One message with its length in front as an unsigned varint; `nil` at the end of the stream.
    ///
    /// A message that is there takes one turn.
    func readMessage(
        _ id: YamuxStreamID, limit: Int
    ) async throws(StreamError) -> ByteBuffer? {
        if let message = takeMessage(id, limit) { return message }
        if streams[id]?.inbox.isEmpty ?? false {
            guard try await waitForBytes(id, upTo: 0) != nil else { return nil }
            if let message = takeMessage(id, limit) { return message }
        }
        guard let length = try await readLength(id, limit) else { return nil }
        guard length <= UInt64(limit) else { throw .messageTooLong(length: length, limit: limit) }
        let count = Int(length)
        var bytes = ByteBuffer()
        while bytes.readableBytes < count {
            guard var part = try await read(id, upTo: count - bytes.readableBytes) else {
                throw .unexpectedEnd(have: bytes.readableBytes, need: count)
            }
            if bytes.readableBytes == 0 { bytes = part } else { bytes.writeBuffer(&part) }
        }
        return bytes
    }

    /// The next message if it has come in one piece, as most do.
    private func takeMessage(_ id: YamuxStreamID, _ limit: Int) -> ByteBuffer? {
        guard let (message, count) = streams[id]?.takeMessage(limit: limit) else { return nil }
        consumed(count, on: id)
        return message
    }

    /// Takes a varint, and no byte more, off the stream.
    private func readLength(
        _ id: YamuxStreamID, _ limit: Int
    ) async throws(StreamError) -> UInt64? {
        var prefix = ByteBuffer()
        while true {
            while var byte = streams[id]?.take(upTo: 1) {
                prefix.writeBuffer(&byte)
                consumed(1, on: id)
                let length: UInt64?
                do { length = try prefix.readVarInt() } catch {
                    throw .messageTooLong(length: .max, limit: limit)
                }
                if let length { return length }
            }
            guard try await waitForBytes(id, upTo: 0) != nil else {
                if prefix.readableBytes == 0 { return nil }
                throw .unexpectedEnd(have: prefix.readableBytes, need: prefix.readableBytes + 1)
            }
        }
    }

    func startReading(_ id: YamuxStreamID, _ reader: StreamEntry.Reader) {
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

    func cancelRead(_ id: YamuxStreamID, _ token: UInt64) {
        guard let reader = streams[id]?.reader, reader.token == token else { return }
        streams[id]?.reader = nil
        reader.continuation.resume(returning: .failure(.cancelled))
    }

    /// Bytes of the stream have come.
    func receive(_ bytes: ByteBuffer, on id: YamuxStreamID) {
        guard let entry = streams[id] else { return }
        if case .open = entry.phase {
            deliver(bytes, on: id)
            return
        }
        var pending = entry.pending
        entry.pending = ByteBuffer()
        pending.writeImmutableBuffer(bytes)
        let before = pending.readableBytes
        negotiate(entry.phase, &pending, on: id)
        // Negotiation bytes are consumed here, the rest when the application reads it.
        let count = before - pending.readableBytes
        muxer?.consume(count, from: id, at: executor.now)
        if case .open = streams[id]?.phase {
            deliver(pending, on: id)
        } else {
            streams[id]?.pending = pending
        }
    }

    func deliver(_ bytes: ByteBuffer, on id: YamuxStreamID) {
        guard bytes.readableBytes > 0, let entry = streams[id] else { return }
        guard !entry.isDiscarding else {
            // Taken as if it were read, so that the remote comes to its end.
            consumed(bytes.readableBytes, on: id)
            return
        }
        guard let reader = entry.reader else {
            entry.store(bytes)
            return
        }
        entry.reader = nil
        if bytes.readableBytes <= reader.limit {
            consumed(bytes.readableBytes, on: id)
            reader.continuation.resume(returning: .success(bytes))
            return
        }
        var bytes = bytes
        let part = bytes.readSlice(length: reader.limit)
        entry.store(bytes)
        if reader.limit > 0 { consumed(reader.limit, on: id) }
        reader.continuation.resume(returning: .success(part))
    }

    func consumed(_ count: Int, on id: YamuxStreamID) {
        muxer?.consume(count, from: id, at: executor.now)
        let (lacksGrowth, hasOutput) =
            muxer?.inPlace { ($0.lacksGrowth, $0.hasOutput) } ?? (false, false)
        if lacksGrowth { growWindows() }
        // Most of what is read gives no window back yet.
        if hasOutput { scheduleFlush() }
    }

    /// The remote has ended its half.
    func remoteEnded(_ id: YamuxStreamID) {
        guard let entry = streams[id] else { return }
        entry.hasRemoteEnded = true
        switch entry.phase {
        case .open:
            if let reader = entry.reader {
                entry.reader = nil
                reader.continuation.resume(returning: .success(nil))
            }
        case .listening, .dialing, .lazy:
            giveUp(id, .unexpectedEnd(have: 0, need: 1))
        }
    }
}
