import struct NIOCore.ByteBuffer

/// Peers as they come and go, and sending to them.
extension GossipRouter {
    // MARK: Who is there

    nonisolated func listen(to events: AsyncStream<PeerEvent>) async {
        for await event in events {
            switch event {
            case .identified(let peer, _): await consider(peer)
            case .disconnected(let peer, _): await removeLink(peer)
            case .connectionOpened(let info), .connectionClosed(let info, _):
                await connectionsChanged(of: info.remotePeer)
            case .connected, .discovered, .listening, .standingChanged, .observedAddressesChanged:
                break
            }
        }
    }

    /// Makes links and connections agree.
    func reconcile() {
        guard let node else { return }
        let connected = node.assumeIsolated { $0.connectedPeers }
        for peer in connected where links[peer] == nil { consider(peer) }
        let standing = Set(connected)
        for peer in links.keys.sorted() where !standing.contains(peer) { removeLink(peer) }
    }

    func isConnected(to peer: PeerID) -> Bool {
        node?.assumeIsolated { $0.isConnected(to: peer) } ?? false
    }

    /// What a peer has told that it speaks.
    private func protocols(of peer: PeerID) -> [ProtocolID] {
        node?.assumeIsolated { $0.identity(of: peer)?.protocols } ?? []
    }

    /// A peer has told what it speaks.
    func consider(_ peer: PeerID) {
        let version = GossipSubVersion.best(of: configuration.versions, in: protocols(of: peer))
        guard let version else { return }
        if links[peer] == nil { addLink(peer, version) }
    }

    /// Begins with a peer that speaks one of our protocols.
    func addLink(_ peer: PeerID, _ version: GossipSubVersion) {
        guard let node, !isStopped,
            case let connections = node.assumeIsolated({ $0.connections(with: peer) }),
            !connections.isEmpty
        else { return }
        links[peer] = PeerLink(generation: nextNumber(), limits: limits)
        machine.addPeer(
            peer, version, isOutbound: connections.contains { $0.direction == .outbound },
            addresses: connections.compactMap(\.remoteAddress.ipAddress), at: now)
        perform()
    }

    private func connectionsChanged(of peer: PeerID) {
        guard let node, links[peer] != nil else { return }
        let connections = node.assumeIsolated { $0.connections(with: peer) }
        guard !connections.isEmpty else { return }
        machine.setConnections(
            of: peer, isOutbound: connections.contains { $0.direction == .outbound },
            addresses: connections.compactMap(\.remoteAddress.ipAddress), at: now)
    }

    func removeLink(_ peer: PeerID) {
        // It may have connected again before the event was read.
        guard !isConnected(to: peer) else { return }
        guard let link = links.removeValue(forKey: peer) else { return }
        endedLinksDropped += link.queue.droppedCount
        machine.removePeer(peer, at: now)
        perform()
    }

    // MARK: Queueing

    func sendControl(_ rpc: GossipRPC, to peer: PeerID) {
        // A stream that is opened anew begins with the hello, not with what was lost before.
        guard let link = links[peer], link.retryAt == nil else { return }
        let rpc = withSignedRecords(rpc)
        var frames = GossipSubCodec.encode(rpc, limit: limits.maximumRPCBytes)
        // An RPC with nothing in it is the hello of a node without topics.
        if frames.isEmpty { frames = [[]] }
        for frame in frames where links[peer]?.queue.pushControl(frame) == false {
            return loseStream(to: peer, "control waits in vain")
        }
        startSending(to: peer)
    }

    func sendGossip(_ rpc: GossipRPC, to peer: PeerID) {
        for frame in GossipSubCodec.encode(rpc, limit: limits.maximumRPCBytes) {
            pushData(frame, nil, to: peer)
        }
    }

    /// Encodes once for all who get it.
    func send(_ message: PubSubMessage, _ id: MessageID, to peers: [PeerID]) {
        var rpc = GossipRPC()
        rpc.messages = [message]
        for frame in GossipSubCodec.encode(rpc, limit: limits.maximumRPCBytes) {
            for peer in peers { pushData(frame, id, to: peer) }
        }
    }

    private func pushData(_ frame: [UInt8], _ id: MessageID?, to peer: PeerID) {
        guard let link = links[peer], link.retryAt == nil else { return }
        links[peer]?.queue.pushData(frame, id: id)
        startSending(to: peer)
    }

    // MARK: Sending

    /// One task sends to a peer at a time, and only while something waits: an idle peer costs none.
    private func startSending(to peer: PeerID) {
        guard let link = links[peer], !link.isSending, link.retryAt == nil else { return }
        links[peer]?.isSending = true
        let generation = link.generation
        tasks.start(on: executor) { [weak self] in await self?.send(to: peer, generation) }
    }

