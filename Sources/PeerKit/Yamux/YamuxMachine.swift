import DequeModule

import struct NIOCore.ByteBuffer

/// One side of a yamux session: many streams over one ordered, secured connection.
///
/// The owner feeds received bytes to ``receive(_:at:into:)``, calls ``handleTimer(at:)`` when
/// ``nextDeadline`` has come, and after every call sends what ``writeOutput(into:limit:)`` gives.
/// Control frames go ahead of data; streams with data take turns, one frame each.
///
/// Specification: https://github.com/hashicorp/yamux/blob/master/spec.md
///
/// Deviations and choices:
/// - Flags that do not exist, and the stream number of pings and go-aways, are ignored.
/// - Frames for streams that do not exist are drained: they may have been on their way. How much is
///   drained is bounded by the windows those streams had.
/// - FIN and RST go out on empty WINDOW_UPDATE frames, never on DATA.
/// - The reuse of a forgotten stream's number by the remote is not detected.
package struct YamuxMachine: Sendable {
    /// Where in the remote's bytes we are.
    enum Input: Sendable {
        case header
        /// In the payload of a DATA frame whose `flags` take effect behind it.
        case payload(YamuxStreamID, remaining: Int, flags: YamuxFlags)
    }

    let role: YamuxRole
    let configuration: YamuxConfiguration

    var streams: [YamuxStreamID: YamuxStream] = [:]
    var inboundCount = 0
    var outboundCount = 0
    /// The next stream that we open; `nil` when all numbers are used up.
    var nextStreamID: UInt32?
    /// Our streams that the remote has not acknowledged.
    var unacknowledgedCount = 0
    /// Acknowledgements of the remote's streams that are still in the output.
    var unsentAcknowledgements = 0

    var input = Input.header
    var glitches: YamuxGlitchBudget
    /// Payload bytes that may still come for streams that have ended.
    var lateBytes = YamuxLimits.lateBytesSlack
    /// Frames without data that may still come for streams that have ended.
    var lateFrames = 0
    /// Bytes by which windows may still grow. The owner may add to it.
    package var growthLeft: Int
    /// Whether a window would have grown further if it might have. The owner takes it back.
    package var lacksGrowth = false
    /// Streams of the remote's that were reset because there were too many.
    package internal(set) var refusedStreams = 0

    var control = Deque<YamuxHeader>()
    /// Streams with output, in the order of their turns.
    var schedule = Deque<YamuxStreamID>()
    /// Bytes written to streams and not in the output yet.
    package internal(set) var pendingBytes = 0

    /// The mean round trip, once a ping has come back.
    package internal(set) var roundTrip: Duration?
    var nextPing: Instant
    var nextPingValue: UInt32 = 0
    var outstandingPing: (value: UInt32, sent: Instant)?

    /// What the remote announced, if it is going away.
    package internal(set) var remoteGoAway: YamuxGoAwayCode?
    /// What we announced, if we are going away.
    package internal(set) var localGoAway: YamuxGoAwayCode?
    /// Why the session is over, if it is.
    package internal(set) var failure: YamuxError?

    /// Begins a session; the first ping is in the output at once, as the round trip is needed early.
    package init(
        role: YamuxRole, configuration: YamuxConfiguration = YamuxConfiguration(), now: Instant
    ) {
        self.role = role
        self.configuration = configuration
        nextStreamID = role.firstStreamID
        glitches = YamuxGlitchBudget(now: now)
        growthLeft = configuration.growthBudget
        nextPing = now
        sendPing(at: now)
    }

    /// Takes the remote's bytes: all of them but an incomplete header.
    ///
    /// Payloads come out as far as they have arrived, as slices of `bytes` unless they are small.
    ///
    /// - Parameter events: What happened is appended here.
    /// - Throws: A violation of the protocol; the same again on every later call. The output then
    ///   holds nothing but a GO_AWAY for the remote. Events from before the violation are valid.
    package mutating func receive(
        _ bytes: inout ByteBuffer, at now: Instant, into events: inout [YamuxEvent]
    ) throws(YamuxError) {
        if let failure { throw failure }
        do throws(YamuxError) {
            while true {
                switch input {
                case .header:
                    guard let header = try YamuxHeader.read(from: &bytes) else { return }
                    try receive(header, at: now, into: &events)
                case .payload(let id, let remaining, let flags):
                    let count = min(remaining, bytes.readableBytes)
                    guard count > 0, let slice = bytes.readSlice(length: count) else { return }
                    if streams[id]?.isRemoteFinished == false {
                        events.append(.data(id, Self.detached(slice)))
                    }
                    if count < remaining {
                        input = .payload(id, remaining: remaining - count, flags: flags)
                    } else {
                        input = .header
                        try finish(id, flags: flags, at: now, into: &events)
                    }
                }
            }
        } catch {
            fail(error)
            throw error
        }
    }

    /// A copy of a slice that is small beside the buffer it would keep in memory.
    ///
    /// Windows count the slice's bytes: without this a remote could make a slow reader hold 64 KiB
    /// for each byte.
    private static func detached(_ slice: ByteBuffer) -> ByteBuffer {
        guard slice.readableBytes < slice.storageCapacity / YamuxLimits.maximumSliceOverhead
        else { return slice }
        return ByteBuffer(bytes: slice.readableBytesView)
    }

    private mutating func receive(
        _ header: YamuxHeader, at now: Instant, into events: inout [YamuxEvent]
    ) throws(YamuxError) {
        guard control.count < YamuxLimits.maximumQueuedControlFrames else {
            throw .controlQueueFull(limit: YamuxLimits.maximumQueuedControlFrames)
        }
        switch header.type {
        case .ping:
            try receivePing(header, at: now, into: &events)
        case .goAway:
            if remoteGoAway != nil { try glitches.charge(at: now) }
            let code = YamuxGoAwayCode(rawValue: header.length)
            remoteGoAway = code
            events.append(.goAway(code))
        case .data, .windowUpdate:
            if header.flags.contains(.syn) { try accept(header.streamID, at: now, into: &events) }
            if header.flags.contains(.ack) { acknowledge(header.streamID, into: &events) }
            try receiveStreamFrame(header, at: now, into: &events)
        }
    }

    private mutating func receiveStreamFrame(
        _ header: YamuxHeader, at now: Instant, into events: inout [YamuxEvent]
    ) throws(YamuxError) {
        let id = header.streamID
        let carriesData = header.type == .data && header.length > 0
        if streams[id] == nil {
            try receiveLate(header, at: now)
        } else if header.length == 0 && header.flags.isDisjoint(with: .meaningful) {
            try glitches.charge(at: now)
        } else if carriesData {
            let window = streams[id]?.receiveWindow.available ?? 0
            guard streams[id]?.receiveWindow.receive(header.length) == true else {
                throw .windowExceeded(id, received: header.length, window: window)
            }
            if streams[id]?.isRemoteFinished == true { try glitches.charge(at: now) }
        } else if header.type == .windowUpdate {
            if streams[id]?.open(by: header.length) == true { events.append(.writable(id)) }
        }
        if carriesData {
            input = .payload(id, remaining: Int(header.length), flags: header.flags)
        } else {
            try finish(id, flags: header.flags, at: now, into: &events)
        }
    }

    /// A frame for a stream that does not exist, most likely any more.
    private mutating func receiveLate(_ header: YamuxHeader, at now: Instant) throws(YamuxError) {
        if header.type == .data && header.length > 0 {
            guard Int(header.length) <= lateBytes else {
                throw .lateDataExceeded(received: header.length)
            }
            lateBytes -= Int(header.length)
        } else if lateFrames > 0 {
            lateFrames -= 1
        } else {
            try glitches.charge(at: now)
        }
    }

    private mutating func accept(
        _ id: YamuxStreamID, at now: Instant, into events: inout [YamuxEvent]
    ) throws(YamuxError) {
        guard id.rawValue != 0 else { throw .wrongStream(id) }
        guard id.rawValue % 2 != role.firstStreamID % 2 else { throw .wrongParity(id) }
        guard streams[id] == nil else { throw .streamAlreadyOpen(id) }
        guard localGoAway == nil, inboundCount < configuration.maximumInboundStreams,
            unsentAcknowledgements < YamuxLimits.maximumUnacknowledged
        else {
            queue(.windowUpdate, .rst, id)
            forgive(bytes: YamuxLimits.initialWindow)
            if localGoAway == nil { refusedStreams += 1 }
            return
        }
        streams[id] = YamuxStream(isInbound: true, now: now)
        inboundCount += 1
        unsentAcknowledgements += 1
        queue(.windowUpdate, .ack, id)
        events.append(.opened(id))
    }

    private mutating func acknowledge(_ id: YamuxStreamID, into events: inout [YamuxEvent]) {
        guard let stream = streams[id], !stream.isInbound, !stream.isAcknowledged else { return }
        streams[id]?.isAcknowledged = true
        unacknowledgedCount -= 1
        if !stream.isClosed { events.append(.acknowledged(id)) }
    }

    /// The end of a frame: its FIN or RST takes effect.
    private mutating func finish(
        _ id: YamuxStreamID, flags: YamuxFlags, at now: Instant,
        into events: inout [YamuxEvent]
    ) throws(YamuxError) {
        guard let stream = streams[id] else { return }
        if flags.contains(.rst) {
            forget(id)
            if !stream.isClosed { events.append(.reset(id)) }
            // A stream that was opened for nothing: cheap to send, dear to serve.
            if stream.isInbound && stream.isUntouched { try glitches.charge(at: now) }
        } else if flags.contains(.fin) && !stream.isRemoteFinished {
            streams[id]?.isRemoteFinished = true
            events.append(.remoteClosedWrite(id))
            if stream.writeState != .open { events.append(.closed(id)) }
            if stream.writeState == .finSent { forget(id) }
        }
    }

    /// Drops a stream and what is queued on it. Frames without data may still be under way.
    mutating func forget(_ id: YamuxStreamID) {
        guard let stream = streams.removeValue(forKey: id) else { return }
        if stream.isInbound { inboundCount -= 1 } else { outboundCount -= 1 }
        if !stream.isInbound && !stream.isAcknowledged { unacknowledgedCount -= 1 }
        pendingBytes -= stream.pendingBytes
        growthLeft += stream.receiveWindow.growth
        forgive(bytes: 0)
    }

    /// Expects late frames of one stream more, with at most `bytes` of data.
    mutating func forgive(bytes: Int) {
        lateBytes += bytes
        lateFrames = min(
            lateFrames + YamuxLimits.lateFramesPerStream, YamuxLimits.maximumLateFrames)
    }

    mutating func queue(
        _ type: YamuxFrameType, _ flags: YamuxFlags, _ id: YamuxStreamID, length: UInt32 = 0
    ) {
        control.append(YamuxHeader(type: type, flags: flags, streamID: id, length: length))
    }

    /// Ends the session: nothing is sent any more but the reason, if the remote is to blame.
    mutating func fail(_ error: YamuxError) {
        failure = error
        streams.removeAll()
        schedule.removeAll()
        control.removeAll()
        pendingBytes = 0
        if error.isPeerFault {
            queue(
                .goAway, [], YamuxStreamID(rawValue: 0),
                length: YamuxGoAwayCode.protocolError.rawValue)
        }
    }
}
