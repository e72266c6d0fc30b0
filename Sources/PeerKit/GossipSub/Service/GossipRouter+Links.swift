import struct NIOCore.ByteBuffer

/// Peers as they come and go, and what is queued for them.
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
    func protocols(of peer: PeerID) -> [ProtocolID] {
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
        var frames = GossipSubCodec.frames(rpc, limit: limits.maximumRPCBytes)
        // An RPC with nothing in it is the hello of a node without topics.
        if frames.isEmpty { frames = [GossipSubCodec.frame([])] }
        for frame in frames where !link.queue.pushControl(frame) {
            return loseStream(to: peer, "control waits in vain")
        }
        startSending(to: peer)
    }

    func sendGossip(_ rpc: GossipRPC, to peer: PeerID) {
        for frame in GossipSubCodec.frames(rpc, limit: limits.maximumRPCBytes) {
            pushData(frame, nil, to: peer)
        }
    }

    /// Encodes once for all who get it.
    func send(_ message: PubSubMessage, _ id: MessageID, to peers: [PeerID]) {
        var rpc = GossipRPC()
        rpc.messages = [message]
        for frame in GossipSubCodec.frames(rpc, limit: limits.maximumRPCBytes) {
            for peer in peers { pushData(frame, id, to: peer) }
        }
    }

    private func pushData(_ frame: ByteBuffer, _ id: MessageID?, to peer: PeerID) {
        guard let link = links[peer], link.retryAt == nil else { return }
        link.queue.pushData(frame, id: id)
        startSending(to: peer)
    }

    // MARK: Losing and regaining

    func streamFailed(_ error: any Error, to peer: PeerID) {
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
    func watch(
        _ stream: PeerStream, to peer: PeerID, _ generation: UInt64
    ) async {
        var failure: any Error = StreamError.reset
        do {
            _ = try await stream.read(upTo: 1)
        } catch .connectionClosed, .cancelled {
            // What follows from that is told by an event, or is under way.
            return
        } catch {
            failure = error
        }
        guard links[peer]?.generation == generation else { return }
        streamFailed(failure, to: peer)
    }

    /// Gives the outbound stream up; it is opened anew after a pause that grows with each failure.
    func loseStream(to peer: PeerID, _ reason: String) {
        guard let link = links[peer], link.retryAt == nil else { return }
        log.debug("gossipsub stream lost", metadata: ["remote": "\(peer)", "reason": "\(reason)"])
        let stream = link.outbound
        link.fail(at: now, nextGeneration: nextNumber())
        if let stream {
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
