import struct NIOCore.ByteBuffer

/// Answering others (kad-dht spec, "RPC messages").
extension Kademlia {
    /// Serves one stream of a peer: one request after the other until it ends or idles.
    ///
    /// Runs on the connection's executor; only the answers are found on the home executor.
    nonisolated func serve(_ stream: PeerStream) async throws {
        let peer = stream.remotePeer
        try await openStream(of: peer)
        do {
            try await answerAll(on: stream)
            await closeStream(of: peer)
        } catch {
            await closeStream(of: peer)
            await judge(error, of: peer)
            throw error
        }
    }

    private nonisolated func answerAll(on stream: PeerStream) async throws {
        let limits = configuration.limits
        let address = stream.connection.remoteAddress.ipAddress
        let executor = stream.owner.executor
        while true {
            await stream.setDeadline(executor.now.advanced(by: limits.streamIdleTimeout))
            guard
                let bytes = try await stream.readMessage(
                    limit: KademliaLimits.maximumRequestBytes)
            else { return }
            let request = try KademliaCodec.decode(bytes)
            let answer = try await answer(request, to: stream.remotePeer, at: address)
            guard let answer else { continue }
            await stream.setDeadline(executor.now.advanced(by: limits.messageTimeout))
            try await stream.writeMessage(KademliaCodec.encode(answer))
        }
    }

    /// What a request is refused for.
    enum Refusal: Error {
        /// The peer's fault.
        case fault(PeerFault.Kind, String)
        /// A limit of this node.
        case limit(String, value: Int)
    }

    private func openStream(of peer: PeerID) throws {
        guard let now = node?.runtime.clock.now, let refused = parts?.serving.open(peer, at: now)
        else { return }
        refuse(.excess, "more streams than \(refused.limit) (\(refused.value))", by: peer)
        throw Refusal.limit(refused.limit, value: refused.value)
    }

    private func closeStream(of peer: PeerID) {
        guard let now = node?.runtime.clock.now else { return }
        parts?.serving.close(peer, at: now)
    }

    /// Reports what a peer has done wrong; silence and breaks of streams are no faults.
    private func judge(_ error: any Error, of peer: PeerID) {
        switch error {
        case Refusal.fault(let kind, let detail):
            refuse(kind, detail, by: peer)
        case let error as KademliaCodecError:
            refuse(.protocolViolation, error.description, by: peer)
        case StreamError.messageTooLong(let length, let limit):
            refuse(
                .protocolViolation, "a request of \(length) bytes, allowed are \(limit)", by: peer)
        default: break
        }
    }

    private func refuse(_ kind: PeerFault.Kind, _ detail: String, by peer: PeerID) {
        counts.refused += 1
        parts?.meters.refused.increment()
        accuse(kind, detail, by: peer)
    }

    // MARK: Answers

    /// The answer to a request; `nil` where the protocol has none.
    func answer(
        _ request: KademliaMessage, to peer: PeerID, at address: IPAddress?
    ) throws -> KademliaMessage? {
        guard let node, parts != nil else { throw KademliaError.notRunning }
        let now = node.runtime.clock.now
        guard parts?.serving.request(peer, at: now) == true else {
            throw Refusal.fault(.excess, "requests beyond the rate allowed")
        }
        counts.served += 1
        parts?.meters.served[request.kind]?.increment()
        guard request.kind == .ping || !request.key.isEmpty else {
            throw Refusal.fault(.protocolViolation, "a request without a key")
        }
        var answer = KademliaMessage(kind: request.kind, key: request.key)
        switch request.kind {
        case .ping:
            break
        case .findNode:
            answer.closerPeers = findNode(request.key, for: peer, at: address)
        case .getValue:
            if let entry = parts?.holdings.records.entry(for: request.key, at: now) {
                answer.record = KademliaMessage.Record(
                    key: entry.key, value: entry.value,
                    timeReceived: RFC3339.text(unixNanoseconds: entry.received))
            }
            answer.closerPeers = closerPeers(to: request.key, for: peer, at: address)
        case .getProviders:
            answer.providerPeers = sensible(
                parts?.holdings.providers.providers(of: request.key, at: now) ?? [], at: address)
            answer.closerPeers = closerPeers(to: request.key, for: peer, at: address)
        case .putValue:
            answer.record = try putValue(request, by: peer)
        case .addProvider:
            try addProvider(request, by: peer, at: address)
            return nil
        }
        return answer
    }

