/// Finding peers (kad-dht spec, "Peer routing").
extension Kademlia {
    /// Finds where a peer is.
    ///
    /// Ends as soon as a connection with it stands. If it cannot be reached, what others say of it
    /// is returned with ``FoundPeer/isReached`` false.
    ///
    /// - Throws: ``KademliaError/notFound(_:)`` when nobody who was asked knows it.
    public func findPeer(_ id: PeerID) async throws -> FoundPeer {
        let node = try running()
        if id == node.peerID {
            return FoundPeer(
                id: id, addresses: node.view.ownEntry.addresses, isReached: true, report: .init())
        }
        if node.view.isConnected(to: id) {
            return FoundPeer(
                id: id, addresses: node.view.addresses(of: id), isReached: true, report: .init())
        }
        let machine = LookupMachine(
            target: KademliaKey(id), wanted: id, local: node.peerID,
            parameters: configuration.lookup)
        let request = KademliaMessage(kind: .findNode, key: id.bytes)
        // Connecting is what counts: a peer in client mode answers nothing.
        let (found, report) = try await search(machine, request) { _, _, machine in
            if node.view.isConnected(to: id) { machine.finish(at: id) }
        }
        let isReached = node.view.isConnected(to: id)
        let told = found.heard(of: id)?.addresses ?? []
        // Of a peer that has just dialled in nothing may be known but what others say.
        let seen = isReached ? node.view.addresses(of: id) : []
        let known = seen.isEmpty ? told : seen
        guard isReached || !known.isEmpty else { throw KademliaError.notFound(report) }
        return FoundPeer(id: id, addresses: known, isReached: isReached, report: report)
    }

    /// Finds the k peers nearest to a key: to what is hashed to get there, that is, such as a peer's
    /// binary ID, a record's key or a content's multihash.
    public func closestPeers(to key: [UInt8]) async throws -> ClosestPeers {
        try check(key)
        return try await closest(to: key, configuration.lookup).result
    }

    func closest(
        to key: [UInt8], _ parameters: LookupMachine.Parameters
    ) async throws -> (result: ClosestPeers, machine: LookupMachine) {
        let node = try running()
        let machine = LookupMachine(
            target: KademliaKey(hashing: key), local: node.peerID, parameters: parameters)
        let request = KademliaMessage(kind: .findNode, key: key)
        let (found, report) = try await search(machine, request) { _, _, _ in }
        return (ClosestPeers(peers: found.closest.map { current($0, node) }, report: report), found)
    }

    /// A peer with the addresses that this node itself has seen it at, if it has.
    private func current(_ peer: KademliaPeer, _ node: PeerNode) -> KademliaPeer {
        guard node.view.isConnected(to: peer.id) else { return peer }
        let known = node.view.addresses(of: peer.id)
        return known.isEmpty ? peer : KademliaPeer(id: peer.id, addresses: known)
    }

    /// The node, if it runs and there is anything to do with it.
    func running() throws -> PeerNode {
        guard let node, parts != nil else { throw KademliaError.notRunning }
        return node
    }

    func check(_ key: [UInt8]) throws(KademliaError) {
        guard (1...KademliaLimits.maximumKeyBytes).contains(key.count) else {
            throw .invalidKey(byteCount: key.count)
        }
    }

    // MARK: The search

    /// Makes the requests that a machine wants, until it has finished.
    ///
    /// - Parameter observe: Told of every event after the machine: an answer, or `nil` for a failure.
    ///   May finish the machine.
    func search(
        _ machine: LookupMachine, _ request: KademliaMessage,
        observe: (PeerID, KademliaMessage?, inout LookupMachine) -> Void
    ) async throws -> (LookupMachine, LookupReport) {
        guard let client = parts?.client, let node else { throw KademliaError.notRunning }
        let limit = configuration.limits.maximumLookups
        guard lookups < limit else {
            throw KademliaError.limit("kademlia.maximumLookups", value: limit)
        }
        lookups += 1
        defer { lookups -= 1 }
        let key = KademliaKey(hashing: request.key)
        let seeds = parts?.table.closestPeers(to: key, count: configuration.bucketSize)
        guard let seeds, !seeds.isEmpty else { throw KademliaError.noPeers }
        let start = node.runtime.clock.now
        var machine = machine
        machine.start(from: seeds)
        await withTaskGroup(
            of: (peer: PeerID, result: Result<KademliaMessage, RequestError>).self
        ) { group in
            while !Task.isCancelled {
                for query in machine.next() {
                    group.addTask {
                        (query.peer.id, await client.ask(request, of: query.peer))
                    }
                }
                guard !machine.isFinished, let event = await group.next() else { break }
                take(event.peer, event.result, &machine, observe)
            }
            group.cancelAll()
        }
        guard !Task.isCancelled else { throw KademliaError.cancelled }
        let report = machine.report(after: start.duration(to: node.runtime.clock.now))
        finished(report, key, at: node.runtime.clock.now)
        return (machine, report)
    }

    private func take(
        _ peer: PeerID, _ result: Result<KademliaMessage, RequestError>,
        _ machine: inout LookupMachine,
        _ observe: (PeerID, KademliaMessage?, inout LookupMachine) -> Void
    ) {
        switch result {
        case .success(let answer):
            answered(peer)
            machine.answered(by: peer, closer: believable(answer.closerPeers, from: peer))
            observe(peer, answer, &machine)
        case .failure(let error):
            failed(peer, error)
            if error == .impostor, let teller = machine.teller(of: peer) {
                accuse(.falseClaim, "named \(peer) where another peer is", by: teller)
            }
            machine.failed(peer, error.reason)
            // A peer that was reached all the same may be the one that is looked for.
            if [.unsupported, .noAnswer, .timedOut].contains(error) {
                observe(peer, nil, &machine)
            }
        }
    }

    /// What a peer says of others, without addresses that it cannot know.
    func believable(_ peers: [KademliaPeer], from teller: PeerID) -> [KademliaPeer] {
        let remote = node?.view.remoteAddress(of: teller)
        return peers.map { peer in
            KademliaPeer(
                id: peer.id, addresses: peer.addresses.filter { $0.makesSense(with: remote) })
        }
    }

    private func finished(_ report: LookupReport, _ key: KademliaKey, at now: Instant) {
        guard let parts else { return }
        counts.lookups += 1
        parts.meters.lookups.increment()
        parts.meters.lookupTime.recordNanoseconds(report.duration.wholeNanoseconds)
        parts.meters.lookupQueries.record(report.queried)
        parts.table.markRefreshed(key, at: now)
        plan(.closeIdle, in: configuration.limits.idleStreamLifetime)
    }
}
