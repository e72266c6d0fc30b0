import struct NIOCore.ByteBuffer

/// Dialling, accepting and admitting connections; opening streams.
extension PeerNode {
    // MARK: For users

    /// Connects to whoever is at `address`; with a `/p2p` part nobody else will do.
    ///
    /// - Returns: The peer's ID, proven by the handshake.
    @discardableResult
    public func connect(to address: Multiaddr) async throws(HostError) -> PeerID {
        try requireRunning()
        guard address.tcpDialTarget != nil else { throw .undialable(address) }
        guard let peer = address.peerID else {
            return try await dialer.dial([address], expecting: nil).remotePeer
        }
        guard peer != peerID else { throw .dialledSelf }
        let remote = remotePeer(peer)
        await remote.learn([address])
        _ = try await remote.connect(isInsistent: true)
        return peer
    }

    /// Connects to a peer where it was last heard of.
    ///
    /// - Throws: ``HostError/backingOff(_:for:)`` soon after a failed dial.
    public func connect(to peer: PeerID) async throws(HostError) {
        try requireRunning()
        guard peer != peerID else { throw .dialledSelf }
        guard let remote = peers[peer] else { throw .noAddress(peer) }
        _ = try await remote.connect(isInsistent: false)
    }

    /// Closes every connection with a peer.
    public func disconnect(_ peer: PeerID) async {
        guard let remote = peers[peer] else { return }
        for connection in await remote.allConnections() { await connection.close() }
    }

    /// Opens a stream, connecting first if need be.
    public func newStream(
        to peer: PeerID, protocol protocolID: ProtocolID
    ) async throws -> PeerStream {
        try await newStream(to: peer, protocols: [protocolID])
    }

    /// Opens a stream with the first of `protocols` that the peer speaks.
    public func newStream(
        to peer: PeerID, protocols: [ProtocolID]
    ) async throws -> PeerStream {
        precondition(!protocols.isEmpty, "a stream needs a protocol")
        try requireRunning()
        guard peer != peerID else { throw HostError.dialledSelf }
        guard let remote = peers[peer] else { throw HostError.noAddress(peer) }
        let connection = try await remote.connect(isInsistent: false)
        let known = await remote.identity?.protocols ?? []
        let isKnown = protocols.count == 1 && known.contains(protocols[0])
        return try await connection.openStream(protocols, isKnown: isKnown)
    }

    func requireRunning() throws(HostError) {
        guard case .running = state else { throw .notRunning }
    }

    // MARK: Outbound

    /// Dials on behalf of this node, which it does not keep alive.
    nonisolated var dialer: Dialer {
        Dialer(
            runtime: runtime,
            establish: { [weak self] channel, address, peer throws(ConnectionError) in
                guard let self else {
                    channel.executor.execute { channel.abort() }
                    throw .closedLocally
                }
                return try await self.establish(channel, .outbound, address, expecting: peer)
            },
            begin: { [gate] address throws(ConnectionGate.Refusal) in
                let refusal: ConnectionGate.Refusal? = gate.withLockedValue { gate in
                    do throws(ConnectionGate.Refusal) {
                        try gate.begin(.outbound, address)
                        return nil
                    } catch {
                        return error
                    }
                }
                if let refusal { throw refusal }
            },
            abandon: { [gate] address in
                gate.withLockedValue { gate in
                    gate.handshakeEnded(.outbound)
                    gate.end(address)
                }
            })
    }

    // MARK: Inbound

    /// A channel was accepted. Runs on the channel's executor.
    nonisolated func accept(_ channel: any TransportChannel) {
        let address = channel.remoteEndpoint.address
        let isAdmitted = gate.withLockedValue { gate in
            do throws(ConnectionGate.Refusal) {
                try gate.begin(.inbound, address)
                return true
            } catch {
                return false
            }
        }
        guard isAdmitted else {
            channel.abort()
            return
        }
        let isStarted = connectionTasks.start(on: channel.executor) { [weak self] in
            do throws(ConnectionError) {
                guard let self else {
                    channel.executor.execute { channel.abort() }
                    throw .closedLocally
                }
                _ = try await self.establish(channel, .inbound, address, expecting: nil)
            } catch {
                self?.log.debug(
                    "inbound connection failed",
                    metadata: ["address": "\(channel.remoteEndpoint)", "error": "\(error)"])
            }
        }
        if !isStarted {
            channel.abort()
            gate.withLockedValue { gate in
                gate.handshakeEnded(.inbound)
                gate.end(address)
            }
        }
    }

