/// The handshake's deadline and the muxer's keep-alive.
extension Connection {
    func updateTimer() {
        guard case .established = phase else { return }
        setTimer(muxer?.inPlace { $0.nextDeadline })
    }

    func setTimer(_ deadline: Instant?) {
        guard deadline != timerDeadline else { return }
        // A later deadline leaves the timer as it is: when it fires it finds nothing due and is
        // set anew. That spares a cancellation for every frame.
        if let deadline, let current = timerDeadline, deadline > current, timer != nil { return }
        timer?.cancel()
        timer = nil
        timerDeadline = deadline
        guard let deadline else { return }
        timer = executor.schedule(at: deadline) { [weak self] in
            self?.assumeIsolated { $0.timerFired() }
        }
    }

    func timerFired() {
        timer = nil
        timerDeadline = nil
        switch phase {
        case .upgrading:
            end(.timedOut("handshake"), abort: true)
        case .established:
            do throws(YamuxError) {
                try muxer?.handleTimer(at: executor.now)
            } catch {
                blame(error)
                end(.timedOut("keep-alive: \(error)"), abort: true)
                return
            }
            meterTraffic()
            flush()
            updateTimer()
        case .idle, .secured, .closed:
            break
        }
    }

    func channelEnded(_ error: NetworkError?) {
        closeTimer?.cancel()
        closeTimer = nil
        // Some peers close by resetting.
        guard let error, error != .reset else { return end(.closedByRemote, abort: true) }
        end(.network(error), abort: true)
    }
}
