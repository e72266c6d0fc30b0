import struct NIOCore.ByteBuffer

/// From the muxer through the cipher to the channel.
extension Connection {
    /// Sends what is queued at the end of this turn, so that small writes share a frame.
    func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        executor.execute { self.assumeIsolated { $0.flush() } }
    }

    /// Seals and sends what the muxer has queued, letting waiting writers in as room appears.
    func flush() {
        isFlushScheduled = false
        guard case .established = phase else { return }
        repeat {
            continueWriters()
            var sealed = ByteBuffer()
            do throws(NoiseError) {
                try drain(into: &sealed)
            } catch {
                // Only an exhausted nonce fails here, after 2⁶⁴ messages.
                end(.peerFault("noise: \(error)"), abort: true)
                return
            }
            guard sealed.readableBytes > 0 else { break }
            traffic.sent += UInt64(sealed.readableBytes)
            channel.write(sealed)
            channel.flush()
        } while !writeQueue.isEmpty && channel.isWritable
        updateTimer()
    }

    /// Seals everything the muxer has, each frame once copied.
    func drain(into sealed: inout ByteBuffer) throws(NoiseError) {
        let (hasOutput, pending) = muxer?.inPlace { ($0.hasOutput, $0.pendingBytes) } ?? (false, 0)
        guard hasOutput else { return }
        sealed.reserveCapacity(pending + pending / 512 + 4096)
        while try session?.sealMessage(
            into: &sealed, fill: { _ = self.muxer?.writeOutput(into: &$0) }) ?? 0 > 0
        {}
    }

    /// Sends handshake bytes as they are.
    func transmit(_ bytes: ByteBuffer) {
        traffic.sent += UInt64(bytes.readableBytes)
        channel.write(bytes)
        channel.flush()
    }

    var mayQueueOutput: Bool {
        (muxer?.inPlace { $0.pendingBytes } ?? .max) < limits.maximumQueuedOutput
            && channel.isWritable
    }
}

extension YamuxMachine {
    /// Looks into the machine where it lies. A plain read of an optional as large as this one
    /// copies all of it first, with every count of every reference in it; in a profile of small
    /// messages that showed.
    mutating func inPlace<R>(_ body: (inout Self) -> R) -> R { body(&self) }
}