    // MARK: Both

    /// Takes a channel up to a connection in use.
    ///
    /// - Parameter address: Under which it has its place at the gate. Not always the channel's:
    ///   who dials 0.0.0.0 comes out at 127.0.0.1.
    nonisolated func establish(
        _ channel: any TransportChannel, _ direction: Direction, _ address: IPAddress,
        expecting peer: PeerID?
    ) async throws(ConnectionError) -> ConnectionInfo {
        let id = connectionIDs.withLockedValue { next in
            next += 1
            return next
        }
        let connection = Connection(
            channel: channel, id: id, direction: direction, limits: configuration.connectionLimits,
            muxing: configuration.muxing, handlers: handlers, handlerTasks: handlerTasks, log: log)
        let info: ConnectionInfo
        do throws(ConnectionError) {
            guard let noise = await handshakeMachine(direction, expecting: peer) else {
                await connection.close()
                throw ConnectionError.closedLocally
            }
            info = try await connection.upgrade(noise)
            gate.withLockedValue { $0.handshakeEnded(direction) }
        } catch {
            gate.withLockedValue { gate in
                gate.handshakeEnded(direction)
                gate.end(address)
            }
            throw error
        }
        do throws(ConnectionError) {
            try admit(info)
        } catch {
            await connection.close()
            gate.withLockedValue { $0.end(address) }
            throw error
        }
        await register(connection, info, address)
        return info
    }

    private nonisolated func admit(_ info: ConnectionInfo) throws(ConnectionError) {
        guard info.remotePeer != peerID else { throw .dialledSelf }
        let refusal: ConnectionGate.Refusal? = gate.withLockedValue { gate in
            do throws(ConnectionGate.Refusal) {
                try gate.admit(info.remotePeer)
                return nil
            } catch {
                return error
            }
        }
        if let refusal { throw .refusedByLimit(refusal.limit, value: refusal.value) }
    }

    private func handshakeMachine(
        _ direction: Direction, expecting peer: PeerID?
    ) -> NoiseHandshakeMachine? {
        guard let noiseKey else { return nil }
        return NoiseHandshakeMachine(
            role: direction == .outbound ? .initiator : .responder, staticKey: noiseKey.key,
            ephemeralSeed: runtime.random.bytes(32), payload: noiseKey.payload, expectedPeer: peer,
            muxers: [UpgradeMachine.muxer])
    }

    private func register(
        _ connection: Connection, _ info: ConnectionInfo, _ address: IPAddress
    ) async {
        let remote = record(connection, info)
        let isSupervised = connectionTasks.start(on: connection.executor) { [weak self, gate] in
            let reason = await connection.ended()
            gate.withLockedValue { gate in
                gate.release(info.remotePeer)
                gate.end(address)
            }
            await self?.unregister(info, reason, await connection.traffic)
        }
        guard isSupervised else {
            await connection.close()
            gate.withLockedValue { gate in
                gate.release(info.remotePeer)
                gate.end(address)
            }
            unregister(info, .closedLocally, Traffic())
            return
        }
        await connection.activate()
        connectionTasks.start(on: connection.executor) { [weak self] in
            guard let self else { return }
            await IdentifyService.identify(connection, of: remote, on: self)
        }
    }

    /// In one turn: the look-up, so that nobody forgets the peer in between, and the events, so that
    /// they come in the order of what they tell.
    private func record(_ connection: Connection, _ info: ConnectionInfo) -> RemotePeer {
        let remote = remotePeer(info.remotePeer)
        let isFirst = remote.assumeIsolated { $0.add(connection, info) }
        hub.publish(.connectionOpened(info))
        if isFirst { hub.publish(.connected(info.remotePeer)) }
        return remote
    }

    private func unregister(
        _ info: ConnectionInfo, _ reason: ConnectionError, _ traffic: Traffic
    ) {
        endedTraffic = endedTraffic + traffic
        let isLast = peers[info.remotePeer]?.assumeIsolated { $0.remove(info, reason) } ?? false
        hub.publish(.connectionClosed(info, reason))
        if isLast { hub.publish(.disconnected(info.remotePeer, reason)) }
    }
}
