import struct NIOCore.ByteBuffer

/// What goes to the remote.
extension YamuxMachine {
    /// Whether ``writeOutput(into:limit:)`` has something to give.
    package var hasOutput: Bool { !control.isEmpty || !schedule.isEmpty }

    /// Appends whole frames to `out`, at most `limit` bytes, control frames first.
    ///
    /// Meant to fill one Noise message: it gathers small frames, and a full DATA frame is exactly
    /// as long as the default limit. Payload bytes are copied once, here. Call until it returns 0.
    ///
    /// - Parameter limit: At least the length of a header and one byte.
    /// - Returns: How many bytes were appended.
    @discardableResult
    package mutating func writeOutput(
        into out: inout ByteBuffer,
        limit: Int = YamuxHeader.byteCount + YamuxLimits.maximumPayloadBytes
    ) -> Int {
        precondition(limit > YamuxHeader.byteCount)
        let start = out.writerIndex
        while out.writerIndex - start + YamuxHeader.byteCount <= limit,
            let header = control.popFirst()
        {
            if header.type == .windowUpdate && header.flags.contains(.ack) {
                unsentAcknowledgements -= 1
            }
            header.write(into: &out)
        }
        while let id = schedule.first {
            guard streams[id]?.hasOutput == true else {
                // Reset meanwhile.
                schedule.removeFirst()
                continue
            }
            guard writeFrames(of: id, into: &out, from: start, limit: limit) else { break }
            schedule.removeFirst()
            if streams[id]?.hasOutput == true {
                schedule.append(id)
            } else {
                streams[id]?.isScheduled = false
                if streams[id]?.isClosed == true { forget(id) }
            }
        }
        return out.writerIndex - start
    }

    /// One DATA frame of a stream, and its FIN if nothing is left behind that.
    ///
    /// - Returns: `false` when the next frame must wait for the next call.
    private mutating func writeFrames(
        of id: YamuxStreamID, into out: inout ByteBuffer, from start: Int, limit: Int
    ) -> Bool {
        // Two numbers, not a copy of the stream: that would share its queue and copy it below.
        guard let (queued, state) = streams[id].map({ ($0.pendingBytes, $0.writeState) }) else {
            return true
        }
        if queued > 0 {
            let room = limit - (out.writerIndex - start) - YamuxHeader.byteCount
            var count = min(queued, YamuxLimits.maximumPayloadBytes)
            if count > room {
                // Rather a frame of its own than a fragment, unless none is long enough.
                guard out.writerIndex == start else { return false }
                count = room
            }
            YamuxHeader(type: .data, flags: [], streamID: id, length: UInt32(count))
                .write(into: &out)
            streams[id]?.dequeue(count, into: &out)
            pendingBytes -= count
        }
        if streams[id]?.pendingBytes == 0 && state == .finQueued {
            guard out.writerIndex - start + YamuxHeader.byteCount <= limit else {
                return queued > 0
            }
            YamuxHeader(type: .windowUpdate, flags: .fin, streamID: id, length: 0)
                .write(into: &out)
            streams[id]?.writeState = .finSent
        }
        return true
    }
}
