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

    func deliver(_ bytes: ByteBuffer, on id: YamuxStreamID) {
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

    func consumed(_ count: Int, on id: YamuxStreamID) {
        muxer?.consume(count, from: id, at: executor.now)
        if muxer?.lacksGrowth == true { growWindows() }
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
}
