import Collections

/// Saying and finding out who has a content (kad-dht spec, "Content provider advertisement and
/// discovery").
extension Kademlia {
    /// Tells the k peers nearest to a content that this node has it, and tells them again from time
    /// to time, until ``withdraw(_:)``.
    ///
    /// The key is the CID's multihash, as go-libp2p has it, so all CIDs of one hash are one content.
    public func provide(_ cid: CID) async throws -> ProvideOutcome {
        let key = cid.multihash.bytes
        try check(key)
        let outcome = try await announce(key)
        publish(key, .provided, after: configuration.providerInterval)
        return outcome
    }

    /// Provides a content no more; others forget it when its time is over.
    public func withdraw(_ cid: CID) {
        parts?.holdings.withdraw(Publications.Name(isValue: false, key: cid.multihash.bytes))
        holdingsChanged()
    }

    /// Finds peers that say they have a content.
    ///
    /// - Parameter limit: Ends as soon as so many are known.
    /// - Returns: Whoever was found; nobody is no error.
    public func findProviders(of cid: CID, limit: Int = 20) async throws -> FoundProviders {
        let key = cid.multihash.bytes
        try check(key)
        let node = try running()
        let limit = max(1, limit)
        var found: OrderedDictionary<PeerID, KademliaPeer> = [:]
        func add(_ providers: [KademliaPeer]) {
            for provider in providers where found.count < limit {
                let known = found[provider.id]?.addresses ?? []
                let new = provider.addresses.filter { !known.contains($0) }
                let all = (known + new).prefix(KademliaLimits.maximumAddressesPerPeer)
                found[provider.id] = KademliaPeer(id: provider.id, addresses: Array(all))
            }
        }
        add(parts?.holdings.providers.providers(of: key, at: node.runtime.clock.now) ?? [])
        if found.count >= limit {
            return FoundProviders(providers: Array(found.values), report: .init())
        }
        let machine = LookupMachine(
            target: KademliaKey(hashing: key), local: node.peerID,
            parameters: configuration.lookup)
        let request = KademliaMessage(kind: .getProviders, key: key)
        do {
            let (_, report) = try await search(machine, request) { peer, answer, machine in
                guard let answer else { return }
                add(believable(answer.providerPeers, from: peer))
                if found.count >= limit { machine.finish(at: peer) }
            }
            return FoundProviders(providers: Array(found.values), report: report)
        } catch KademliaError.noPeers where !found.isEmpty {
            return FoundProviders(providers: Array(found.values), report: .init())
        }
    }

    /// Finds the nearest to a content and tells them of this node.
    func announce(_ key: [UInt8]) async throws -> ProvideOutcome {
        let node = try running()
        let own = node.view.ownEntry
        if let clock {
            _ = parts?.holdings.addProvider(
                own, of: key, lifetime: configuration.providerLifetime, clock)
            holdingsChanged()
        }
        let found = try await closest(to: key, configuration.lookup).result
        guard let client = parts?.client else { throw KademliaError.notRunning }
        let message = KademliaMessage(kind: .addProvider, key: key, providerPeers: [own])
        var failures: [PeerID: RequestError] = [:]
        await withTaskGroup(of: (peer: PeerID, error: RequestError?).self) { group in
            for peer in found.peers {
                group.addTask { (peer.id, await client.tell(message, to: peer)) }
            }
            for await (peer, error) in group {
                guard let error else { continue }
                failures[peer] = error
                failed(peer, error)
            }
        }
        return ProvideOutcome(
            announced: found.peers.map(\.id).filter { failures[$0] == nil },
            failed: found.peers.compactMap { peer in
                failures[peer.id].map { LookupFailure(peer: peer.id, reason: $0.reason) }
            },
            report: found.report)
    }
}
