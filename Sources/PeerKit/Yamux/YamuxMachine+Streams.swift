import struct NIOCore.ByteBuffer

/// What the owner does with streams.
extension YamuxMachine {
    /// Opens a stream. Data may be written at once, before the remote has acknowledged it.
    ///
    /// - Throws: ``YamuxError/goingAway``, ``YamuxError/tooManyStreams(limit:)`` or
    ///   ``YamuxError/streamIDsExhausted``, all without consequences; or the session's failure.
    package mutating func openStream(at now: Instant) throws(YamuxError) -> YamuxStreamID {
        if let failure { throw failure }
        guard localGoAway == nil, remoteGoAway == nil else { throw .goingAway }
        guard unacknowledgedCount < YamuxLimits.maximumUnacknowledged else {
            throw .tooManyStreams(limit: YamuxLimits.maximumUnacknowledged)
        }
        guard outboundCount < configuration.maximumOutboundStreams else {
            throw .tooManyStreams(limit: configuration.maximumOutboundStreams)
        }
        guard let number = nextStreamID else { throw .streamIDsExhausted }
        let (next, overflow) = number.addingReportingOverflow(2)
        nextStreamID = overflow ? nil : next
        let id = YamuxStreamID(rawValue: number)
        streams[id] = YamuxStream(isInbound: false, now: now)
        outboundCount += 1
        unacknowledgedCount += 1
        queue(.windowUpdate, .syn, id)
        return id
    }

    /// Takes bytes off the front of `bytes` for a stream, as many as its window allows.
    ///
    /// The bytes are not copied until they are sent; a caller bounds what waits with `limit` and
    /// ``pendingBytes(of:)``. When fewer are taken than there are because the window is shut, a
    /// ``YamuxEvent/writable(_:)`` follows once it opens.
    ///
    /// - Parameter limit: Most bytes to take.
    /// - Returns: How many bytes were taken.
    /// - Throws: ``YamuxError/unknownStream(_:)`` or ``YamuxError/writeClosed(_:)``; or the
    ///   session's failure.
    package mutating func write(
        _ bytes: inout ByteBuffer, to id: YamuxStreamID, limit: Int = .max
    ) throws(YamuxError) -> Int {
        if let failure { throw failure }
        guard let state = streams[id]?.writeState else { throw .unknownStream(id) }
        guard state == .open else { throw .writeClosed(id) }
        let count = streams[id]?.enqueue(&bytes, limit: limit) ?? 0
        if count > 0 {
            pendingBytes += count
            schedule(id)
        }
        return count
    }

    /// How many bytes a write to the stream can take; 0 if there is no such stream.
    package func sendWindow(of id: YamuxStreamID) -> Int {
        guard let stream = streams[id], stream.writeState == .open else { return 0 }
        return stream.sendWindow
    }

    /// How many bytes written to the stream are not in the output yet.
    package func pendingBytes(of id: YamuxStreamID) -> Int { streams[id]?.pendingBytes ?? 0 }

    /// How many streams are open or still have output.
    package var streamCount: Int { streams.count }

    /// The streams that are not closed on both sides, in ascending order.
    ///
    /// - Complexity: O(*n* log *n*).
    package var openStreams: [YamuxStreamID] {
        streams.filter { !$0.value.isClosed }.map(\.key).sorted()
    }

    /// The reader took `count` bytes of the stream's data: the remote may get a larger window.
    ///
    /// Bytes that nobody will read count as taken, otherwise the remote's writer waits for ever.
    package mutating func consume(_ count: Int, from id: YamuxStreamID, at now: Instant) {
        guard streams[id] != nil else { return }
        streams[id]?.receiveWindow.consume(count)
        guard streams[id]?.isRemoteFinished == false,
            let increment = streams[id]?.receiveWindow.update(
                at: now, roundTrip: roundTrip, maximum: configuration.maximumWindow,
                growthLeft: &growthLeft, lacksGrowth: &lacksGrowth)
        else { return }
        queue(.windowUpdate, [], id, length: increment)
    }

    /// Closes our half of the stream behind what has been written.
    ///
    /// - Returns: Whether this was the second half: the stream is closed then, and no event for it
    ///   follows.
    @discardableResult
    package mutating func closeWrite(_ id: YamuxStreamID) -> Bool {
        guard streams[id]?.writeState == .open else { return false }
        streams[id]?.writeState = .finQueued
        schedule(id)
        return streams[id]?.isRemoteFinished == true
    }

    /// Aborts the stream: queued data is dropped, the remote is told, no event for it follows.
    package mutating func reset(_ id: YamuxStreamID) {
        guard let stream = streams[id] else { return }
        forget(id)
        if !stream.isRemoteFinished { forgive(bytes: stream.receiveWindow.available) }
        queue(.windowUpdate, .rst, id)
    }

    /// Announces that we open and accept no more streams. Existing ones go on. Once only.
    package mutating func goAway(_ code: YamuxGoAwayCode = .normal) {
        guard failure == nil, localGoAway == nil else { return }
        localGoAway = code
        queue(.goAway, [], YamuxStreamID(rawValue: 0), length: code.rawValue)
    }

    private mutating func schedule(_ id: YamuxStreamID) {
        guard streams[id]?.isScheduled == false else { return }
        streams[id]?.isScheduled = true
        schedule.append(id)
    }
}
