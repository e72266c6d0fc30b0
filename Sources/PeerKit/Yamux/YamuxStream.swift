import DequeModule

import struct NIOCore.ByteBuffer

/// What a session knows about one stream.
struct YamuxStream: Sendable {
    /// Our half of the stream.
    enum WriteState: Sendable {
        case open
        /// Closed by us; the FIN waits behind the data.
        case finQueued
        case finSent
    }

    let isInbound: Bool
    /// Whether the remote has acknowledged a stream of ours.
    var isAcknowledged = false
    var writeState = WriteState.open
    var isRemoteFinished = false

    var receiveWindow: YamuxReceiveWindow
    /// What we may still send, in bytes, beyond what is queued.
    var sendWindow = YamuxLimits.initialWindow
    /// Whether a write has found the window shut.
    var isBlocked = false

    /// Bytes that were written and not sent yet, and how many they are.
    var pending = Deque<ByteBuffer>()
    var pendingBytes = 0
    /// Whether the stream stands in the session's queue of streams with output.
    var isScheduled = false

    init(isInbound: Bool, now: Instant) {
        self.isInbound = isInbound
        receiveWindow = YamuxReceiveWindow(now: now)
    }

    /// Both halves are closed: nothing but queued output is left of the stream.
    var isClosed: Bool { writeState != .open && isRemoteFinished }

    /// Nothing was sent or received on the stream but its opening.
    var isUntouched: Bool {
        receiveWindow.isUntouched && pendingBytes == 0
            && sendWindow >= YamuxLimits.initialWindow
    }

    /// Whether there is something to send.
    var hasOutput: Bool { pendingBytes > 0 || writeState == .finQueued }

    /// Adds an increment of the remote's; a sum beyond 32 bits counts as the largest window.
    ///
    /// - Returns: Whether a blocked writer may go on.
    mutating func open(by increment: UInt32) -> Bool {
        sendWindow = min(sendWindow + Int(increment), Int(UInt32.max))
        guard isBlocked, sendWindow > 0 else { return false }
        isBlocked = false
        return true
    }

    /// Queues as much of `bytes` as the window and `limit` allow, without copying.
    mutating func enqueue(_ bytes: inout ByteBuffer, limit: Int) -> Int {
        let count = min(bytes.readableBytes, sendWindow, max(0, limit))
        if sendWindow < bytes.readableBytes { isBlocked = true }
        guard count > 0, let slice = bytes.readSlice(length: count) else { return 0 }
        pending.append(slice)
        pendingBytes += count
        sendWindow -= count
        return count
    }

    /// Moves `count` queued bytes to `out`.
    mutating func dequeue(_ count: Int, into out: inout ByteBuffer) {
        precondition(count <= pendingBytes)
        var left = count
        while left > 0, var chunk = pending.popFirst() {
            if chunk.readableBytes <= left {
                left -= chunk.readableBytes
                out.writeImmutableBuffer(chunk)
            } else if let part = chunk.readSlice(length: left) {
                left = 0
                out.writeImmutableBuffer(part)
                pending.prepend(chunk)
            }
        }
        pendingBytes -= count
    }
}
