import struct NIOConcurrencyHelpers.NIOLockedValueBox
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
        try requireStanding(of: peer)
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
        try requireStanding(of: peer)
        guard let remote = peers[peer] else { throw .noAddress(peer) }
        _ = try await remote.connect(isInsistent: false)
    }

    /// Closes every connection with a peer.
    public func disconnect(_ peer: PeerID) async {
        guard let remote = peers[peer] else { return }
        for connection in await remote.connectionList { await connection.close() }
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
        try requireStanding(of: peer)
        guard let remote = peers[peer] else { throw HostError.noAddress(peer) }
        let connection = try await remote.connect(isInsistent: false)
        let known = await remote.identity?.protocols ?? []
        let isKnown = protocols.count == 1 && known.contains(protocols[0])
        return try await connection.openStream(protocols, isKnown: isKnown)
    }

    func requireRunning() throws(HostError) {
        guard case .running = state else { throw .notRunning }
    }

    /// Nothing is asked of a peer that would not be let in.
    private nonisolated func requireStanding(of peer: PeerID) throws(HostError) {
        let refusal = standingBook.use { $0.refusal(of: peer, at: $1) }
        if let refusal { throw .refused(refusal) }
        if isRevoked(peer) { throw .refused(.revoked(peer)) }
    }

    private nonisolated func isRevoked(_ peer: PeerID) -> Bool {
        gate.withLockedValue { $0.revokedPeers.contains(peer) }
    }

    /// Refuses keys that have been revoked from now on, and no others that were before; closes
    /// their connections.
    func refuse(revoked keys: Set<PeerID>) async {
        let new = gate.withLockedValue { gate in
            defer { gate.revokedPeers = keys }
            return keys.subtracting(gate.revokedPeers)
        }
        for peer in new.sorted() { await disconnect(peer) }
    }

    // MARK: Outbound

    /// Dials on behalf of this node, which it does not keep alive.
    nonisolated var dialer: Dialer {
        Dialer(
            runtime: runtime, parallelism: configuration.limits.maximumParallelAttempts,
            meters: meters,
            establish: { [weak self] channel, address, peer throws(ConnectionError) in
                guard let self else {
                    channel.executor.execute { channel.abort() }
                    throw .closedLocally
                }
                return try await self.establish(channel, .outbound, address, expecting: peer)
            },
            begin: { [gate, standingBook, meters] address throws(ConnectionRefusal) in
                let refusal = Self.takePlace(.outbound, address, gate, standingBook, meters)
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
        guard Self.takePlace(.inbound, address, gate, standingBook, meters) == nil else {
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

    /// A place at the gate for a connection with an address that is not banned; or why there is
    /// none.
    private static func takePlace(
        _ direction: Direction, _ address: IPAddress, _ gate: NIOLockedValueBox<ConnectionGate>,
        _ standing: StandingBook, _ meters: NodeMeters
    ) -> ConnectionRefusal? {
        let ban = standing.use { $0.refusal(of: address, at: $1) }
        let refusal = gate.withLockedValue { gate -> ConnectionRefusal? in
            if let ban { return gate.note(ban) }
            return ConnectionRefusal.of { () throws(ConnectionRefusal) in
                try gate.begin(direction, address)
            }
        }
        if let refusal { meters.refused(refusal.label) }
        return refusal
    }

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
            channel: channel, id: id, direction: direction, context: connectionContext)
        let start = runtime.clock.now
        let info: ConnectionInfo
        do throws(ConnectionError) {
            guard let noise = handshakeMachine(direction, expecting: peer) else {
                await connection.close()
                throw ConnectionError.closedLocally
            }
            info = try await connection.upgrade(noise)
            gate.withLockedValue { $0.handshakeEnded(direction) }
            meters.handshakes[direction].recordNanoseconds(
                start.duration(to: runtime.clock.now).wholeNanoseconds)
        } catch {
            meters.failedHandshakes[direction].recordNanoseconds(
                start.duration(to: runtime.clock.now).wholeNanoseconds)
            gate.withLockedValue { gate in
                gate.handshakeEnded(direction)
                gate.end(address)
            }
            throw error
        }
        do throws(ConnectionError) {
            try admit(info, address)
        } catch {
            await connection.close()
            gate.withLockedValue { $0.end(address) }
            throw error
        }
        await register(connection, info, address)
        return info
    }

    private nonisolated func admit(
        _ info: ConnectionInfo, _ address: IPAddress
    ) throws(ConnectionError) {
        guard info.remotePeer != peerID else { throw .dialledSelf }
        let peer = info.remotePeer
        let standing = standingRefusal(of: peer, at: address)
        var refusal = gate.withLockedValue { gate -> ConnectionRefusal? in
            if let standing { return gate.note(standing) }
            return ConnectionRefusal.of { () throws(ConnectionRefusal) in try gate.admit(peer) }
        }
        if refusal == nil, let limit = resources.take(.connection(info.direction), for: peer) {
            refusal = gate.withLockedValue { gate -> ConnectionRefusal? in
                gate.release(peer)
                return gate.note(.limit(limit))
            }
        }
        if let refusal {
            meters.refused(refusal.label)
            throw .refused(refusal)
        }
        meters.connectionsOpened[info.direction].increment()
        meters.connections[info.direction].increment()
    }

    /// Why the standing book has no place for a peer or for where it comes from.
    private nonisolated func standingRefusal(
        of peer: PeerID, at address: IPAddress
    ) -> ConnectionRefusal? {
        standingBook.use { $0.refusal(of: peer, at: $1) ?? $0.refusal(of: address, at: $1) }
    }

    /// Gives back what an admitted connection has.
    private static func dismiss(
        _ info: ConnectionInfo, _ address: IPAddress, _ gate: NIOLockedValueBox<ConnectionGate>,
        _ resources: ResourceBook, _ meters: NodeMeters
    ) {
        gate.withLockedValue { gate in
            gate.release(info.remotePeer)
            gate.end(address)
        }
        resources.giveBack(.connection(info.direction), for: info.remotePeer)
        meters.connections[info.direction].decrement()
    }

    private nonisolated var connectionContext: ConnectionContext {
        ConnectionContext(
            limits: configuration.connectionLimits, muxing: configuration.muxing,
            handlers: handlers, handlerTasks: handlerTasks, rates: rates, resources: resources,
            meters: meters, report: { [weak self] in self?.report($0, by: $1) }, log: log)
    }

    /// Made where the connection lives: it costs the making of a key.
    private nonisolated func handshakeMachine(
        _ direction: Direction, expecting peer: PeerID?
    ) -> NoiseHandshakeMachine? {
        guard let noiseKey = noiseKey.withLockedValue({ $0 }) else { return nil }
        return NoiseHandshakeMachine(
            role: direction == .outbound ? .initiator : .responder, staticKey: noiseKey.key,
            ephemeralSeed: runtime.random.bytes(32), payload: noiseKey.payload, expectedPeer: peer,
            muxers: [UpgradeMachine.muxer])
    }

    private func register(
        _ connection: Connection, _ info: ConnectionInfo, _ address: IPAddress
    ) async {
        let remote = record(connection, info)
        // The books may outlive the node: a connection does not keep it alive.
        let isSupervised = connectionTasks.start(on: connection.executor) {
            [weak self, gate, resources, meters] in
            let reason = await connection.ended()
            Self.dismiss(info, address, gate, resources, meters)
            await self?.unregister(info, reason, await connection.traffic)
        }
        guard isSupervised else {
            await connection.close()
            Self.dismiss(info, address, gate, resources, meters)
            unregister(info, .closedLocally, Traffic())
            return
        }
        // A ban or a revocation may have come since the admission. Whoever bans or revokes looks at
        // what is recorded, so that one of the two finds the connection.
        guard standingRefusal(of: info.remotePeer, at: address) == nil,
            !isRevoked(info.remotePeer)
        else {
            return await connection.close()
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
        trimIfNeeded()
        return remote
    }

    private func unregister(
        _ info: ConnectionInfo, _ reason: ConnectionError, _ traffic: Traffic
    ) {
        endedTraffic = endedTraffic + traffic
        let isLast = peers[info.remotePeer]?.assumeIsolated { $0.remove(info) } ?? false
        hub.publish(.connectionClosed(info, reason))
        if isLast { hub.publish(.disconnected(info.remotePeer, reason)) }
    }
}
