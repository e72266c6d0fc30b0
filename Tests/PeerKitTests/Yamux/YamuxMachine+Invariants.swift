import Testing

@testable import PeerKit

extension YamuxMachine {
    /// What holds between any two calls.
    func checkInvariants(_ location: SourceLocation = #_sourceLocation) {
        var (inbound, outbound, unacknowledged, pending, growth) = (0, 0, 0, 0, 0)
        for (id, stream) in streams {
            if stream.isInbound { inbound += 1 } else { outbound += 1 }
            if !stream.isInbound && !stream.isAcknowledged { unacknowledged += 1 }
            pending += stream.pendingBytes
            growth += stream.receiveWindow.growth
            let window = stream.receiveWindow
            let isSound =
                window.available >= 0 && window.unread >= 0
                && window.available + window.unread <= window.size
                && window.size <= configuration.maximumWindow
                && (0...Int(UInt32.max)).contains(stream.sendWindow)
                && stream.pendingBytes == stream.pending.reduce(0) { $0 + $1.readableBytes }
                && (!stream.hasOutput || stream.isScheduled)
                && (id.rawValue % 2 == role.firstStreamID % 2) != stream.isInbound
            if !isSound { Issue.record("stream \(id): \(stream)", sourceLocation: location) }
        }
        let isSound =
            inbound == inboundCount && outbound == outboundCount
            && unacknowledged == unacknowledgedCount && pending == pendingBytes
            && (failure != nil || growth + growthLeft == configuration.growthBudget)
            && inbound <= configuration.maximumInboundStreams
            && unsentAcknowledgements >= 0 && lateBytes >= 0 && lateFrames >= 0
        if !isSound && failure == nil {
            Issue.record("the session's sums are wrong: \(self)", sourceLocation: location)
        }
    }
}
