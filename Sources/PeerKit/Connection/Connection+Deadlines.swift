/// The time a stream may take.
extension Connection {
    func setDeadline(_ id: YamuxStreamID, _ deadline: Instant?) {
        guard let entry = streams[id], !entry.isDiscarding else { return }
        streams[id]?.deadline = deadline
        if let deadline { armTimer(id, at: deadline) } else { disarmTimer(id) }
    }

    func armTimer(_ id: YamuxStreamID, at deadline: Instant) {
        streams[id]?.timeout = deadline
        ensureTimer(id, at: deadline)
    }

    /// Somebody begins to wait for the remote to take bytes.
    func armStall(_ id: YamuxStreamID) {
        guard streams[id]?.stall == nil else { return }
        let deadline = executor.now.advanced(by: limits.writeStallTimeout)
        streams[id]?.stall = deadline
        ensureTimer(id, at: deadline)
    }

    /// A timer that fires too early is set anew then. That spares a cancellation each time that a
    /// deadline moves on.
    private func ensureTimer(_ id: YamuxStreamID, at deadline: Instant) {
        if let timer = streams[id]?.timer, timer.deadline <= deadline { return }
        streams[id]?.timer?.token.cancel()
        setTimer(id, at: deadline)
    }

    private func setTimer(_ id: YamuxStreamID, at deadline: Instant) {
        guard streams[id] != nil else { return }
        let token = executor.schedule(at: deadline) { [weak self] in
            self?.assumeIsolated { $0.streamTimerFired(id) }
        }
        streams[id]?.timer = (token, deadline)
    }

    func disarmTimer(_ id: YamuxStreamID) { streams[id]?.timeout = nil }

    private func streamTimerFired(_ id: YamuxStreamID) {
        guard streams[id] != nil else { return }
        streams[id]?.timer = nil
        if let stall = streams[id]?.stall, stall <= executor.now {
            streams[id]?.stall = nil
            if isStalled(id) {
                blame(
                    .unresponsive, in: streams[id]?.chargedProtocol ?? UpgradeMachine.muxer,
                    "took no bytes for \(limits.writeStallTimeout)")
                return giveUp(id, .deadlineExceeded)
            }
            if streams[id]?.writers.isEmpty == false { armStall(id) }
        }
        if let timeout = streams[id]?.timeout, timeout <= executor.now {
            streams[id]?.timeout = nil
            timedOut(id)
        }
        guard let entry = streams[id] else { return }
        let next = [entry.timeout, entry.stall].compactMap { $0 }.min()
        if let next { ensureTimer(id, at: next) }
    }

    /// Whether somebody waits because the remote gives no window.
    private func isStalled(_ id: YamuxStreamID) -> Bool {
        guard let entry = streams[id], !entry.writers.isEmpty, !entry.hasMuxerForgotten else {
            return false
        }
        return muxer?.sendWindow(of: id) == 0
    }

    private func timedOut(_ id: YamuxStreamID) {
        guard let entry = streams[id] else { return }
        if entry.isDiscarding {
            giveUp(id, .reset)
            return
        }
        switch entry.phase {
        case .listening:
            blame(.unresponsive, in: "/multistream/1.0.0", "a stream for no protocol")
            giveUp(id, .deadlineExceeded)
        case .dialing:
            giveUp(id, .deadlineExceeded)
        case .open, .lazy:
            if isStalled(id), let protocolID = entry.chargedProtocol {
                blame(.unresponsive, in: protocolID, "took no bytes before the deadline")
            }
            deadlinePassed(id, entry)
        }
    }

    func deadlinePassed(_ id: YamuxStreamID, _ entry: StreamEntry) {
        if let reader = entry.reader {
            entry.reader = nil
            reader.continuation.resume(returning: .failure(.deadlineExceeded))
        }
        let writers = entry.writers
        guard !writers.isEmpty else { return }
        entry.writers.removeAll()
        for writer in writers {
            writer.continuation.resume(returning: .failure(.deadlineExceeded))
        }
        if writers.contains(where: \.hasStarted) {
            giveUp(id, .deadlineExceeded)
        } else {
            finishClosing(id)
        }
    }
}