    private func send(to peer: PeerID, _ generation: UInt64) async {
        do {
            let stream = try await outboundStream(to: peer, generation)
            while let bytes = nextBytes(for: peer, generation) { try await stream.write(bytes) }
        } catch {
            guard links[peer]?.generation == generation else { return }
            streamFailed(error, to: peer)
        }
    }

    private func streamFailed(_ error: any Error, to peer: PeerID) {
        if case StreamError.unsupported? = error as? StreamError {
            links[peer]?.queue.removeAll()
            links[peer] = nil
            machine.removePeer(peer, at: now)
            perform()
        } else {
            loseStream(to: peer, "\(error)")
        }
    }

    /// Notices the end of our stream to a peer when it comes, not when something is next written.
    ///
    /// Nothing is ever written to us on it, so whatever is read, its end included, says that nobody
    /// listens at the other side any more: go-libp2p takes it so too.
    private func watch(_ stream: PeerStream, to peer: PeerID, _ session: UInt64) async {
        var failure: any Error = StreamError.reset
        do {
            _ = try await stream.read(upTo: 1)
        } catch .connectionClosed, .cancelled {
            // What follows from that is told by an event, or is under way.
            return
        } catch {
            failure = error
        }
        guard links[peer]?.outbound?.session == session else { return }
        streamFailed(failure, to: peer)
    }

    /// What waits, several frames in one write.
    private func nextBytes(for peer: PeerID, _ generation: UInt64) -> ByteBuffer? {
        guard links[peer]?.generation == generation, links[peer]?.isSending ?? false else {
            return nil
        }
        let frames = links[peer]?.queue.next(upTo: 64 << 10) ?? []
        guard !frames.isEmpty else {
            links[peer]?.isSending = false
            links[peer]?.writingSince = nil
            return nil
        }
        links[peer]?.writingSince = now
        var bytes = ByteBuffer()
        bytes.reserveCapacity(frames.reduce(0) { $0 + $1.count + 4 })
        for frame in frames {
            bytes.writeVarInt(UInt64(frame.count))
            bytes.writeBytes(frame)
        }
        return bytes
    }

    private func outboundStream(
        to peer: PeerID, _ generation: UInt64
    ) async throws -> PeerStream {
        if let (_, stream) = links[peer]?.outbound { return stream }
        guard let node, isConnected(to: peer) else { throw StreamError.cancelled }
        let mine = configuration.versions.sorted(by: >)
        let known = protocols(of: peer)
        // With one name the stream opens without waiting for the answer.
        let best = GossipSubVersion.best(of: mine, in: known)
        let stream = try await node.newStream(
            to: peer, protocols: (best.map { [$0] } ?? mine).map(\.protocolID))
        guard links[peer]?.generation == generation, !isStopped else {
            await stream.reset()
            throw StreamError.cancelled
        }
        let session = nextNumber()
        links[peer]?.outbound = (session, stream)
        links[peer]?.openedAt = now
        tasks.start(on: executor) { [weak self] in await self?.watch(stream, to: peer, session) }
        if let version = GossipSubVersion(stream.protocolID) {
            machine.setVersion(version, of: peer)
        }
        return stream
    }

    /// Gives the outbound stream up; it is opened anew after a pause that grows with each failure.
    private func loseStream(to peer: PeerID, _ reason: String) {
        guard let link = links[peer], link.retryAt == nil else { return }
        log.debug("gossipsub stream lost", metadata: ["remote": "\(peer)", "reason": "\(reason)"])
        links[peer]?.fail(at: now)
        if let (_, stream) = link.outbound {
            tasks.start(on: executor) { await stream.reset() }
        }
        machine.streamLost(peer, at: now)
        perform()
    }

    /// Opens streams anew whose pause is over, and gives up those that take nothing.
    func reviveLinks(at now: Instant) {
        var stuck: [PeerID] = []
        var revived: [PeerID] = []
        for (peer, link) in links {
            if let since = link.writingSince, since.duration(to: now) > limits.writeTimeout {
                stuck.append(peer)
            } else if let retryAt = link.retryAt, retryAt <= now {
                revived.append(peer)
            }
        }
        for peer in stuck.sorted() {
            let version = machine.peers[peer]?.version ?? .meshsub11
            node?.report(
                PeerFault(.unresponsive, in: version.protocolID, "reads nothing"), by: peer)
            loseStream(to: peer, "the peer reads nothing")
        }
        for peer in revived.sorted() {
            links[peer]?.retryAt = nil
            machine.streamRestored(peer)
        }
        if !revived.isEmpty { perform() }
    }
}
