import struct NIOCore.ByteBuffer

/// Serving inbound streams, and what is done with the messages on them.
extension GossipRouter {
    /// Reads RPCs from a peer's stream until it ends. Runs on the stream's executor.
    ///
    /// Decoding and checking of signatures happen here, so that a flooder keeps his own connection
    /// busy and not the router.
    nonisolated func serve(_ stream: PeerStream) async throws {
        let peer = stream.remotePeer
        guard let session = await inboundOpened(stream) else { return }
        do {
            while let bytes = try await stream.readMessage(limit: limits.maximumRPCBytes) {
                let rpc = try GossipSubCodec.decode(bytes)
                let inspections = await receive(rpc, from: peer, session)
                guard !inspections.isEmpty else { continue }
                await verified(try await inspect(inspections))
            }
        } catch {
            await inboundFailed(error, from: peer, stream.protocolID, session)
            throw error
        }
        await inboundClosed(peer, session)
    }

    /// Many signatures are checked where they hold up nobody, a few at once where we are.
    private nonisolated func inspect(
        _ inspections: [Inspection]
    ) async throws -> [(ticket: UInt64, fault: MessageFault?)] {
        let verifier = configuration.verifier
        let policy = configuration.signing
        let check: @Sendable () -> [(ticket: UInt64, fault: MessageFault?)] = {
            inspections.map { ($0.ticket, verifier.fault(of: $0.message, under: policy)) }
        }
        guard inspections.count > 8 else { return check() }
        return try await runtime.executors.compute(check)
    }

    private func inboundOpened(_ stream: PeerStream) -> UInt64? {
        let peer = stream.remotePeer
        guard !isStopped, node != nil else { return nil }
        if links[peer] == nil { addLink(peer, GossipSubVersion(stream.protocolID) ?? .floodsub) }
        guard let link = links[peer] else { return nil }
        let session = nextNumber()
        if let (_, old) = link.inbound {
            // A peer has one stream to us; the new one begins with all its topics.
            machine.streamOpened(by: peer)
            tasks.start(on: executor) { await old.reset() }
        }
        links[peer]?.inbound = (session, stream)
        return session
    }

    private func inboundClosed(_ peer: PeerID, _ session: UInt64) {
        guard links[peer]?.inbound?.session == session else { return }
        links[peer]?.inbound = nil
    }

    private func inboundFailed(
        _ error: any Error, from peer: PeerID, _ protocolID: ProtocolID, _ session: UInt64
    ) {
        inboundClosed(peer, session)
        let detail: String
        switch error {
        case let error as GossipSubCodecError: detail = "\(error)"
        case StreamError.messageTooLong(let length, let limit):
            detail = "an RPC of \(length) bytes, allowed are \(limit)"
        default: return
        }
        node?.report(PeerFault(.protocolViolation, in: protocolID, detail), by: peer)
    }

    private func receive(_ rpc: GossipRPC, from peer: PeerID, _ session: UInt64) -> [Inspection] {
        guard links[peer]?.inbound?.session == session else { return [] }
        machine.receive(rpc, from: peer, at: now, using: &generator)
        return perform()
    }

    private func verified(_ results: [(ticket: UInt64, fault: MessageFault?)]) {
        for (ticket, fault) in results { machine.verified(ticket, fault, at: now) }
        perform()
    }

    // MARK: Validation

    func validate(_ ticket: UInt64, _ message: ReceivedMessage) {
        guard let channel = machine.topics[message.topic],
            channel.assumeIsolated({ $0.validator }) != nil
        else { return machine.validated(ticket, .accept, at: now) }
        let now = now
        let isQueued = channel.assumeIsolated { channel in
            channel.validate(ticket, message, at: now) { [weak self] ticket, verdict in
                await self?.validated(ticket, verdict)
            }
        }
        if !isQueued { machine.validated(ticket, .ignore, at: now) }
    }

    private func validated(_ ticket: UInt64, _ verdict: Validation) {
        machine.validated(ticket, verdict, at: now)
        perform()
    }

    func expireValidations(at now: Instant) {
        for channel in machine.topics.channels.values {
            for ticket in channel.assumeIsolated({ $0.expireValidations(at: now) }) {
                machine.validated(ticket, .ignore, at: now)
            }
        }
        perform()
    }
}
