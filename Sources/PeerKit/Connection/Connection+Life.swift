import struct NIOCore.ByteBuffer

/// How a connection comes to stand and how it ends.
extension Connection {
    /// Secures and multiplexes the channel. Afterwards the connection stands still until
    /// ``activate()``.
    func upgrade(_ noise: NoiseHandshakeMachine) async throws(ConnectionError) -> ConnectionInfo {
        let result: Result<ConnectionInfo, ConnectionError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard case .idle = phase, !Task.isCancelled else {
                    end(.closedLocally, abort: true)
                    continuation.resume(returning: .failure(.closedLocally))
                    return
                }
                var machine: UpgradeMachine
                do throws(UpgradeError) {
                    machine = try UpgradeMachine(direction: direction, noise: noise)
                } catch {
                    end(.upgrade(error), abort: true)
                    continuation.resume(returning: .failure(.upgrade(error)))
                    return
                }
                let first = machine.start()
                phase = .upgrading(machine, continuation)
                setTimer(executor.now.advanced(by: limits.handshakeTimeout))
                transmit(first)
                channel.start(self)
            }
        } onCancel: {
            executor.execute { self.assumeIsolated { $0.end(.closedLocally, abort: true) } }
        }
        return try result.get()
    }

    /// Lets streams flow. What was opened and written since the handshake leaves now.
    func activate() {
        guard case .secured = phase else { return }
        phase = .established
        channel.setReading(true)
        demultiplex()
        process()
        flush()
    }

    /// Waits for the end. A cancelled caller closes the connection.
    func ended() async -> ConnectionError {
        if case .closed(let reason) = phase { return reason }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled { close() }
                if case .closed(let reason) = phase {
                    continuation.resume(returning: reason)
                } else {
                    endWaiters.append(continuation)
                }
            }
        } onCancel: {
            executor.execute { self.assumeIsolated { $0.close() } }
        }
    }

    /// Whether streams may be opened: also before ``activate()``, for whoever hears of the
    /// connection first.
    var isUsable: Bool {
        switch phase {
        case .secured, .established: true
        case .idle, .upgrading, .closed: false
        }
    }

    /// Waits until no stream has work left on this side, or the connection has ended.
    ///
    /// A stream that only waits for the remote to send something holds nothing up.
    func idle() async {
        if isIdle || Task.isCancelled { return }
        nextToken += 1
        let token = nextToken
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !isIdle, !Task.isCancelled else { return continuation.resume() }
                idleWaiters[token] = continuation
            }
        } onCancel: {
            executor.execute {
                self.assumeIsolated { $0.idleWaiters.removeValue(forKey: token)?.resume() }
            }
        }
    }

    var isIdle: Bool {
        if case .closed = phase { return true }
        return streams.values.allSatisfy {
            ($0.reader != nil || $0.isDiscarding || $0.hasMuxerForgotten) && $0.writers.isEmpty
        }
    }

    /// Closes the connection if it carries no stream.
    func closeIfSpare() {
        if streams.isEmpty { close() }
    }

    /// Announces the end, sends what is queued and closes.
    func close() {
        switch phase {
        case .closed: return
        case .established:
            muxer?.goAway(.normal)
            flush()
            end(.closedLocally, abort: false)
        case .idle, .upgrading, .secured:
            end(.closedLocally, abort: true)
        }
    }

    /// Ends the connection: every waiting operation fails with the reason. What streams have
    /// received in whole or in part may still be read.
    func end(_ reason: ConnectionError, abort: Bool) {
        if case .closed = phase { return }
        let previous = phase
        phase = .closed(reason)
        timer?.cancel()
        timer = nil
        if abort {
            channel.abort()
        } else {
            channel.close()
            let channel = channel
            closeTimer = executor.schedule(
                at: executor.now.advanced(by: limits.closeTimeout)
            ) { channel.abort() }
        }
        if case .upgrading(_, let continuation) = previous {
            continuation.resume(returning: .failure(reason))
        }
        ciphertext = ByteBuffer()
        plaintext = ByteBuffer()
        meterTraffic()
        settleGrowth()
        for id in streams.keys.sorted() { retire(id, .connectionClosed(reason.description)) }
        writeQueue.removeAll()
        session = nil
        muxer = nil
        let waiters = endWaiters
        endWaiters.removeAll()
        for waiter in waiters { waiter.resume(returning: reason) }
        wakeOpeners()
        wakeIdleWaiters()
    }

    func wakeIdleWaiters() {
        guard !idleWaiters.isEmpty, isIdle else { return }
        let waiters = idleWaiters.sorted { $0.key < $1.key }
        idleWaiters.removeAll()
        for (_, waiter) in waiters { waiter.resume() }
    }
}
