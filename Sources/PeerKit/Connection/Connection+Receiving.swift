import struct NIOCore.ByteBuffer

/// From the channel through cipher and muxer to the streams.
extension Connection {
    func received(_ bytes: ByteBuffer) {
        traffic.received += UInt64(bytes.readableBytes)
        // A channel that is closing still reads, so that it notices the end.
        if case .closed = phase { return }
        guard case .established = phase else {
            // Rarely does anything come before the admission, so reading is stopped only now.
            if case .secured = phase { channel.setReading(false) }
            if ciphertext.readableBytes == 0 {
                ciphertext = bytes
            } else {
                ciphertext.writeImmutableBuffer(bytes)
            }
            process()
            return
        }
        var bytes = bytes
        // Only the message that the end of the last read has cut is put together by copying.
        while ciphertext.readableBytes > 0 {
            let missing = NoiseSession.bytesMissing(from: ciphertext)
            guard missing > 0,
                var part = bytes.readSlice(length: min(missing, bytes.readableBytes)),
                part.readableBytes > 0
            else { break }
            ciphertext.writeBuffer(&part)
        }
        process()
        decipher(&bytes)
        keep(bytes)
    }

    /// Copies what is left of a read, so that the channel can use its buffer again.
    func keep(_ rest: ByteBuffer) {
        if case .closed = phase { return }
        if rest.readableBytes > 0 {
            ciphertext.clear(
                minimumCapacity: rest.readableBytes + NoiseSession.bytesMissing(from: rest))
            ciphertext.writeImmutableBuffer(rest)
        } else if ciphertext.readableBytes == 0 {
            // An idle connection holds no memory.
            ciphertext = ByteBuffer()
        }
    }

    func process() {
        switch phase {
        case .upgrading(let machine, let continuation):
            advanceUpgrade(machine, continuation)
        case .established:
            guard ciphertext.readableBytes > 0 else { return }
            var input = ciphertext
            ciphertext = ByteBuffer()
            decipher(&input)
            if case .established = phase { ciphertext = input }
        case .idle, .secured, .closed:
            break
        }
    }

    /// Opens the complete messages of `input` and hands them to the muxer.
    ///
    /// The plaintext comes in buffers of one full message: a larger one would be kept whole by each
    /// slice of it that waits for its reader.
    func decipher(_ input: inout ByteBuffer) {
        while case .established = phase, input.readableBytes > 0 {
            let before = input.readableBytes
            do throws(NoiseError) {
                try session?.open(
                    &input, into: &plaintext, limit: NoiseLimits.maximumPlaintextBytes)
            } catch {
                blame(.protocolViolation, in: UpgradeMachine.security, "\(error)")
                end(.peerFault("noise: \(error)"), abort: true)
                return
            }
            guard input.readableBytes < before else { return }
            demultiplex()
        }
    }

    func advanceUpgrade(
        _ machine: UpgradeMachine,
        _ continuation: CheckedContinuation<Result<ConnectionInfo, ConnectionError>, Never>
    ) {
        var machine = machine
        do throws(UpgradeError) {
            switch try machine.receive(&ciphertext) {
            case .needMore(let reply):
                // What follows the handshake in the same read does not count.
                guard ciphertext.readableBytes <= limits.maximumHandshakeBytes else {
                    end(
                        .peerFault(
                            "more than \(limits.maximumHandshakeBytes) bytes in the handshake"),
                        abort: true)
                    return
                }
                phase = .upgrading(machine, continuation)
                if let reply { transmit(reply) }
            case .finished(let reply, let upgraded, let rest):
                if let reply { transmit(reply) }
                // A write that fails ends the connection, and the wait for it, before it returns.
                guard case .upgrading = phase else { return }
                secured(upgraded, rest: rest, continuation)
            }
        } catch {
            end(.upgrade(error), abort: true)
        }
    }

    func secured(
        _ upgraded: UpgradeMachine.Upgraded, rest: ByteBuffer,
        _ continuation: CheckedContinuation<Result<ConnectionInfo, ConnectionError>, Never>
    ) {
        let info = ConnectionInfo(
            id: id, remotePeer: upgraded.remotePeer, direction: direction,
            localAddress: Multiaddr(ip: channel.localEndpoint, transport: .tcp),
            remoteAddress: Multiaddr(ip: channel.remoteEndpoint, transport: .tcp))
        self.info = info
        session = upgraded.session
        var configuration = context.muxing
        // Granted by and by, as the node's memory allows: see growWindows().
        configuration.growthBudget = 0
        configuration.maximumInboundStreams = min(
            context.muxing.maximumInboundStreams, limits.maximumInboundStreams)
        configuration.maximumOutboundStreams = min(
            context.muxing.maximumOutboundStreams, limits.maximumOutboundStreams)
        muxer = YamuxMachine(
            role: direction == .outbound ? .dialer : .listener, configuration: configuration,
            now: executor.now)
        plaintext = rest
        phase = .secured
        setTimer(nil)
        continuation.resume(returning: .success(info))
    }

    func demultiplex() {
        guard plaintext.readableBytes > 0 else { return }
        var bytes = plaintext
        plaintext = ByteBuffer()
        do throws(YamuxError) {
            try muxer?.receive(&bytes, at: executor.now, into: &events)
        } catch {
            blame(error)
            muxer?.goAway(.protocolError)
            flush()
            end(.peerFault("yamux: \(error)"), abort: false)
            return
        }
        // The end of a message may cut a frame's header.
        if bytes.readableBytes > 0 { plaintext = ByteBuffer(bytes: bytes.readableBytesView) }
        let batch = events
        events.removeAll(keepingCapacity: true)
        for event in batch { handle(event) }
        noteRefusedStreams()
    }

    func handle(_ event: YamuxEvent) {
        switch event {
        case .opened(let id): acceptStream(id)
        case .acknowledged: wakeOpeners()
        case .data(let id, let bytes): receive(bytes, on: id)
        case .remoteClosedWrite(let id): remoteEnded(id)
        case .reset(let id):
            failStream(id, .reset)
            forget(id)
            wakeOpeners()
        case .writable(let id): queueForWriting(id)
        case .closed(let id): muxerForgot(id)
        case .roundTrip(let time): roundTrip = time
        case .goAway: wakeOpeners()
        }
    }
}

extension Connection: TransportChannelDelegate {
    /// Called by the channel.
    public nonisolated func channelReceived(_ bytes: ByteBuffer) {
        assumeIsolated { $0.received(bytes) }
    }

    /// Called by the channel.
    public nonisolated func channelReadCompleted() { assumeIsolated { $0.flush() } }

    /// Called by the channel.
    public nonisolated func channelBecameWritable() { assumeIsolated { $0.flush() } }

    /// Called by the channel.
    public nonisolated func channelClosed(_ error: NetworkError?) {
        assumeIsolated { $0.channelEnded(error) }
    }
}
