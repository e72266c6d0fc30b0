/// How streams end.
extension Connection {
    func closeWrite(_ id: YamuxStreamID) {
        guard let entry = streams[id], !entry.hasLocalEnded else { return }
        entry.hasLocalEnded = true
        finishClosing(id)
    }

    func closeStream(_ id: YamuxStreamID) {
        guard let entry = streams[id], !entry.isDiscarding else { return }
        if entry.hasMuxerForgotten {
            failStream(id, .closed)
            forget(id)
            return
        }
        entry.isDiscarding = true
        let unread = entry.inbox.reduce(0) { $0 + $1.readableBytes }
        entry.inbox.removeAll()
        if unread > 0 { consumed(unread, on: id) }
        entry.reader?.continuation.resume(returning: .failure(.closed))
        entry.reader = nil
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
    func finishClosing(_ id: YamuxStreamID) {
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
        guard let entry = streams[id] else { return }
        settle(entry)
        entry.isCharged = false
        guard case .open = entry.phase, !entry.isDiscarding,
            entry.hasRemoteEnded || !entry.inbox.isEmpty
        else {
            streams[id] = nil
            return
        }
        entry.hasMuxerForgotten = true
        entry.hasLocalEnded = true
        entry.timer = nil
    }

    /// Fails whoever waits for the stream.
    func failStream(_ id: YamuxStreamID, _ error: StreamError) {
        guard let entry = streams[id] else { return }
        let (reader, opener, writers) = (entry.reader, entry.opener, entry.writers)
        entry.reader = nil
        entry.opener = nil
        entry.writers.removeAll()
        entry.timer?.token.cancel()
        reader?.continuation.resume(returning: .failure(error))
        opener?.resume(returning: .failure(error))
        for writer in writers { writer.continuation.resume(returning: .failure(error)) }
    }

    /// Both halves have ended for the muxer. What has arrived may still be read.
    func muxerForgot(_ id: YamuxStreamID) {
        guard let entry = streams[id] else { return }
        entry.hasMuxerForgotten = true
        entry.hasRemoteEnded = true
        entry.hasLocalEnded = true
        if entry.inbox.isEmpty || entry.isDiscarding {
            if let reader = entry.reader {
                entry.reader = nil
                reader.continuation.resume(returning: .success(nil))
            }
        }
        if entry.isDiscarding { forget(id) } else { wakeIdleWaiters() }
    }

    func forget(_ id: YamuxStreamID) {
        guard let entry = streams.removeValue(forKey: id) else { return }
        entry.timer?.token.cancel()
        settle(entry)
        wakeIdleWaiters()
    }
}
