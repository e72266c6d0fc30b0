/// Pings and the time.
extension YamuxMachine {
    /// When ``handleTimer(at:)`` is to be called next; `nil` once the session is over.
    package var nextDeadline: Instant? {
        guard failure == nil else { return nil }
        return outstandingPing.map { $0.sent.advanced(by: configuration.pongTimeout) } ?? nextPing
    }

    /// Sends the ping that is due. Calls before the deadline do nothing.
    ///
    /// - Throws: ``YamuxError/pongTimeout(after:)`` when the last one went unanswered; the same
    ///   again on every later call.
    package mutating func handleTimer(at now: Instant) throws(YamuxError) {
        if let failure { throw failure }
        if let outstandingPing {
            guard now >= outstandingPing.sent.advanced(by: configuration.pongTimeout) else {
                return
            }
            let error = YamuxError.pongTimeout(after: configuration.pongTimeout)
            fail(error)
            throw error
        }
        if now >= nextPing { sendPing(at: now) }
    }

    mutating func sendPing(at now: Instant) {
        queue(.ping, .syn, YamuxStreamID(rawValue: 0), length: nextPingValue)
        outstandingPing = (nextPingValue, now)
        nextPingValue &+= 1
        nextPing = now.advanced(by: configuration.keepAliveInterval)
    }

    mutating func receivePing(
        _ header: YamuxHeader, at now: Instant, into events: inout [YamuxEvent]
    ) throws(YamuxError) {
        guard header.flags.contains(.syn) else {
            guard let ping = outstandingPing, ping.value == header.length else {
                return try glitches.charge(at: now)
            }
            outstandingPing = nil
            let sample = ping.sent.duration(to: now)
            roundTrip = roundTrip.map { ($0 + sample) / 2 } ?? sample
            events.append(.roundTrip(sample))
            return
        }
        try glitches.charge(YamuxLimits.pingCost, at: now)
        queue(.ping, .ack, YamuxStreamID(rawValue: 0), length: header.length)
    }
}
