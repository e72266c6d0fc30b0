/// Storing and finding values (kad-dht spec, "Value storage and retrieval").
extension Kademlia {
    /// Stores a value with the k peers nearest to its key, and puts it again from time to time for as
    /// long as this node lives, until ``withdraw(valueFor:)``.
    ///
    /// - Throws: ``KademliaError/invalidRecord(_:)`` when the key's validator refuses it,
    ///   ``KademliaError/notStored(_:)`` when no peer took it.
    public func put(_ value: [UInt8], for key: [UInt8]) async throws -> PutOutcome {
        try check(key)
        guard value.count <= KademliaLimits.maximumValueBytes else {
            throw KademliaError.valueTooLong(
                byteCount: value.count, limit: KademliaLimits.maximumValueBytes)
        }
        do {
            try configuration.validators.validate(key: key, value: value)
        } catch {
            throw KademliaError.invalidRecord(error)
        }
        _ = offer(value, for: key)
        publish(key, .value(value), after: configuration.recordInterval)
        let outcome = try await store(value, for: key)
        guard !outcome.stored.isEmpty else { throw KademliaError.notStored(outcome.failed) }
        return outcome
    }

    /// Puts a value of this node no more; holders forget it when its time is over.
    public func withdraw(valueFor key: [UInt8]) {
        parts?.holdings.withdraw(Publications.Name(isValue: true, key: key))
        holdingsChanged()
    }

    /// Finds a value.
    ///
    /// Ends as soon as `quorum` holders agree on the best value, or all of the nearest have been
    /// asked. Peers that should hold it and do not, or hold an older one, are given it.
    ///
    /// - Parameter quorum: By default ``KademliaConfiguration/quorum``; 1 takes the first valid value.
    /// - Throws: ``KademliaError/notFound(_:)``.
    public func get(_ key: [UInt8], quorum: Int? = nil) async throws -> GotValue {
        try check(key)
        let node = try running()
        let needed = max(1, quorum ?? configuration.quorum)
        var tally = QuorumMachine(key: key, validators: configuration.validators)
        if let clock, let own = parts?.holdings.records.entry(for: key, at: clock.now) {
            let record = KademliaMessage.Record(key: key, value: own.value)
            _ = tally.receive(record, from: node.peerID)
            if tally.agreeing >= needed {
                return GotValue(value: own.value, agreeing: tally.agreeing, report: .init())
            }
        }
        let machine = LookupMachine(
            target: KademliaKey(hashing: key), local: node.peerID,
            parameters: configuration.lookup)
        let request = KademliaMessage(kind: .getValue, key: key)
        let searched: (machine: LookupMachine, report: LookupReport)
        do {
            searched = try await search(machine, request) { peer, answer, machine in
                guard let answer else { return }
                weigh(tally.receive(answer.record, from: peer), of: peer)
                if tally.agreeing >= needed { machine.finish(at: peer) }
            }
        } catch KademliaError.noPeers where tally.best != nil {
            searched = (machine, LookupReport())
        }
        guard let best = tally.best else { throw KademliaError.notFound(searched.report) }
        correct(tally, best, key, searched.machine.closest)
        return GotValue(value: best, agreeing: tally.agreeing, report: searched.report)
    }

    private func weigh(_ verdict: QuorumMachine.Verdict, of peer: PeerID) {
        switch verdict {
        case .invalid(let error):
            accuse(.invalidContent, "GET_VALUE: \(error)", by: peer)
        case .equivocation(let author):
            reportEquivocation(by: author)
        case .nothing, .agrees, .better, .stale:
            break
        }
    }

    /// Gives the best value to those of the nearest that lack it, in the background.
    private func correct(
        _ tally: QuorumMachine, _ best: [UInt8], _ key: [UInt8], _ nearest: [KademliaPeer]
    ) {
        let lacking = nearest.filter { tally.outdated.contains($0.id) }
        if let own = node?.peerID, tally.outdated.contains(own) { _ = offer(best, for: key) }
        guard !lacking.isEmpty else { return }
        tasks.start(on: home.executor) { [weak self] in
            _ = await self?.give(best, key, to: lacking)
        }
    }

    /// Finds the nearest and gives them a value.
    func store(_ value: [UInt8], for key: [UInt8]) async throws -> PutOutcome {
        let found = try await closest(to: key, configuration.lookup).result
        let (stored, failed) = await give(value, key, to: found.peers)
        return PutOutcome(stored: stored, failed: failed, report: found.report)
    }

    private func give(
        _ value: [UInt8], _ key: [UInt8], to peers: [KademliaPeer]
    ) async -> (stored: [PeerID], failed: [LookupFailure]) {
        guard let client = parts?.client else { return ([], []) }
        let record = KademliaMessage.Record(key: key, value: value)
        let request = KademliaMessage(kind: .putValue, key: key, record: record)
        var reasons: [PeerID: LookupFailure.Reason] = [:]
        await withTaskGroup(
            of: (peer: PeerID, result: Result<KademliaMessage, RequestError>).self
        ) { group in
            for peer in peers {
                group.addTask { (peer.id, await client.ask(request, of: peer)) }
            }
            for await event in group {
                switch event.result {
                case .success(let answer) where answer.record?.value == value:
                    answered(event.peer)
                case .success:
                    reasons[event.peer] = .refused
                case .failure(.noAnswer):
                    // Peers refuse a value by a reset, too.
                    reasons[event.peer] = .refused
                case .failure(let error):
                    failed(event.peer, error)
                    reasons[event.peer] = error.reason
                }
            }
        }
        return (
            peers.map(\.id).filter { reasons[$0] == nil },
            peers.compactMap { peer in
                reasons[peer.id].map { LookupFailure(peer: peer.id, reason: $0) }
            }
        )
    }

    /// Remembers to announce something again.
    func publish(_ key: [UInt8], _ content: Publications.Content, after pause: Duration) {
        guard let clock else { return }
        let due = clock.now.advanced(by: pause)
        parts?.holdings.publish(
            Publications.Item(key: key, content: content, due: due), clock)
        holdingsChanged()
        plan(.republish, at: due)
    }
}
