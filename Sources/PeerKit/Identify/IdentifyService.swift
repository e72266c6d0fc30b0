import struct NIOCore.ByteBuffer

/// `/ipfs/id/1.0.0` and `/ipfs/id/push/1.0.0`: peers tell each other who they are, where they
/// listen and what they speak.
struct IdentifyService: PeerService {
    static let protocolID: ProtocolID = "/ipfs/id/1.0.0"
    static let pushProtocolID: ProtocolID = "/ipfs/id/push/1.0.0"

    let name = "identify"

    func attach(to node: PeerNode) async throws {
        await node.handle(Self.protocolID) { [weak node] stream in
            guard let node else { return }
            try await Self.tell(stream, of: node)
        }
        await node.handle(Self.pushProtocolID) { [weak node] stream in
            guard let node else { return }
            await stream.setDeadline(node.runtime.clock.now.advanced(by: IdentifyLimits.timeout))
            do {
                let info = try await Self.listen(stream)
                await node.identified(stream.remotePeer, info, over: stream.connection)
            } catch {
                Self.report(error, by: stream.remotePeer, in: Self.pushProtocolID, to: node)
                throw error
            }
        }
    }

    /// Asks the peer at the other end of a new connection.
    static func identify(
        _ connection: Connection, of remote: RemotePeer, on node: PeerNode
    ) async {
        do {
            // Every libp2p peer serves identify, so the negotiation need not be waited for.
            let stream = try await connection.openStream([protocolID], isKnown: true)
            await stream.setDeadline(node.runtime.clock.now.advanced(by: IdentifyLimits.timeout))
            await stream.closeWrite()
            let info = try await listen(stream)
            await stream.close()
            await node.identified(remote.id, info, over: stream.connection)
        } catch {
            report(error, by: remote.id, in: protocolID, to: node)
            node.log.debug(
                "identify failed", metadata: ["remote": "\(remote.id)", "error": "\(error)"])
        }
    }

    /// Tells every connected peer anew, some at a time, so that a slow one holds up few.
    static func push(from node: PeerNode) async {
        var waiting = await node.connectedPeers[...]
        await withTaskGroup { group in
            for peer in waiting.prefix(IdentifyLimits.maximumPushes) {
                group.addTask { await push(to: peer, from: node) }
            }
            waiting = waiting.dropFirst(IdentifyLimits.maximumPushes)
            while await group.next() != nil {
                guard let peer = waiting.popFirst() else { continue }
                group.addTask { await push(to: peer, from: node) }
            }
        }
    }

    private static func push(to peer: PeerID, from node: PeerNode) async {
        guard let remote = await node.peers[peer],
            await remote.identity?.protocols.contains(pushProtocolID) ?? false,
            let connection = await remote.preferredConnection(),
            let stream = try? await connection.openStream([pushProtocolID], isKnown: true)
        else { return }
        await stream.setDeadline(node.runtime.clock.now.advanced(by: IdentifyLimits.timeout))
        try? await tell(stream, of: node)
        await stream.close()
    }

    /// What a failed exchange says of the peer.
    private static func report(
        _ error: any Error, by peer: PeerID, in protocolID: ProtocolID, to node: PeerNode
    ) {
        let kind: PeerFault.Kind
        switch error {
        case IdentifyError.foreignKey, IdentifyError.badRecord: kind = .falseClaim
        case is IdentifyError, StreamError.messageTooLong: kind = .protocolViolation
        case StreamError.deadlineExceeded: kind = .unresponsive
        default: return
        }
        node.report(PeerFault(kind, in: protocolID, "\(error)"), by: peer)
    }

    private static func tell(_ stream: PeerStream, of node: PeerNode) async throws {
        let (info, record) = try await node.selfDescription(for: stream.connection)
        // go-libp2p reads up to the end of the stream: without it its dial would hang.
        try await stream.writeMessage(
            IdentifyCodec.encode(
                publicKey: node.identity.publicKey, info: info, signedRecord: record))
        await stream.closeWrite()
    }

    private static func listen(_ stream: PeerStream) async throws -> IdentifyInfo {
        let bytes = try await stream.readToEnd(limit: IdentifyLimits.maximumBytes)
        return try IdentifyCodec.decode(bytes, from: stream.remotePeer)
    }
}

extension PeerNode {
    /// What this node says of itself over one connection, and its signed record.
    func selfDescription(for connection: ConnectionInfo) async throws -> (IdentifyInfo, [UInt8]) {
        let (record, envelope) = try await ownRecord()
        let info = IdentifyInfo(
            protocolVersion: configuration.protocolVersion,
            agentVersion: configuration.agentVersion, listenAddresses: record.addresses,
            protocols: handlers.protocols, observedAddress: connection.remoteAddress,
            record: record,
            signedRecord: envelope)
        return (info, envelope)
    }

    /// A peer has told who it is.
    func identified(_ peer: PeerID, _ info: IdentifyInfo, over connection: ConnectionInfo) {
        // A peer that has gone meanwhile is not remembered anew for this.
        guard let remote = peers[peer] else { return }
        remote.assumeIsolated { $0.setIdentity(info) }
        hub.publish(.identified(peer, info))
        if let address = info.observedAddress { observed(address, by: peer, over: connection) }
    }

    /// Tells every connected peer what has changed, soon and once for all changes until then.
    func scheduleIdentifyPush() {
        guard case .running = state, !isPushScheduled else { return }
        isPushScheduled = connectionTasks.start(on: runtime.executors.home) {
            [weak self, runtime] in
            try? await runtime.sleep(for: IdentifyLimits.pushDelay)
            await self?.push()
        }
    }

    private func push() async {
        isPushScheduled = false
        await IdentifyService.push(from: self)
    }
}
