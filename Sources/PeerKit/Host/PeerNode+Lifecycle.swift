import ServiceLifecycle

/// Starting, running and stopping.
extension PeerNode: Service {
    /// Listens and starts the services.
    ///
    /// - Throws: ``HostError/cannotListen(_:_:)`` when an address is taken; nothing is left running
    ///   then.
    public func start() async throws {
        guard case .idle = state else { throw HostError.notRunning }
        state = .starting
        do {
            try await prepareHandshakes()
            try await archive.open()
            for service in services { try await service.prepare(on: self) }
            for address in configuration.listenAddresses { try await listen(on: address) }
        } catch {
            for listener in listeners { await listener.close() }
            listeners.removeAll()
            boundAddresses.removeAll()
            await archive.close()
            // Who was accepted before the failure.
            for (_, peer) in peers.sorted(by: { $0.key < $1.key }) {
                for connection in await peer.connectionList { await connection.close() }
            }
            if isStopRequested { finishStopping() } else { state = .idle }
            throw error
        }
        state = .running
        if isStopRequested {
            await stop()
            throw HostError.notRunning
        }
        for address in listenAddresses {
            log.info("listening", metadata: ["address": "\(address)"])
            hub.publish(.listening(address))
        }
        for service in services {
            serviceTasks.start(on: runtime.executors.home) { [weak self] in
                guard let self else { return }
                do {
                    try await service.run(on: self)
                } catch is CancellationError {
                    return
                } catch {
                    await self.serviceFailed(service.name, error)
                }
            }
        }
    }

    /// Starts the node, works until a graceful shutdown, a cancellation or the failure of a
    /// service, and stops it.
    public nonisolated func run() async throws {
        try await start()
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await stopped()
            } onGracefulShutdown: {
                self.requestStop()
            }
        } onCancel: {
            self.requestStop()
        }
        if let failure = await serviceFailure { throw failure }
    }

    private nonisolated func requestStop() {
        stopTasks.start(on: runtime.executors.home) { await self.stop() }
    }

    /// Stops in order: no new connections, services end, streams with work left get
    /// `drainTimeout` to finish, connections close.
    public func stop() async {
        switch state {
        case .idle:
            finishStopping()
        case .stopped:
            return
        case .starting:
            isStopRequested = true
            await stopped()
        case .stopping:
            await stopped()
        case .running:
            state = .stopping
            stopTasks.start(on: runtime.executors.home) { await self.drain() }
            await stopped()
        }
    }

    private func finishStopping() {
        state = .stopped
        hub.finish()
        let waiters = stopWaiters
        stopWaiters.removeAll()
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until the node has stopped.
    public func stopped() async {
        if case .stopped = state { return }
        await withCheckedContinuation { continuation in
            if case .stopped = state {
                continuation.resume()
            } else {
                stopWaiters.append(continuation)
            }
        }
    }

    private func drain() async {
        log.info("stopping")
        for listener in listeners { await listener.close() }
        listeners.removeAll()
        serviceTasks.cancel()
        await serviceTasks.drained()
        var connections: [Connection] = []
        for (_, peer) in peers.sorted(by: { $0.key < $1.key }) {
            connections += await peer.connectionList
        }
        let open = connections
        try? await runtime.withTimeout(configuration.drainTimeout) {
            for connection in open { await connection.idle() }
        }
        for connection in connections { await connection.close() }
        handlerTasks.cancel()
        connectionTasks.cancel()
        await handlerTasks.drained()
        await connectionTasks.drained()
        standingTasks.cancel()
        await standingTasks.drained()
        await archive.close()
        peers.removeAll()
        finishStopping()
        log.info("stopped")
    }

    private func serviceFailed(_ name: String, _ error: any Error) async {
        log.error("service failed", metadata: ["service": "\(name)", "error": "\(error)"])
        guard case .running = state, serviceFailure == nil else { return }
        serviceFailure = error
        state = .stopping
        stopTasks.start(on: runtime.executors.home) { await self.drain() }
    }

    private func prepareHandshakes() async throws {
        // One static key for the node's life: forward secrecy comes from the ephemeral keys, and
        // the identity, which may live in a hardware module, signs once.
        let key = NoiseStaticKey(seed: runtime.random.bytes(32))
        let signature = try await identity.signer.sign(
            NoiseSignedPayload.bytesToSign(for: key.publicKey))
        let payload = NoiseSignedPayload(
            identityKey: identity.publicKey.protobuf, signature: signature)
        noiseKey.withLockedValue { $0 = NoiseKey(key: key, payload: payload) }
    }

    private func listen(on address: Multiaddr) async throws(HostError) {
        guard let endpoint = address.listenEndpoint else { throw .notListenable(address) }
        do throws(NetworkError) {
            let listener = try await runtime.network.listen(on: endpoint) { [weak self] channel in
                if let self { self.accept(channel) } else { channel.abort() }
            }
            listeners.append(listener)
            boundAddresses += addresses(of: listener.endpoint)
        } catch {
            throw .cannotListen(address, error)
        }
    }

    /// What others may dial: for an unspecified address, each interface's.
    private func addresses(of endpoint: IPEndpoint) -> [Multiaddr] {
        guard endpoint.address.isUnspecified else {
            return [Multiaddr(ip: endpoint, transport: .tcp)]
        }
        let interfaces = (try? runtime.network.interfaces()) ?? []
        return interfaces.map(\.address)
            .filter { $0.isV4 == endpoint.address.isV4 && !$0.isLinkLocal }
            .map { Multiaddr(ip: IPEndpoint(address: $0, port: endpoint.port), transport: .tcp) }
    }
}