    private func closerPeers(
        to key: [UInt8], for peer: PeerID, at address: IPAddress?
    ) -> [KademliaPeer] {
        guard let parts else { return [] }
        let found = parts.table.closestPeers(
            to: KademliaKey(hashing: key), count: configuration.bucketSize, excluding: peer)
        return sensible(found, at: address)
    }

    private func sensible(_ peers: [KademliaPeer], at address: IPAddress?) -> [KademliaPeer] {
        peers.map { peer in
            KademliaPeer(
                id: peer.id, addresses: peer.addresses.filter { $0.makesSense(with: address) })
        }
    }

    /// The nearest to a peer, that peer itself included if it is known. Who asks for this node's own
    /// ID gets this node alone: so go-libp2p finds out whether a peer answers at all.
    private func findNode(
        _ key: [UInt8], for peer: PeerID, at address: IPAddress?
    ) -> [KademliaPeer] {
        guard let node, let wanted = try? PeerID(bytes: key) else {
            return closerPeers(to: key, for: peer, at: address)
        }
        if wanted == node.peerID { return sensible([node.view.ownEntry], at: address) }
        var found = closerPeers(to: key, for: peer, at: address)
        guard wanted != peer, found.first?.id != wanted else { return found }
        guard node.view.isConnected(to: wanted) else { return found }
        let addresses = node.view.addresses(of: wanted)
        if !addresses.isEmpty {
            let entry = KademliaPeer(id: wanted, addresses: addresses)
            found.insert(contentsOf: sensible([entry], at: address), at: 0)
        }
        return found
    }

    private func putValue(
        _ request: KademliaMessage, by peer: PeerID
    ) throws -> KademliaMessage.Record {
        guard let record = request.record, record.key == request.key else {
            throw Refusal.fault(.protocolViolation, "PUT_VALUE with another key in its record")
        }
        let verdict = offer(record.value, for: record.key)
        switch verdict {
        case .stored, .held:
            return record
        case .superseded(let held):
            accuse(.replay, "an old value put again", by: peer)
            // What is held is the answer, so that the peer learns of it; it tells by the value that
            // its own was not taken.
            return KademliaMessage.Record(key: record.key, value: held)
        case .equivocation(_, let held):
            return KademliaMessage.Record(key: record.key, value: held)
        case .invalid(.unknownNamespace(let name)):
            throw Refusal.limit("kademlia.validators without \"\(name)\"", value: 0)
        case .invalid(let error):
            throw Refusal.fault(.invalidContent, "PUT_VALUE: \(error)")
        case .full:
            throw Refusal.limit(
                "kademlia.maximumRecords", value: configuration.limits.maximumRecords)
        }
    }

    /// Offers a value to the store, and reports an author that has signed two.
    func offer(_ value: [UInt8], for key: [UInt8]) -> Holdings.Verdict {
        guard let clock else { return .full }
        let verdict =
            parts?.holdings.offer(
                value, for: key, lifetime: configuration.recordLifetime, clock) ?? .full
        if case .equivocation(let author, _) = verdict { reportEquivocation(by: author) }
        holdingsChanged()
        return verdict
    }

    func reportEquivocation(by author: PeerID) {
        accuse(.equivocation, "two different values signed with one sequence number", by: author)
    }

    /// Only what a peer says of itself counts.
    private func addProvider(
        _ request: KademliaMessage, by peer: PeerID, at address: IPAddress?
    ) throws {
        guard request.key.count <= MultiformatsLimits.maximumDigestByteCount + 3 else {
            throw Refusal.fault(.protocolViolation, "ADD_PROVIDER with a key that is no multihash")
        }
        guard let clock, let claim = request.providerPeers.first(where: { $0.id == peer }) else {
            throw Refusal.fault(.falseClaim, "ADD_PROVIDER in another peer's name")
        }
        let addresses = claim.addresses.filter { $0.makesSense(with: address) }
        guard !addresses.isEmpty else { return }
        _ = parts?.holdings.addProvider(
            KademliaPeer(id: peer, addresses: addresses), of: request.key,
            lifetime: configuration.providerLifetime, clock)
        holdingsChanged()
    }
}
